using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Files;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// The safetensors format (https://github.com/huggingface/safetensors): eight bytes with the header's length, a JSON header
/// with name, type, shape and place of each tensor, and the values, little-endian. Reading runs no code, and allocates no more
/// than the file holds.
/// </summary>
public static class Safetensors
{
    private const int LargestHeader = 16 << 20, MostDimensions = 16;
    private static readonly (string Name, ScalarType Type, int Size)[] s_types =
    [
        ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Writes tensors in the order of their names.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="tensors">Any shape and layout, on any device; not disposed.</param>
    /// <param name="metadata">Free text by name, or null.</param>
    /// <exception cref="ArgumentException">A tensor's type has no name in the format.</exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
            header["__metadata__"] = new JsonObject(metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        var ordered = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        long offset = 0;
        foreach (var (name, tensor) in ordered)
        {
            var type = Array.Find(s_types, t => t.Type == tensor.dtype);
            if (type.Name is null)
                throw new ArgumentException($"The tensor '{name}' has the type {tensor.dtype}, which safetensors cannot hold.");
            var end = offset + tensor.numel() * type.Size;
            header[name] = new JsonObject
            {
                ["dtype"] = type.Name,
                ["shape"] = new JsonArray([.. tensor.shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (json.Length + 7) / 8 * 8; // tensors start at a multiple of eight; the header may end in spaces
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        stream.Write(length);
        stream.Write(json);
        stream.Write("       "u8[..(padded - json.Length)]);
        foreach (var (_, tensor) in ordered)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            stream.Write(tensor.detach().cpu().contiguous().bytes);
        }
    }

    /// <summary>Reads all tensors of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors by name, on the CPU, and the metadata. The caller disposes the tensors.</returns>
    /// <exception cref="InvalidDataException">The file is not whole or not in the format; the message names it.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        using var stream = InputFile.OpenRead(path);
        return Read(stream, stream.Length, path);
    }

    /// <summary>Reads all tensors of a stream.</summary>
    /// <param name="stream">Where from, at the start of the data.</param>
    /// <param name="length">How many bytes there are.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <inheritdoc cref="Read(string)" path="/returns"/>
    /// <exception cref="InvalidDataException">The data is not whole or not in the format; the message has the name.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(
        Stream stream, long length, string name)
    {
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            var header = ReadHeader(stream, length, out var metadata);
            long position = 0;
            foreach (var entry in header.OrderBy(e => e.Start))
            {
                if (entry.Start != position)
                    throw new InvalidDataException($"tensor '{entry.Name}' does not start where the one before ends");
                var tensor = empty(entry.Shape, entry.Type);
                tensors.Add(entry.Name, tensor.DetachFromDisposeScope());
                stream.ReadExactly(tensor.bytes);
                position = entry.End;
            }
            return (tensors, metadata);
        }
        catch (Exception e) when (IsFormatError(e))
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw new InvalidDataException($"{name}: not a whole safetensors file: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>Reads only the metadata of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not in the format; the message names it.</exception>
    public static Dictionary<string, string> ReadMetadata(string path)
    {
        using var stream = InputFile.OpenRead(path);
        try
        {
            ReadHeader(stream, stream.Length, out var metadata);
            return metadata;
        }
        catch (Exception e) when (IsFormatError(e))
        {
            throw new InvalidDataException($"{path}: not a whole safetensors file: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>Checks that weights are numbers.</summary>
    /// <param name="tensors">The weights.</param>
    /// <param name="part">Where they are from, for the error.</param>
    /// <exception cref="InvalidDataException">A tensor has a value that is not finite; the message names it.</exception>
    internal static void ThrowIfNotFinite(IReadOnlyDictionary<string, Tensor> tensors, string part)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in tensors)
            if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
                throw new InvalidDataException($"{part}: '{name}' has values that are not finite");
    }

    private static bool IsFormatError(Exception e) => e is InvalidDataException or EndOfStreamException or JsonException
        or InvalidOperationException or FormatException or OverflowException or KeyNotFoundException or IndexOutOfRangeException
        or ArgumentException // a name that stands there twice
        or ExternalException;

    private sealed record Entry(string Name, ScalarType Type, long[] Shape, long Start, long End);

    private static List<Entry> ReadHeader(Stream stream, long length, out Dictionary<string, string> metadata)
    {
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength < 2 || headerLength > LargestHeader || headerLength > length - 8)
            throw new InvalidDataException($"its header claims {headerLength} bytes");
        var json = new byte[headerLength];
        stream.ReadExactly(json);
        using var document = JsonDocument.Parse(json);
        metadata = [];
        var entries = new List<Entry>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var text in property.Value.EnumerateObject()) metadata[text.Name] = text.Value.GetString() ?? "";
                continue;
            }
            var typeName = property.Value.GetProperty("dtype").GetString();
            var type = Array.Find(s_types, t => t.Name == typeName);
            if (type.Name is null) throw new InvalidDataException($"tensor '{property.Name}' has the unknown type '{typeName}'");
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            var offsets = property.Value.GetProperty("data_offsets");
            long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
            if (shape.Length > MostDimensions)
                throw new InvalidDataException($"tensor '{property.Name}' has {shape.Length} dimensions, more than {MostDimensions}");
            // What is empty has a shape too, and libtorch multiplies all of it.
            var most = shape.Aggregate((long)type.Size, (product, n) => n < 0
                ? throw new InvalidDataException($"tensor '{property.Name}' has a negative size")
                : n > 1 && product > long.MaxValue / n
                ? throw new InvalidDataException($"tensor '{property.Name}' has a shape of more values than can be counted")
                : product * Math.Max(n, 1));
            var size = shape.Contains(0) ? 0 : most;
            if (start < 0 || end - start != size || end > length - 8 - headerLength)
                throw new InvalidDataException($"tensor '{property.Name}' does not fit its place in the file");
            entries.Add(new Entry(property.Name, type.Type, shape, start, end));
        }
        return entries;
    }
}
