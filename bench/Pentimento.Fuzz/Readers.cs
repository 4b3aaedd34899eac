using System.Text;
using System.Text.Json;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Runs;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Fuzz;

/// <summary>Something that reads files.</summary>
/// <param name="Name">For people, and at the beginning of a finding's name.</param>
/// <param name="File">What the file has to be called.</param>
/// <param name="Valid">A file that is read well.</param>
/// <param name="Mutate">How it is changed.</param>
/// <param name="Read">
/// Reads, and uses what was read as far as a verb would. It may end in <see cref="InvalidDataException"/> and <see cref="IOException"/>
/// alone.
/// </param>
internal sealed record Reader(string Name, string File, byte[] Valid, Func<byte[], Random, byte[]> Mutate, Action<string> Read)
{
    /// <summary>The file of a case: always the same for a seed and an index.</summary>
    public byte[] Mutated(int seed, int index) => Mutate(Valid, new Random(unchecked(seed * 1_000_003 + index)));
}

/// <summary>All that read files, each with a valid one that is made here.</summary>
internal static class Readers
{
    private static readonly (string Format, bool IsDeep)[] s_pictures =
        [("png", false), ("jpg", false), ("tif", false), ("webp", false), ("png", true), ("tif", true)];

    private static readonly string[] s_detectors =
        ["reconstruction", "descriptors", "features", "patchcore", "padim", "features-gaussian", "ensemble-with-others"];

    /// <summary>Makes the files.</summary>
    /// <param name="folder">Where files may lie.</param>
    public static IReadOnlyList<Reader> All(string folder) =>
        [.. Pictures(folder), .. Models(folder), .. Weights(folder), .. Sets(), .. Records(folder)];

