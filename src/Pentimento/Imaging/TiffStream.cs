using System.Buffers.Binary;

namespace Pentimento.Imaging;

/// <summary>
/// The bytes of TIFF directories: a count, rows, and where the next directory lies. A row is tag, type, number of values, and the
/// values or where they lie. Classic files count in 2 and 4 bytes, BigTIFF in 8.
/// </summary>
internal sealed class TiffStream
{
    private readonly Stream _stream;
    private readonly bool _isBig;

    private TiffStream(Stream stream, bool bigEndian, bool isBig) => (_stream, BigEndian, _isBig) = (stream, bigEndian, isBig);

    /// <summary>Whether numbers begin with their highest byte.</summary>
    public bool BigEndian { get; }

    /// <summary>Where the first directory lies.</summary>
    public long FirstDirectory { get; private init; }

    private int Word => _isBig ? 8 : 4;

    private int RowSize => _isBig ? 20 : 12;

    /// <summary>Reads the header; null where it is none of a TIFF.</summary>
    /// <exception cref="EndOfStreamException">The file ends before it.</exception>
    public static TiffStream? Open(Stream stream)
    {
        var header = new byte[16];
        stream.Position = 0;
        if (stream.ReadAtLeast(header, 16, throwOnEndOfStream: false) < 8) return null;
        bool? bigEndian = (header[0], header[1]) switch { (0x49, 0x49) => false, (0x4d, 0x4d) => true, _ => null };
        if (bigEndian is not { } order) return null;
        var magic = Number(header.AsSpan(2, 2), order);
        if (magic is not (42 or 43)) return null;
        var isBig = magic == 43;
        var first = isBig ? header.AsSpan(8, 8) : header.AsSpan(4, 4);
        return new TiffStream(stream, order, isBig) { FirstDirectory = Number(first, order) };
    }

    /// <summary>The rows of a directory; none where it lies outside the file.</summary>
    public List<byte[]> ReadRows(long at, int most)
    {
        var rows = new List<byte[]>();
        var countSize = _isBig ? 8 : 2;
        if (at < 8 || at + countSize > _stream.Length) return rows;
        var count = Number(Bytes(at, countSize));
        if (count < 0 || count > most || at + countSize + count * RowSize > _stream.Length) return rows;
        for (var i = 0; i < count; i++) rows.Add(Bytes(at + countSize + i * RowSize, RowSize));
        return rows;
    }

    /// <summary>Where the directory after one lies; 0 where there is none.</summary>
    /// <exception cref="EndOfStreamException">The file is cut off.</exception>
    public long Next(long at)
    {
        var countSize = _isBig ? 8 : 2;
        var link = at + countSize + Number(Bytes(at, countSize)) * RowSize;
        return link >= 8 && link + Word <= _stream.Length ? Number(Bytes(link, Word)) : 0;
    }

    /// <summary>A number in the order of the file: 2, 4 or 8 bytes.</summary>
    public long NumberOf(byte[] bytes) => Number(bytes);

    /// <summary>Tag, type and number of values of a row.</summary>
    public (ushort Tag, ushort Type, long Count) Head(byte[] row) => (
        (ushort)Number(row.AsSpan(0, 2)), (ushort)Number(row.AsSpan(2, 2)), Number(row.AsSpan(4, Word)));

    /// <summary>The values of a row, as many bytes as they have; null where they lie outside the file.</summary>
    public byte[]? ReadValue(byte[] row, int size)
    {
        if (size <= Word) return row.AsSpan(4 + Word, size).ToArray();
        var at = Pointer(row);
        return at < 0 || at > _stream.Length - size ? null : Bytes(at, size);
    }

    /// <summary>Where a row's values lie.</summary>
    public long Pointer(byte[] row) => Number(row.AsSpan(4 + Word, Word));

    /// <summary>A row with its values, which go to the end of the file where they do not fit into it.</summary>
    public byte[] MakeRow(ushort tag, ushort type, long count, byte[] values)
    {
        var row = new byte[RowSize];
        BinaryPrimitives.WriteUInt16LittleEndian(row, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(row.AsSpan(2), type);
        WriteWord(row.AsSpan(4), count);
        if (values.Length <= Word) values.CopyTo(row.AsSpan(4 + Word));
        else WriteWord(row.AsSpan(4 + Word), Append(values));
        return row;
    }

    /// <summary>A row that points to a directory.</summary>
    public byte[] MakePointer(ushort tag, long at)
    {
        var value = new byte[Word];
        WriteWord(value, at);
        return MakeRow(tag, (ushort)(_isBig ? 18 : 4), 1, value);
    }

    /// <summary>Writes a directory at the end of the file, without one after it.</summary>
    /// <returns>Where it lies.</returns>
    public long AppendDirectory(IReadOnlyList<byte[]> rows)
    {
        var count = new byte[_isBig ? 8 : 2];
        if (_isBig) BinaryPrimitives.WriteInt64LittleEndian(count, rows.Count);
        else BinaryPrimitives.WriteUInt16LittleEndian(count, (ushort)rows.Count);
        return Append([.. count, .. rows.SelectMany(row => row), .. new byte[Word]]);
    }

    /// <summary>Points the header to a directory.</summary>
    public void SetFirstDirectory(long at)
    {
        var word = new byte[Word];
        WriteWord(word, at);
        _stream.Position = _isBig ? 8 : 4;
        _stream.Write(word);
    }

    private long Append(byte[] bytes)
    {
        var at = _stream.Length + (_stream.Length & 1); // on a word boundary
        if (!_isBig && at + bytes.Length > uint.MaxValue) throw new IOException("The TIFF would be larger than 4 GB.");
        _stream.SetLength(at);
        _stream.Position = at;
        _stream.Write(bytes);
        return at;
    }

    private byte[] Bytes(long at, int size)
    {
        var bytes = new byte[size];
        _stream.Position = at;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private long Number(ReadOnlySpan<byte> bytes) => Number(bytes, BigEndian);

    private static long Number(ReadOnlySpan<byte> bytes, bool bigEndian) => (bytes.Length, bigEndian) switch
    {
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, false) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };

    private void WriteWord(Span<byte> target, long value)
    {
        if (_isBig) BinaryPrimitives.WriteInt64LittleEndian(target, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(target, checked((uint)value));
    }
}
