using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using Pentimento.Files;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Reads the state dictionaries that PyTorch saves as .pth or .pt: a zip of a pickle and one file a storage (since version 1.6),
/// or pickles followed by the storages (before). The pickle is read by <see cref="RestrictedPickle"/>: no code in it is run, and
/// what is not a tensor in it is refused.
/// </summary>
public static class TorchFile
{
    private static readonly Dictionary<string, ScalarType> s_storages = new()
    {
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.LongStorage"] = ScalarType.Int64,
        ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
    };

    private static readonly BigInteger s_magic = BigInteger.Parse("119547037146038801333356"); // of files before version 1.6

    /// <summary>Reads all tensors of a state dictionary.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors by name, on the CPU. The caller disposes them.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is not whole, or has more than tensors in it; the message names it.
    /// </exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var stream = InputFile.OpenRead(path);
        try
        {
            using var scope = NewDisposeScope();
            var tensors = IsZip(stream) ? ReadZip(stream) : ReadStream(stream);
            return tensors.ToDictionary(t => t.Key, t => t.Value.MoveToOuterDisposeScope().DetachFromDisposeScope());
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or InvalidCastException or OverflowException
            or ArgumentException or NotSupportedException or InvalidOperationException or ExternalException)
        {
            throw new InvalidDataException($"{path}: not a state dictionary of PyTorch that can be read: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>Of which shape a tensor may be: libtorch multiplies all of it, even of an empty one.</summary>
    private const int MostDimensions = 16;

    private static bool IsZip(FileStream stream)
    {
        Span<byte> start = stackalloc byte[4];
        stream.ReadExactly(start);
        stream.Position = 0;
        return start.SequenceEqual("PK\x03\x04"u8);
    }

    private static Dictionary<string, Tensor> ReadZip(FileStream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new InvalidDataException("it has no data.pkl");
        // PyTorch stores it as it is. Packed, a few bytes could ask for any number of objects.
        if (pickle.CompressedLength != pickle.Length) throw new InvalidDataException("its data.pkl is compressed");
        var root = pickle.FullName[..^"data.pkl".Length];
        var storages = new Dictionary<string, Storage>();
        using var bytes = pickle.Open();
        using var buffered = new BufferedStream(bytes);
        var pending = ReadPickle(buffered, storages, stream.Length);
        foreach (var storage in storages.Values)
        {
            var entry = zip.GetEntry($"{root}data/{storage.Key}") ?? throw new InvalidDataException($"it has no data/{storage.Key}");
            if (entry.Length != storage.Bytes || entry.CompressedLength != entry.Length)
                throw new InvalidDataException($"its data/{storage.Key} has {entry.Length} bytes, not {storage.Bytes}");
            using var data = entry.Open();
            storage.Fill(data);
        }
        return Tensors(pending, stream.Length);
    }

    private static Dictionary<string, Tensor> ReadStream(FileStream stream)
    {
        using var buffered = new BufferedStream(stream, 1 << 16);
        object? Plain() => new RestrictedPickle(
            buffered, name => throw Refused(name), _ => throw Refused("a storage")).Read();
        if (Plain() is not BigInteger magic || magic != s_magic) throw new InvalidDataException("it does not begin as such a file");
        Plain(); // the protocol's version
        if (Plain() is Dictionary<string, object?> system && system.GetValueOrDefault("little_endian") is false)
            throw new InvalidDataException("its numbers are big-endian");
        var storages = new Dictionary<string, Storage>();
        var pending = ReadPickle(buffered, storages, stream.Length);
        var keys = Plain() as List<object?> ?? throw new InvalidDataException("it has no list of storages");
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (!storages.TryGetValue(key?.ToString() ?? "", out var storage))
                throw new InvalidDataException($"it has a storage '{key}' that no tensor lies in");
            buffered.ReadExactly(count);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count)
                throw new InvalidDataException($"its storage '{key}' has another size than said before");
            storage.Fill(buffered);
        }
        return Tensors(pending, stream.Length);
    }

