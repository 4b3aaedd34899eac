using Google.Protobuf;

namespace Pentimento.Export;

/// <summary>
/// A message in the protocol buffers format. Lengths stand before contents, so a message knows its size before it is written, and
/// large contents are read only then, one after the other.
/// </summary>
internal sealed class ProtobufMessage
{
    private readonly List<Action<CodedOutputStream>> _fields = [];

    /// <summary>How many bytes it takes.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a whole number.</summary>
    public ProtobufMessage Add(int field, long value) => Add(field, CodedOutputStream.ComputeInt64Size(value), output =>
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    });

    /// <summary>Adds a number in single precision.</summary>
    public ProtobufMessage Add(int field, float value) => Add(field, sizeof(float), output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    });

    /// <summary>Adds a text.</summary>
    public ProtobufMessage Add(int field, string text) => Add(field, CodedOutputStream.ComputeStringSize(text), output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    });

    /// <summary>Adds bytes that are read when the message is written.</summary>
    public ProtobufMessage Add(int field, long length, Func<byte[]> read) => Add(field, Delimited(length), output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(read()));
    });

    /// <summary>Adds a message, which must be complete.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage message) => Add(field, Delimited(message.Size), output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength((int)message.Size);
        message.WriteFields(output);
    });

    /// <summary>Adds one field several times.</summary>
    public ProtobufMessage Add<T>(int field, IEnumerable<T> items, Func<ProtobufMessage, int, T, ProtobufMessage> add)
    {
        foreach (var item in items) add(this, field, item);
        return this;
    }

    /// <summary>Writes it.</summary>
    /// <param name="stream">Where to; left open.</param>
    public void WriteTo(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        WriteFields(output);
    }

    private static long Delimited(long length) => CodedOutputStream.ComputeUInt64Size((ulong)length) + length;

    private ProtobufMessage Add(int field, long size, Action<CodedOutputStream> write)
    {
        Size += CodedOutputStream.ComputeTagSize(field) + size;
        _fields.Add(write);
        return this;
    }

    private void WriteFields(CodedOutputStream output)
    {
        foreach (var write in _fields) write(output);
    }
}
