using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>What detectors are compared on, one class against the rest.</summary>
public sealed record OneClassOptions
{
    /// <summary>A set with labels: a path or a known name.</summary>
    public required string Data { get; init; }

    /// <summary>What the detectors are made of; its sets of images are not looked at.</summary>
    public required DetectorComparisonOptions Detectors { get; init; }

    /// <summary>Which classes are normal in turn; empty takes all.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>How often a detector with chance in it is fitted, with seeds from that of the options on. The default value is 3.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>
    /// Shares of normal images that may be flagged, to measure how many are. Then a detector is calibrated as in training
    /// (<see cref="CrossFitting"/>): one that trains a network learns from four fifths of the images. The default is none: it
    /// learns from all.
    /// </summary>
    public IReadOnlyList<double> FalseAlarmRates { get; init; } = [];

    /// <summary>
    /// To choose settings by: a fifth of the training images is measured on, and the test images are not looked at. The default value is
    /// false.
    /// </summary>
    public bool OnTrainingImages { get; init; }
}

/// <summary>One class as the normal one.</summary>
/// <param name="Label">The class.</param>
/// <param name="Auroc">Of its images against all others, averaged over the seeds; each bound is averaged likewise.</param>
/// <param name="BySeed">The same of each seed.</param>
public sealed record OneClassResult(string Label, Interval Auroc, IReadOnlyList<double> BySeed)
{
    /// <summary>How many images of the class are measured on.</summary>
    public int Count { get; init; }

    /// <summary>At every asked share of false alarms; shares are averaged over the seeds.</summary>
    public IReadOnlyList<MeasuredRate> Rates { get; init; } = [];
}

/// <summary>One detector, with each class as the normal one in turn.</summary>
/// <param name="Detector">As registered.</param>
/// <param name="Classes">In the order of the set's labels.</param>
/// <param name="Seconds">To look at all images, fit and score, for all classes and seeds.</param>
public sealed record OneClassRow(string Detector, IReadOnlyList<OneClassResult> Classes, double Seconds)
{
    /// <summary>
    /// The mean over the classes. Its interval takes the classes' for independent; it speaks of the choice of test images.
    /// </summary>
    public Interval Mean
    {
        get
        {
            var mean = Classes.Average(c => c.Auroc.Estimate);
            double Half(Func<Interval, double> bound) =>
                Math.Sqrt(Classes.Sum(c => Math.Pow(bound(c.Auroc) - c.Auroc.Estimate, 2))) / Classes.Count;
            return new Interval(mean, mean - Half(i => i.Lower), mean + Half(i => i.Upper));
        }
    }

    /// <summary>At every asked share of false alarms, the images of all classes together.</summary>
    public IReadOnlyList<MeasuredRate> Rates =>
    [
        .. Classes[0].Rates.Select((rate, i) => new MeasuredRate(
            rate.Asked, Flagged(Classes.Sum(c => c.Rates[i].FalseAlarms.Estimate * c.Count), Classes.Sum(c => c.Count)),
            Classes.Average(c => c.Rates[i].Found))),
    ];

    /// <summary>The share of images that were flagged, as many as in one run: seeds are no further images.</summary>
    internal static Interval Flagged(double mean, int count) =>
        Binomial.Wilson((int)Math.Round(mean), count) with { Estimate = mean / count };

    /// <summary>The mean over the classes of each seed.</summary>
    public IReadOnlyList<double> BySeed =>
        [.. Enumerable.Range(0, Classes[0].BySeed.Count).Select(seed => Classes.Average(c => c.BySeed[seed]))];
}

/// <summary>
/// One class against the rest: a detector learns from the training images of a class and is measured on the test images of all. With
/// each class in turn, and with several seeds where the detector has chance in it.
/// </summary>
public static class OneClassComparison
{
    private const int ValidationShare = 5;

