using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pentimento.Files;
using Pentimento.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>What a model is for.</summary>
public enum ModelTask
{
    /// <summary>It gives back what comes in.</summary>
    Reconstruct,

    /// <summary>It gives back what comes in, without the noise.</summary>
    Denoise,

    /// <summary>It tells by its error whether an image belongs to those it was trained on.</summary>
    Detect,
}

/// <summary>
/// A trained model as one file, NAME.pent: a zip of manifest.json, the network's weights.safetensors (a detector may have no
/// network) and whatever its task needs, none of it compressed. The manifest has the preprocessing and the SHA-256 of every part,
/// so the same picture gets the same answer everywhere. Opening one runs no code and allocates no more than the file's own size.
/// </summary>
public sealed class ModelBundle : IDisposable
{
    private const int Format = 1, LargestManifest = 1 << 20;
    private const string ManifestName = "manifest.json", WeightsName = "weights.safetensors";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    private readonly Network? _network;

    /// <summary>Puts a model together.</summary>
    /// <param name="task">What it is for.</param>
    /// <param name="network">
    /// Trained; disposed with the bundle. Null for a detector that needs none, and has all that it knows in <see cref="Parts"/>.
    /// </param>
    /// <param name="preprocessing">What was done to the images it was trained on.</param>
    public ModelBundle(ModelTask task, Network? network, Preprocessing preprocessing) =>
        (Task, _network, Preprocessing) = (task, network, preprocessing);

    /// <summary>What it is for.</summary>
    public ModelTask Task { get; }

    /// <summary>Whether there is a network.</summary>
    public bool HasNetwork => _network is not null;

    /// <summary>The network, in evaluation mode after loading.</summary>
    /// <exception cref="InvalidDataException">There is none (<see cref="HasNetwork"/>).</exception>
    public Network Network => _network
        ?? throw new InvalidDataException("The model is a detector that has no auto-encoder in it.");

    /// <summary>What to do to an image before the network sees it.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Facts about the training: data, seed, options, figures, dates. Free form.</summary>
    public JsonObject Training { get; init; } = [];

    /// <summary>Further parts by file name, such as a detector's calibration.json.</summary>
    public Dictionary<string, byte[]> Parts { get; init; } = [];

    /// <summary>
    /// The SHA-256 of the file that it was loaded from, or else of the one that <see cref="Save"/> would write; 64 lower-case
    /// hexadecimal digits.
    /// </summary>
    public string FileHash
    {
        get
        {
            if (field is not null) return field;
            using var content = new MemoryStream();
            Write(content, _network?.state_dict());
            return field = ContentHash.Of(content.GetBuffer().AsSpan(0, (int)content.Length));
        }
        private init;
    }

    /// <summary>Writes the file, atomically.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="weights">
    /// How weights are stored: as they are (the default, null), or rounded to float16 or bfloat16 in half the space. They are
    /// float32 again when the model is loaded.
    /// </param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="ArgumentException">A weight is outside the range of the type, or the type is none of these.</exception>
    public void Save(string path, ScalarType? weights = null)
    {
        if (weights is not (null or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32))
            throw new ArgumentException($"Weights are stored as float32, float16 or bfloat16, not as {weights}.", nameof(weights));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var tensors = _network?.state_dict().ToDictionary(entry => entry.Key, entry => Rounded(entry.Key, entry.Value, weights));
        AtomicFile.Write(path, stream => Write(stream, tensors));
    }

    /// <summary>Opens a file and checks every part of it, and that they go together.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the network goes; null is the CPU.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, of an unknown version or of an unknown architecture, asks for a network or for pictures larger than its parts
    /// can be for, or holds numbers that are not finite; one line that names it.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ModelBundle Load(string path, Device? device = null)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'.", path);
        InputFile.Check(path);
        try
        {
            using var stream = InputFile.OpenRead(path);
            var hash = ContentHash.Of(stream);
            stream.Position = 0;
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            var manifest = ReadManifest(zip);
            CheckParts(zip, manifest, stream.Length);
            var names = manifest.Parts.Keys.Where(name => name != WeightsName);
            var parts = names.ToDictionary(name => name, name => ReadAll(Find(zip, name)));
            manifest.Preprocessing.Validate();
            var network = manifest.Architecture is { } facts ? ReadNetwork(zip, facts, manifest.Preprocessing, device) : null;
            return new ModelBundle(manifest.Task, network, manifest.Preprocessing)
            {
                Training = manifest.Training,
                Parts = parts,
                FileHash = hash,
            };
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or ArgumentException or EndOfStreamException
            or NotSupportedException or InvalidOperationException or OverflowException or ExternalException)
        {
            throw new InvalidDataException($"{path}: not a usable model: {OneLine.Of(e)}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: {OneLine.Of(e)}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _network?.Dispose();

    private sealed record Manifest(
        int Format, string Pentimento, ModelTask Task, ArchitectureFacts? Architecture, Preprocessing Preprocessing,
        JsonObject Training, SortedDictionary<string, PartFacts> Parts);

    private sealed record ArchitectureFacts(string Name, int[] Input, IReadOnlyDictionary<string, int> Options)
    {
        public static ArchitectureFacts Of(Network network) => new(
            network.Architecture, [network.Input.Channels, network.Input.Height, network.Input.Width], network.Options.Values);
    }

    private sealed record PartFacts(long Size, string Sha256);

    private void Write(Stream stream, Dictionary<string, Tensor>? tensors)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        var parts = new SortedDictionary<string, PartFacts>(StringComparer.Ordinal);
        if (tensors is not null) parts[WeightsName] = Add(zip, WeightsName, part => Safetensors.Write(part, tensors));
        foreach (var (name, bytes) in Parts) parts[name] = Add(zip, name, part => part.Write(bytes));
        var manifest = new Manifest(
            Format, typeof(ModelBundle).Assembly.GetName().Version!.ToString(3), Task,
            _network is null ? null : ArchitectureFacts.Of(_network), Preprocessing, Training, parts);
        Add(zip, ManifestName, part => JsonSerializer.Serialize(part, manifest, s_json));
    }

    private static Tensor Rounded(string name, Tensor values, ScalarType? type)
    {
        if (type is not { } to || !values.is_floating_point()) return values;
        var rounded = values.to(to);
        return rounded.isfinite().all().item<bool>() ? rounded
            : throw new ArgumentException($"The weights '{name}' have values that {to} cannot hold.");
    }

    private static PartFacts Add(ZipArchive zip, string name, Action<Stream> write)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same model is the same file
        using var hash = SHA256.Create();
        using var counted = new CountingStream(entry.Open());
        using (var hashed = new CryptoStream(counted, hash, CryptoStreamMode.Write)) write(hashed);
        return new PartFacts(counted.Written, Convert.ToHexStringLower(hash.Hash!));
    }

