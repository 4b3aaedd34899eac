using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>What detectors are compared on.</summary>
public sealed record DetectorComparisonOptions
{
    /// <summary>The normal images: a path or a known name.</summary>
    public required string Normal { get; init; }

    /// <summary>
    /// Images that do not belong; only measured on. Null with <see cref="Each"/>, and where <see cref="Normal"/> has them itself,
    /// as in MVTec's layout: then nothing is cross-validated, since the set says what is learnt from and what is measured on.
    /// </summary>
    public string? Other { get; init; }

    /// <summary>
    /// Instead of <see cref="Other"/>: sets that are measured on one after the other (<see cref="UnseenComparison"/>). While one
    /// is, the rest of them are among the known others. The default is none.
    /// </summary>
    public IReadOnlyList<string> Each { get; init; } = [];

    /// <summary>
    /// Sets of examples of what else exists, none of the kind in <see cref="Other"/>; empty where there are none.
    /// </summary>
    public IReadOnlyList<string> KnownOthers { get; init; } = [];

    /// <summary>Names of detectors; empty takes all that train no network and can be made from what is given.</summary>
    public IReadOnlyList<string> Detectors { get; init; } = [];

    /// <summary>
    /// Files of published weights or names of backbones, as in <see cref="DetectorOptions.Backbones"/>; may be empty.
    /// </summary>
    public IReadOnlyList<string> Backbones { get; init; } = [];

    /// <summary>Folds of the cross-validation, 2 or more. The default value is 5.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>The share of genuine images that may be flagged. The default value is 0.05.</summary>
    public double FalseAlarmRate { get; init; } = 0.05;

    /// <summary>Other shares to measure beside it. The default is none.</summary>
    public IReadOnlyList<double> MoreFalseAlarmRates { get; init; } = [];

    /// <summary>
    /// A folder that keeps what detectors look at in each set, so that the next comparison need not look again; null keeps
    /// nothing.
    /// </summary>
    public string? FeatureFolder { get; init; }

    /// <summary>The side of the square that pictures are brought to, or null as for training.</summary>
    public int? Size { get; init; }

    /// <summary>Looks at the whole of each picture in several crops; null looks once, at the middle square.</summary>
    public CropOptions? Crops { get; init; }

    /// <summary>Leaves damaged pictures out instead of stopping at the first.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>How many patches a memory bank keeps. The default value is 6000.</summary>
    public BankSize BankSize { get; init; } = BankSize.Default;

    /// <summary>For detectors that train a network: the steps; null takes each detector's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>Determines folds and all that is random. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>How sets are opened; <see cref="Normal"/>, where not another is named.</summary>
    internal ExperimentOptions Reading() => new()
    {
        Task = ModelTask.Detect,
        Data = Normal,
        Size = Size,
        Crops = Crops,
        SkipUnreadable = SkipUnreadable,
        FalseAlarmRate = FalseAlarmRate,
        Device = Device,
        Training = new TrainingOptions { Seed = Seed },
    };

    /// <summary>All asked shares of false alarms, <see cref="FalseAlarmRate"/> first.</summary>
    internal IReadOnlyList<double> Rates() => [FalseAlarmRate, .. MoreFalseAlarmRates];

    /// <summary>Whether there is something to learn from besides normal images.</summary>
    internal bool HasKnownOthers() => KnownOthers.Count > 0 || Each.Count > 1;
}

