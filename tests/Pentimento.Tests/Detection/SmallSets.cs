using System.Collections.Concurrent;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

/// <summary>Tiny pictures of one kind and of another, and detectors that have seen the one.</summary>
internal static class SmallSets
{
    public const int Side = 48;
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> s_trained = [];

    /// <summary>Soft stripes of nearly one direction (normal), or the same with a patch of noise in the upper left (strange).</summary>
    public static RasterImage[] Pictures(int count, bool strange = false, int seed = 1, int side = Side)
    {
        var random = new Random(seed + (strange ? 1000 : 0));
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (phase, angle) = (2 * Math.PI * random.NextDouble(), 0.5 + 0.1 * random.NextDouble());
            var samples = new byte[3 * side * side];
            for (var i = 0; i < samples.Length; i++)
            {
                var (x, y) = (i / 3 % side, i / 3 / side);
                var value = 128 + 60 * Math.Sin((x * Math.Cos(angle) + y * Math.Sin(angle)) / 3 + phase) + 8 * random.NextDouble();
                samples[i] = strange && x < side / 2 && y < side / 2 ? (byte)random.Next(256) : (byte)value;
            }
            return new RasterImage(new ImageShape(3, side, side), samples);
        })];
    }

    public static AnomalyDetector Create(string name, int bankSize = 200)
    {
        var facts = Detectors.Facts(name);
        return Detectors.Create(name, new DetectorSetup(new Preprocessing { Resize = Side, Crop = Side })
        {
            Backbone = facts.NeedsBackbone ? RandomBackbone.Create("squeezenet1_1") : null,
            BankSize = bankSize,
            TrainingSteps = facts.Trains ? Steps(name) : null,
        });
    }

    /// <summary>What the detector looks at; the caller's dispose scope owns it.</summary>
    public static Tensor[] Extract(AnomalyDetector detector, IEnumerable<RasterImage> pictures)
    {
        using var noGradient = no_grad();
        return [.. pictures.Select(picture => detector.Extract(picture.ToTensor().unsqueeze(0)).clone())];
    }

    /// <summary>How many pictures it takes to learn what they have in common, and how many steps of training.</summary>
    public static int Count(string name) => Detectors.Facts(name).Trains ? 30 : 12;

    /// <inheritdoc cref="Count"/>
    public static int Steps(string name) => name switch
    {
        "multi-scale-autoencoder" => 100,
        "denoising-autoencoder" => 60,
        _ => 25,
    };

    /// <summary>What a detector of the name learns from; the caller's dispose scope owns the tensors.</summary>
    public static FitData Data(AnomalyDetector detector, int? count = null) => new()
    {
        Normal = Extract(detector, Pictures(count ?? Count(detector.Name))),
        KnownOthers = Detectors.Facts(detector.Name).NeedsKnownOthers
            ? Extract(detector, Pictures(6, strange: true, seed: 77)) : [],
        Seed = 5,
        TrainNetwork = AutoEncoder,
    };

    /// <summary>Five folds of so many positions.</summary>
    public static int[][] Folds(int count) =>
        [.. Enumerable.Range(0, 5).Select(fold => Enumerable.Range(0, count).Where(i => i % 5 == fold).ToArray())];

    /// <summary>Fitted and calibrated on normal pictures. Detectors that train are so once, and opened again each time.</summary>
    public static AnomalyDetector Fitted(string name)
    {
        if (!Detectors.Facts(name).Trains || name == "reconstruction") return Fit(name);
        using var folder = new TemporaryFolder();
        var path = folder["model.pent"];
        File.WriteAllBytes(path, s_trained.GetOrAdd(name, _ => new Lazy<byte[]>(() =>
        {
            using var detector = Fit(name);
            using var bundle = detector.ToBundle();
            bundle.Save(path);
            return File.ReadAllBytes(path);
        })).Value);
        return AnomalyDetector.Load(path);
    }

    /// <summary>Fitted and calibrated, anew.</summary>
    public static AnomalyDetector Fit(string name)
    {
        var detector = Create(name);
        using var scope = NewDisposeScope();
        CrossFitting.Fit(detector, Data(detector), Folds(Count(name)), 0.2);
        return detector;
    }

    // Not trained: it gives back a blur, which noise differs from more than stripes do.
    private static Network AutoEncoder()
    {
        var network = Architectures.Create(
            "convolutional", new ImageShape(3, Side, Side), new Dictionary<string, int> { ["b"] = 4 });
        network.Initialise(3);
        network.eval();
        return network;
    }
}