    private static Manifest ReadManifest(ZipArchive zip)
    {
        var entry = Find(zip, ManifestName);
        if (entry.Length > LargestManifest) throw new InvalidDataException($"its manifest claims {entry.Length} bytes");
        var json = ReadAll(entry);
        using (var document = JsonDocument.Parse(json))
        {
            var format = document.RootElement.TryGetProperty("format", out var value) && value.TryGetInt32(out var number)
                ? number : 0;
            if (format != Format)
                throw new InvalidDataException($"it has format version {format}; this Pentimento reads version {Format}");
        }
        var manifest = JsonSerializer.Deserialize<Manifest>(json, s_json)
            ?? throw new InvalidDataException("its manifest is empty");
        if (manifest.Architecture is null && manifest.Task != ModelTask.Detect)
            throw new InvalidDataException("it has no network");
        if (manifest.Architecture is not null && manifest.Architecture.Input.Length != 3)
            throw new InvalidDataException("its input shape has not three sizes");
        if (manifest.Architecture is not null && !manifest.Parts.ContainsKey(WeightsName))
            throw new InvalidDataException($"its manifest lists no {WeightsName}");
        return manifest;
    }

    private static void CheckParts(ZipArchive zip, Manifest manifest, long fileLength)
    {
        // Entries of a zip may share their bytes, and a small file then claims to hold a large one many times over.
        if (zip.Entries.Aggregate(0L, (sum, entry) => sum + Math.Min(entry.Length, fileLength)) > fileLength)
            throw new InvalidDataException("its parts claim to be larger than the file");
        foreach (var (name, facts) in manifest.Parts)
        {
            if (facts is null) throw new InvalidDataException($"its manifest says nothing of {name}");
            var entry = Find(zip, name);
            if (entry.Length != facts.Size)
                throw new InvalidDataException($"its part {name} has {entry.Length} bytes, not {facts.Size}");
            using var stream = entry.Open();
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != facts.Sha256)
                throw new InvalidDataException($"its part {name} is damaged: the SHA-256 is not the manifest's");
        }
    }

    private static Network ReadNetwork(ZipArchive zip, ArchitectureFacts facts, Preprocessing preprocessing, Device? device)
    {
        var (name, input, options) = facts;
        var entry = Find(zip, WeightsName);
        using var stream = entry.Open();
        var (tensors, _) = Safetensors.Read(stream, entry.Length, WeightsName);
        try
        {
            Safetensors.ThrowIfNotFinite(tensors, WeightsName);
            using var limit = WeightLimit.OfFile(tensors.Values.Sum(tensor => tensor.numel()));
            var network = Architectures.Create(name, new ImageShape(input[0], input[1], input[2]), options);
            try
            {
                CheckPictures(network, preprocessing);
                network.LoadWeights(tensors);
                network.eval();
                if (device is not null) network.to(device);
                return network;
            }
            catch
            {
                network.Dispose();
                throw;
            }
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    /// <summary>Whether pictures become what the network takes.</summary>
    private static void CheckPictures(Network network, Preprocessing preprocessing)
    {
        var (channels, height, width) = network.Input;
        if (channels != preprocessing.Channels)
            throw new InvalidDataException(
                $"its network takes images of {channels} channels, and its preprocessing gives {preprocessing.Channels}");
        var side = preprocessing.Window ?? preprocessing.Crop;
        if (!network.AnySize && side is not null && (height != side || width != side))
            throw new InvalidDataException($"its network takes images of {height}×{width}, and its preprocessing gives {side}×{side}");
    }

    private static ZipArchiveEntry Find(ZipArchive zip, string name)
    {
        var entry = zip.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}");
        // Parts are stored as they are, so none can claim to unpack to more than the file holds.
        return entry.CompressedLength == entry.Length ? entry : throw new InvalidDataException($"its part {name} is compressed");
    }

    private static byte[] ReadAll(ZipArchiveEntry entry)
    {
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Passes writes on and counts them; closing it closes the zip entry.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Written += buffer.Length;
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
