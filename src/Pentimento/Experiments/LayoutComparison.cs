using System.Diagnostics;
using Pentimento.Auditing;
using Pentimento.Detection;
using Pentimento.Metrics;

namespace Pentimento.Experiments;

/// <summary>
/// Compares detectors on a set that says itself what is learnt from and what is measured on, as MVTec's: each is fitted and
/// calibrated once, on the normal training images, and measured on the test images; by pixels too where there are masks.
/// </summary>
internal static class LayoutComparison
{
    /// <summary>Compares.</summary>
    /// <inheritdoc cref="DetectorComparison.Run"/>
    public static IReadOnlyList<DetectorRow> Run(
        DetectorComparisonOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var names = DetectorComparison.Names(options);
        progress?.Report(new ExperimentProgress("reading images"));
        var reading = options.Reading();
        using var data = ExperimentData.Open(reading, Experiment.Decoding(progress), cancel);
        if (data.Anomalous.Count == 0)
            throw new ArgumentException(
                $"'{options.Normal}' has no images that do not belong; name some with --other or --each.");
        if (data.Test.Count == 0) throw new ArgumentException($"'{options.Normal}' has no normal images to measure on.");
        var rows = new List<DetectorRow>();
        foreach (var name in names)
        {
            var chosen = new DetectorOptions
            {
                Name = name,
                Backbones = Detectors.Facts(name).NeedsBackbone ? options.Backbones : [],
                KnownOthers = Detectors.Facts(name).NeedsKnownOthers ? options.KnownOthers : [],
                BankSize = options.BankSize,
                Steps = Detectors.Facts(name).Trains ? options.Steps : null,
            };
            chosen.ThrowIfInvalid();
            var relay = progress is null ? null : new Relay(name, progress);
            rows.Add(Measure(reading with { Detector = chosen }, data, options, relay, cancel));
        }
        progress?.Report(new ExperimentProgress("simple statistics"));
        var blank = BlankModels.Run(
            data.Images, data.Test, data.Images, data.Anomalous, options.Folds, new SeparationOptions { Seed = options.Seed },
                null, cancel);
        return [.. rows, .. DetectorRow.Of(blank)];
    }

    private static DetectorRow Measure(
        ExperimentOptions options, ExperimentData data, DetectorComparisonOptions asked, IProgress<ExperimentProgress>? progress,
        CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        using var detector = DetectorTraining.Fit(options, data, progress, cancel);
        progress?.Report(new ExperimentProgress("scoring"));
        var measured = DetectionMeasurement.Of(detector, data, cancel);
        bool[] anomalous = [.. measured.Select(m => m.IsAnomalous)];
        double[] scores = [.. measured.Select(m => m.Score)];
        MeasuredRate[] rates =
            [.. asked.Rates().Select(rate => MeasuredRate.Of(rate, detector.Calibration.NormalScores, scores, anomalous))];
        var pixels = PixelEvaluation.Figures(measured, detector.Preprocessing, []).ToDictionary(f => f.Name, f => (double?)f.Value);
        var auroc = Bootstrap.Auroc(scores, anomalous, new BootstrapOptions { Seed = asked.Seed });
        return new DetectorRow(detector.Name, false, auroc, rates[0].FalseAlarms, rates[0].Found, clock.Elapsed.TotalSeconds)
        {
            Rates = rates,
            PixelAuroc = pixels.GetValueOrDefault("pixel auroc"),
            Pro = pixels.GetValueOrDefault("pro"),
        };
    }

    /// <summary>Says which detector is at work.</summary>
    private sealed class Relay(string name, IProgress<ExperimentProgress> progress) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => progress.Report(value with { Stage = $"{name}: {value.Stage}" });
    }
}