    private static Dictionary<string, PendingTensor> ReadPickle(Stream stream, Dictionary<string, Storage> storages, long fileLength)
    {
        long total = 0;
        object Find(string name) => name switch
        {
            "collections.OrderedDict" => (RestrictedPickle.Function)(_ => new Dictionary<string, object?>()),
            "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor" => (RestrictedPickle.Function)Rebuild,
            "torch._utils._rebuild_parameter" => (RestrictedPickle.Function)(
                arguments => arguments is [PendingTensor tensor, ..] ? tensor : throw Odd("tensor")),
            _ => s_storages.TryGetValue(name, out var type) ? type : throw Refused(name),
        };
        object FindStorage(object[] id)
        {
            if (id is not ["storage", ScalarType type, { } name, _, long count, ..]) throw Odd("storage");
            var key = name.ToString()!;
            if (storages.TryGetValue(key, out var known)) return known;
            var storage = new Storage(key, type, count);
            if (count < 0 || (total += storage.Bytes) > fileLength)
                throw new InvalidDataException("its storages claim to be larger than the file");
            return storages[key] = storage;
        }
        object Rebuild(object?[] arguments)
        {
            if (arguments is not [Storage storage, long offset, object?[] size, object?[] stride, ..]) throw Odd("tensor");
            long[] Numbers(object?[] values) => [.. values.Select(n => n is long number ? number : throw Odd("tensor"))];
            return new PendingTensor(storage, offset, Numbers(size), Numbers(stride));
        }
        if (new RestrictedPickle(stream, Find, FindStorage).Read() is not Dictionary<string, object?> state)
            throw new InvalidDataException("it is no dictionary");
        if (state.Values.OfType<Dictionary<string, object?>>().FirstOrDefault() is { } inner
            && !state.Values.OfType<PendingTensor>().Any()) state = inner; // as in {"state_dict": …}
        return state.Where(e => e.Value is PendingTensor).ToDictionary(e => e.Key, e => (PendingTensor)e.Value!);
    }

    private static Dictionary<string, Tensor> Tensors(Dictionary<string, PendingTensor> pending, long fileLength)
    {
        if (pending.Count == 0) throw new InvalidDataException("it has no tensors");
        long total = 0; // tensors may share a storage, but not without end
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, tensor) in pending)
        {
            if ((total = checked(total + tensor.Bytes)) > 4 * fileLength)
                throw new InvalidDataException("its tensors are larger than the file");
            tensors[name] = tensor.Create();
        }
        return tensors;
    }

    private static InvalidDataException Odd(string what) => new($"it has an odd {what}");

    private static InvalidDataException Refused(string name) =>
        new($"it asks for {name}, which is no tensor; only state dictionaries are read, and no code in them is run");

    /// <summary>Numbers that one or more tensors lie in.</summary>
    private sealed class Storage(string key, ScalarType type, long count)
    {
        public string Key => key;

        public long Count => count;

        public int ItemSize { get; } = type switch
        {
            ScalarType.Float64 or ScalarType.Int64 => 8,
            ScalarType.Float32 or ScalarType.Int32 => 4,
            ScalarType.Float16 or ScalarType.BFloat16 => 2,
            _ => 1,
        };

        public long Bytes => checked(count * ItemSize);

        public Tensor? Values { get; private set; }

        public void Fill(Stream stream)
        {
            Values = empty([count], type);
            stream.ReadExactly(Values.bytes);
        }
    }

    /// <summary>A tensor whose numbers have not been read yet.</summary>
    private sealed record PendingTensor(Storage Storage, long Offset, long[] Size, long[] Stride)
    {
        public long Bytes => Size.Aggregate((long)Storage.ItemSize, (product, n) => n < 0
            ? throw new InvalidDataException("a tensor has a negative size") : checked(product * Math.Max(n, 1)));

        public Tensor Create()
        {
            var last = Offset;
            if (Size.Length != Stride.Length || Size.Length > MostDimensions || Offset < 0 || Stride.Any(n => n < 0))
                throw new InvalidDataException("a tensor has an odd shape");
            for (var i = 0; i < Size.Length; i++) last = checked(last + Math.Max(Size[i] - 1, 0) * Stride[i]);
            if (Storage.Values is null) throw new InvalidDataException("a tensor's numbers are missing");
            if (last >= Storage.Count && !Size.Contains(0)) throw new InvalidDataException("a tensor reaches beyond its numbers");
            return Storage.Values.as_strided(Size, Stride, Offset).clone();
        }
    }
}