    /// <summary>Compares.</summary>
    /// <param name="options">What on.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The detectors in the order asked for.</returns>
    /// <exception cref="ArgumentException">The options do not go together or with the images.</exception>
    /// <exception cref="InvalidDataException">The set or the weights are damaged.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static IReadOnlyList<OneClassRow> Run(
        OneClassOptions options, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        if (options.Seeds < 1) throw new ArgumentException($"The number of seeds is {options.Seeds}; it must be 1 or more.");
        if (options.Detectors.Steps < 1)
            throw new ArgumentException($"The number of steps is {options.Detectors.Steps}; it must be 1 or more.");
        foreach (var rate in options.FalseAlarmRates) Calibration.CheckRate(rate);
        var names = DetectorComparison.Names(options.Detectors);
        if (names.FirstOrDefault(name => Detectors.Facts(name).NeedsKnownOthers) is { } learner)
            throw new ArgumentException($"The detector '{learner}' learns from examples of others; here there are none.");
        progress?.Report(new ExperimentProgress("reading images"));
        using var images = ExperimentData.OpenSet(
            options.Data, options.Detectors.Reading() with { Data = options.Data }, Experiment.Decoding(progress), cancel);
        var classes = Classes(options, images);
        var (train, test) = Parts(options, images);
        List<OneClassRow> rows = [];
        foreach (var name in names)
        {
            using var detector = DetectorComparison.Create(name, options.Detectors, images.Preprocessing);
            rows.Add(Measure(detector, options, images, classes, train, test, progress, cancel));
        }
        return rows;
    }

    private static MeasuredRate MeanOf(MeasuredRate[] bySeed, int count) => new(
        bySeed[0].Asked, OneClassRow.Flagged(bySeed.Average(rate => rate.FalseAlarms.Estimate) * count, count),
        bySeed.Average(rate => rate.Found));

    private static string[] Classes(OneClassOptions options, ImageDataset images)
    {
        if (images.Labels.Count < 2)
            throw new ArgumentException($"'{options.Data}' has {images.Labels.Count} classes; it takes at least 2.");
        if (options.Classes.FirstOrDefault(label => !images.Labels.Contains(label)) is { } unknown)
            throw new ArgumentException($"'{options.Data}' has no class '{unknown}'; it has {string.Join(", ", images.Labels)}.");
        return [.. options.Classes.Count > 0 ? options.Classes : images.Labels];
    }

    /// <summary>Which images are learnt from, and which are measured on.</summary>
    private static (int[] Train, int[] Test) Parts(OneClassOptions options, ImageDataset images)
    {
        int[] all = [.. Enumerable.Range(0, images.Count).Where(i => images.Items[i].Label is not null)];
        int[] test = [.. all.Where(i => images.Items[i].Split == ImageItem.TestSplit)];
        int[] train = [.. all.Except(test)];
        if (test.Length == 0 || options.OnTrainingImages)
        {
            var folds = DataSplit.Folds(
                [.. train.Select(i => images.Items[i])], ValidationShare, options.Detectors.Seed, stratify: true);
            (train, test) = ([.. folds[0].Train.Select(i => train[i])], [.. folds[0].Test.Select(i => train[i])]);
        }
        return (train, test);
    }

    private static OneClassRow Measure(
        AnomalyDetector detector, OneClassOptions options, ImageDataset images, string[] classes, int[] train, int[] test,
        IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var facts = Detectors.Facts(detector.Name);
        var kept = facts.NeedsBackbone && options.Detectors.FeatureFolder is { } folder
            ? new FeatureFiles(folder).Extract(detector, images, () => Look([.. Enumerable.Range(0, images.Count)])) : null;
        var seeds = facts.Trains || facts.HasBank ? options.Seeds : 1;
        var tested = Extract(test);
        List<OneClassResult> results = [];
        foreach (var label in classes)
        {
            using var one = NewDisposeScope();
            int[] own = [.. train.Where(i => images.Items[i].Label == label)];
            if (own.Length == 0) throw new ArgumentException($"'{options.Data}' has no training images of the class '{label}'.");
            var normal = Extract(own);
            bool[] anomalous = [.. test.Select(i => images.Items[i].Label != label)];
            List<Interval> bySeed = [];
            var rates = new List<MeasuredRate[]>();
            for (var seed = 0; seed < seeds; seed++)
            {
                progress?.Report(new ExperimentProgress($"{detector.Name}: {label}, seed {seed + 1} of {seeds}"));
                using (enable_grad()) Fit(own, normal, options.Detectors.Seed + seed);
                double[] scores = [.. tested.Select(Score)];
                rates.Add([.. options.FalseAlarmRates.Select(rate =>
                    MeasuredRate.Of(rate, detector.Calibration.NormalScores, scores, anomalous))]);
                bySeed.Add(Bootstrap.Auroc(scores, anomalous, new BootstrapOptions { Resamples = 400, Seed = options.Detectors.Seed }));
            }
            results.Add(new OneClassResult(label, new Interval(
                bySeed.Average(i => i.Estimate), bySeed.Average(i => i.Lower), bySeed.Average(i => i.Upper)),
                [.. bySeed.Select(i => i.Estimate)])
            {
                Count = anomalous.Count(other => !other),
                Rates = [.. options.FalseAlarmRates.Select((rate, i) => MeanOf(
                    [.. rates.Select(ofSeed => ofSeed[i])], anomalous.Count(other => !other)))],
            });
        }
        return new OneClassRow(detector.Name, results, clock.Elapsed.TotalSeconds);

        void Fit(int[] own, Tensor[] normal, int seed)
        {
            var data = new FitData { Normal = normal, Seed = seed, Cancel = cancel };
            if (options.FalseAlarmRates is not [var first, ..]) detector.Fit(data);
            else CrossFitting.Fit(detector, data, DetectorTraining.Folds([.. own.Select(i => images.Items[i])], seed), first);
        }

        double Score(Tensor features)
        {
            cancel.ThrowIfCancellationRequested();
            using var one = NewDisposeScope();
            return detector.Score(features);
        }

        Tensor[] Extract(int[] indices) => kept is null ? Look(indices) : [.. indices.Select(i => kept[i])];

        Tensor[] Look(int[] indices)
        {
            var features = new Tensor[indices.Length];
            for (var i = 0; i < features.Length; i++)
            {
                cancel.ThrowIfCancellationRequested();
                if (i % 256 == 0)
                    progress?.Report(new ExperimentProgress($"{detector.Name}: looking at images: {i:N0} of {indices.Length:N0}"));
                using var one = NewDisposeScope();
                using var image = images.Read([indices[i]]);
                features[i] = detector.Extract(image).clone().MoveToOuterDisposeScope();
            }
            return features;
        }
    }
}