    private static RasterImage Picture(bool deep = false)
    {
        var (shape, random) = (new ImageShape(3, 40, 48), new Random(5));
        return deep ? new RasterImage(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (ushort)random.Next(65536))])
            : new RasterImage(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(i => (byte)(i / 9 + random.Next(40)))]);
    }

    private static byte[] Made(string folder, string name, Action<string> write)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "valid")).FullName, name);
        write(path);
        return File.ReadAllBytes(path);
    }

    private static IEnumerable<Reader> Pictures(string folder)
    {
        foreach (var (name, deep) in s_pictures)
        {
            var full = deep ? $"deep.{name}" : $"picture.{name}";
            var valid = Made(folder, full, path => ImageFile.Write(path, Picture(deep)));
            yield return new Reader($"{(deep ? "deep-" : "")}{name}", full, valid, Mutation.Of, path =>
            {
                ImageFile.Read(path, new Preprocessing { Resize = 32, Crop = 32 });
                var whole = ImageFile.Read(path, new ImageReadOptions { Alpha = AlphaRule.Ignore });
                ImageFile.WriteLike(path, whole, Path.Combine(folder, full + ".out.png"));
            });
        }
    }

    private static Network Network(string name, ImageShape shape, params (string Name, int Value)[] options)
    {
        var network = Architectures.Create(name, shape, options.ToDictionary(o => o.Name, o => o.Value));
        network.Initialise(1);
        network.eval();
        return network;
    }

    private static IEnumerable<Reader> Models(string folder)
    {
        var bundle = Made(folder, "denoise.pent", path =>
        {
            using var model = new ModelBundle(
                ModelTask.Denoise, Network("unet", new ImageShape(3, 32, 32), ("width", 2), ("levels", 2)), new Preprocessing());
            model.Save(path);
        });
        yield return new Reader("denoise-pent", "denoise.pent", bundle, Bundles.Mutated, path =>
        {
            using var denoiser = Denoiser.Load(path);
            denoiser.Denoise(Picture());
        });
        foreach (var name in s_detectors.Intersect(Detectors.Names))
        {
            var valid = Made(folder, $"{name}.pent", path => Detector(name, path));
            yield return new Reader($"{name}-pent", $"{name}.pent", valid, Bundles.Mutated, path =>
            {
                using var detector = AnomalyDetector.Load(path);
                detector.Detect(Picture());
                detector.AnomalyMap(Picture())?.Dispose();
            });
        }
    }

    private static void Detector(string name, string path)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var facts = Detectors.Facts(name);
        using var network = Network("unet", new ImageShape(3, 64, 64), ("width", 2), ("levels", 4));
        Backbone? backbone = null;
        if (facts.NeedsBackbone)
        {
            backbone = Backbones.Create("denoiser", InputConvention.Plain, network.Options.Values);
            backbone.CopyWeights(network.state_dict().ToDictionary(entry => $"network.{entry.Key}", entry => entry.Value));
        }
        var setup = new DetectorSetup(new Preprocessing { Resize = 48, Crop = 48 }) { Backbone = backbone, BankSize = 20 };
        using var detector = Detectors.Create(name, setup);
        Tensor[] Pictures(int count, int seed)
        {
            using var generator = new Generator((ulong)seed);
            return [.. Enumerable.Range(0, count).Select(_ => detector.Extract(rand([1, 3, 48, 48], generator: generator)).clone())];
        }
        var data = new FitData
        {
            Normal = Pictures(8, 1),
            KnownOthers = facts.NeedsKnownOthers ? Pictures(6, 2) : [],
            TrainNetwork = () => Network("convolutional", new ImageShape(3, 48, 48), ("a", 2), ("b", 2)),
        };
        CrossFitting.Fit(detector, data, [[0, 2, 4, 6], [1, 3, 5, 7]], 0.2);
        detector.ToBundle().Save(path);
    }

    private static IEnumerable<Reader> Weights(string folder)
    {
        var valid = Made(folder, "stack.safetensors", path =>
        {
            using var network = Network("dncnn", new ImageShape(1, 16, 16), ("depth", 3), ("width", 4));
            using var stream = File.Create(path);
            Safetensors.Write(stream, network.state_dict());
        });
        yield return new Reader("safetensors", "stack.safetensors", valid, Bundles.Weights, path =>
        {
            foreach (var architecture in new[] { "dncnn", "ffdnet" }) PublishedWeights.Load(path, architecture).Network.Dispose();
        });
        yield return new Reader("backbone", "weights.safetensors", valid, Bundles.Weights, path => BackboneWeights.Load(path).Dispose());
        var torch = JsonSerializer.Deserialize<Dictionary<string, string>>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "torch_state.json")))!; // torch_state.py made it
        foreach (var name in new[] { "zip", "stream" })
            yield return new Reader($"pth-{name}", $"{name}.pth", Convert.FromHexString(torch[name]), Mutation.Of, path =>
            {
                foreach (var tensor in TorchFile.Read(path).Values) tensor.Dispose();
            });
    }

    private static IEnumerable<Reader> Sets()
    {
        static void Open(string path)
        {
            using var source = ImageSource.Open(path);
            source.Read(0, new Preprocessing { Channels = 1 });
        }
        var row = string.Join(',', Enumerable.Range(0, 785).Select(i => i % 10));
        yield return new Reader("pixels", "pixels.csv", Encoding.UTF8.GetBytes($"{row}\n{row}\n"), Mutation.OfText, Open);
        yield return new Reader(
            "manifest", "manifest.csv",
            Encoding.UTF8.GetBytes("label;path;split;mask\r\nx;picture.png;train;\r\ny;deep.png;test;\r\n"), Mutation.OfText, Open);
        byte[] idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, .. Enumerable.Range(0, 24).Select(i => (byte)i)];
        yield return new Reader("idx", "train-images-idx3-ubyte", idx, Mutation.Of, Open);
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest)) gzip.Write(idx);
        yield return new Reader("idx-gz", "packed/train-images-idx3-ubyte.gz", packed.ToArray(), Mutation.Of, Open);
    }

    private static IEnumerable<Reader> Records(string folder)
    {
        var sidecar = Made(folder, "side/picture.png.json", path =>
        {
            ImageFile.Write(Path.Combine(folder, "valid/picture.png"), Picture());
            using var denoisers = new DenoiserChoice(Denoiser.Load(Path.Combine(folder, "valid/denoise.pent")));
            var options = new DenoiseRunOptions { OutputFolder = Path.GetDirectoryName(path)! };
            DenoiseRun.Run(denoisers, [Path.Combine(folder, "valid/picture.png")], options);
        });
        yield return new Reader("sidecar", "picture.png.json", sidecar, Mutation.OfText, path => Sidecar.Find(path[..^".json".Length]));
        var store = Made(folder, "runs.db", path =>
        {
            var options = JsonSerializer.SerializeToElement(new { a = 1, b = "two" });
            var facts = new RunFacts { Verb = "train", Options = options, DataName = "x", DataFingerprint = "y", Seed = 1 };
            RunStore.Open(path).Begin(facts).Dispose();
        });
        yield return new Reader("run-store", "runs.db", store, Mutation.Of, path =>
        {
            var runs = RunStore.Open(path);
            foreach (var run in runs.List()) runs.Metrics(run.Id);
        });
        using var network = Network("convolutional", new ImageShape(1, 8, 8), ("a", 2), ("b", 2));
        var checkpoint = Made(folder, Checkpoint.FileName, path =>
        {
            using var parameters = new ParameterBuffer(network, channelsLast: false);
            using var adam = new FusedAdam(parameters, 0, null);
            new Checkpoint(path, "it").Write(new TrainingState(), network, adam, null);
        });
        yield return new Reader("checkpoint", Checkpoint.FileName, checkpoint, Bundles.Weights, path =>
        {
            Checkpoint.StepOf(Path.GetDirectoryName(path)!);
            using var scope = NewDisposeScope();
            using var fresh = Network("convolutional", new ImageShape(1, 8, 8), ("a", 2), ("b", 2));
            using var parameters = new ParameterBuffer(fresh, channelsLast: false);
            using var adam = new FusedAdam(parameters, 0, null);
            new Checkpoint(path, "it").Read(fresh, adam, 1, 1);
        });
    }
}