/// <summary>One detector, or a simple statistic, in figures.</summary>
/// <param name="Name">As registered, or what the statistic is.</param>
/// <param name="IsBlank">Whether it is a statistic that knows nothing of what a picture shows.</param>
/// <param name="Auroc">Of held-out normal images against the others, all folds together.</param>
/// <param name="FalseAlarms">The share of held-out normal images that were flagged; null for a statistic.</param>
/// <param name="Found">The share of the others that were flagged, averaged over folds; null for a statistic.</param>
/// <param name="Seconds">To look at all images, fit and score, all folds together.</param>
public sealed record DetectorRow(
    string Name, bool IsBlank, Interval Auroc, Interval? FalseAlarms, double? Found, double Seconds)
{
    /// <summary>For a statistic, corrected for all that were tried (<see cref="SeparationTest"/>); else null.</summary>
    public double? PValue { get; init; }

    /// <summary>For a statistic: whether a detector has to beat it (<see cref="Auditing.BlankModel.IsRival"/>).</summary>
    public bool IsRival { get; init; }

    /// <summary>Of the anomaly maps' pixels against the masks; null where there are no maps or no masks.</summary>
    public double? PixelAuroc { get; init; }

    /// <summary>The per-region overlap (<see cref="PixelRanking"/>); null where there are no maps or no masks.</summary>
    public double? Pro { get; init; }

    /// <summary>The mean share of right answers of both classes; null for a statistic.</summary>
    public double? BalancedAccuracy => (1 - FalseAlarms?.Estimate + Found) / 2;

    /// <summary>At every asked share of false alarms, that of <see cref="FalseAlarms"/> first; empty for a statistic.</summary>
    public IReadOnlyList<MeasuredRate> Rates { get; init; } = [];

    /// <summary>Simple statistics as rows, the best first.</summary>
    internal static IEnumerable<DetectorRow> Of(Auditing.BlankModels blank) => blank.Models.Select(
        m => new DetectorRow(m.Name, true, m.Auroc, null, null, 0) { PValue = m.PValue, IsRival = m.IsRival });
}

/// <summary>What came of an asked share of false alarms.</summary>
/// <param name="Asked">The share of genuine images that may be flagged.</param>
/// <param name="FalseAlarms">The share of held-out normal images that was flagged, with its binomial interval.</param>
/// <param name="Found">The share of the others that was flagged, averaged over folds.</param>
public sealed record MeasuredRate(double Asked, Interval FalseAlarms, double Found)
{
    /// <summary>The mean share of right answers of both classes: the accuracy where they are equally many.</summary>
    public double BalancedAccuracy => (1 - FalseAlarms.Estimate + Found) / 2;

    /// <summary>Whether the measured share may well be the asked one, or is below it.</summary>
    public bool Holds => FalseAlarms.Lower <= Asked;

    /// <summary>Of images that were not learnt from.</summary>
    /// <param name="asked">The share of genuine images that may be flagged.</param>
    /// <param name="normalScores">Those that a detector is calibrated with.</param>
    /// <param name="scores">Of the images.</param>
    /// <param name="anomalous">Which of them are not normal.</param>
    internal static MeasuredRate Of(double asked, IReadOnlyList<double> normalScores, double[] scores, bool[] anomalous)
    {
        var calibration = Calibration.ForFalseAlarmRate(normalScores, asked);
        var confusion = Confusion.Of([.. scores.Select(calibration.IsAnomalous)], anomalous);
        return new MeasuredRate(asked, Binomial.Wilson(confusion.FalsePositives, confusion.Negatives), confusion.Recall);
    }

    /// <summary>Of a cross-validation, counting only some of the others.</summary>
    internal static MeasuredRate Of(CrossValidatedDecisions decisions, Range others) =>
        new(decisions.Asked, decisions.FalseAlarms, decisions.Found[others].Average());
}

/// <summary>
/// Cross-validates detectors on the same folds of the normal images: each fold's detector learns and is calibrated on the other
/// folds alone, and is measured on its fold and on all other images. Simple statistics stand beside them.
/// </summary>
public static class DetectorComparison
{
    /// <summary>Compares.</summary>
    /// <param name="options">What on.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The detectors by name, then the statistics, the best first.</returns>
    /// <exception cref="ArgumentException">The options do not go together or with the images.</exception>
    /// <exception cref="InvalidDataException">A set, an image or the weights are damaged.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static IReadOnlyList<DetectorRow> Run(
        DetectorComparisonOptions options, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        Validate(options);
        if (options.Other is null) return LayoutComparison.Run(options, progress, cancel);
        var names = Names(options);
        using var opened = new ComparedImages(options, progress, cancel);
        var folds = DataSplit.Folds(opened.Normal.Items, options.Folds, options.Seed, stratify: false);
        var rows = new List<DetectorRow>();
        foreach (var name in names)
        {
            progress?.Report(new ExperimentProgress($"{name}: looking at pictures"));
            using var detector = Create(name, options, opened.Normal.Preprocessing);
            rows.Add(Measure(detector, opened, folds, options, progress, cancel));
        }
        progress?.Report(new ExperimentProgress("simple statistics"));
        rows.AddRange(opened.BlankRows(opened.Other, options.Folds, options.Seed, cancel));
        return rows;
    }

    /// <summary>Checks what can be checked without looking at files.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    internal static void Validate(DetectorComparisonOptions options)
    {
        foreach (var rate in options.Rates()) Calibration.CheckRate(rate);
        options.BankSize.ThrowIfInvalid();
        options.Crops?.ThrowIfInvalid();
        foreach (var known in options.KnownOthers)
            if (IsSame(known, options.Normal) || (options.Other is { } other && IsSame(known, other)))
                throw new ArgumentException(
                    $"'{known}' is among the known others; the normal set and the set that is measured on must not be.");

        static bool IsSame(string a, string b) => Path.TrimEndingDirectorySeparator(a) == Path.TrimEndingDirectorySeparator(b);
    }

    /// <summary>A detector that has learnt nothing yet. The caller disposes it.</summary>
    internal static AnomalyDetector Create(string name, DetectorComparisonOptions options, Preprocessing preprocessing) =>
        Detectors.Create(name, new DetectorSetup(preprocessing)
        {
            Backbones = Detectors.Facts(name).NeedsBackbone ? Weights(options) : [],
            Fusion = options.Crops?.Fusion ?? default,
            BankSize = options.BankSize,
            TrainingSteps = options.Steps,
            Device = ComputeDevice.Parse(options.Device),
        });

    /// <summary>The detectors that are asked for, or all that can be made.</summary>
    internal static string[] Names(DetectorComparisonOptions options)
    {
        if (options.Detectors.Count > 0)
        {
            foreach (var name in options.Detectors)
                if (Detectors.Facts(name).NeedsKnownOthers && !options.HasKnownOthers())
                    throw new ArgumentException($"The detector '{name}' needs examples of others; name them with --known-others.");
            return [.. options.Detectors];
        }
        return [.. Detectors.Names.Where(name => Detectors.Facts(name) is var facts && !facts.Trains
            && (!facts.NeedsBackbone || options.Backbones.Count > 0)
            && (!facts.NeedsKnownOthers || options.HasKnownOthers()))];
    }

    private static IReadOnlyList<Backbone> Weights(DetectorComparisonOptions options) =>
        options.Backbones.Count == 0 ? throw new ArgumentException("The detector works on a backbone's features; give its " +
            "weights.")
            : DetectorOptions.Load(options.Backbones, ComputeDevice.Parse(options.Device));

    private static DetectorRow Measure(
        AnomalyDetector detector, ComparedImages images, IReadOnlyList<DataSplit> folds, DetectorComparisonOptions options,
        IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        var normal = images.Extract(detector, images.Normal, cancel);
        var others = images.Extract(detector, images.Other, cancel);
        Tensor[] known = Detectors.Facts(detector.Name).NeedsKnownOthers
            ? [.. images.KnownOthers.SelectMany(set => images.Extract(detector, set, cancel))] : [];
        var scores = CrossValidation.Run(
            detector, new CrossValidatedFeatures(normal, others, known, images.Normal.Items)
            {
                KnownOtherKinds = ComparedImages.Kinds(images.KnownOthers),
            }, folds, options.Rates(), options.Seed,
            fold => progress?.Report(new ExperimentProgress($"{detector.Name}: fold {fold + 1} of {folds.Count}")), null, cancel);
        var auroc = Bootstrap.Auroc(scores.All, scores.Anomalous, new BootstrapOptions { Seed = options.Seed });
        MeasuredRate[] rates = [.. scores.Decisions.Select(d => MeasuredRate.Of(d, ..))];
        return new DetectorRow(detector.Name, false, auroc, rates[0].FalseAlarms, rates[0].Found, clock.Elapsed.TotalSeconds)
        {
            Rates = rates,
        };
    }
}
