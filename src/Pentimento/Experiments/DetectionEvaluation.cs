using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>Measures how well a detector tells anomalous images from normal ones it never saw, and reports it.</summary>
public static class DetectionEvaluation
{
    private const int Shown = 6;

    /// <summary>Evaluates a detector.</summary>
    /// <param name="detector">Fitted and calibrated.</param>
    /// <param name="measured">The scored test images; at least one normal.</param>
    /// <param name="data">The name of the images.</param>
    /// <param name="seed">The seed of the intervals.</param>
    /// <param name="context">What else the report says.</param>
    /// <exception cref="ArgumentException">There are no images.</exception>
    /// <exception cref="InvalidDataException">A mask is damaged, or has another size than its image.</exception>
    public static EvaluationResult Run(
        AnomalyDetector detector, IReadOnlyList<DetectionMeasurement> measured, string data, int seed, ReportContext context)
    {
        if (measured.Count == 0) throw new ArgumentException("There are no images to evaluate on.");
        var calibration = detector.Calibration;
        double[] scores = [.. measured.Select(m => m.Score)];
        bool[] anomalous = [.. measured.Select(m => m.IsAnomalous)];
        bool[] flagged = [.. scores.Select(calibration.IsAnomalous)];
        var bootstrap = new BootstrapOptions { Seed = seed };
        var confusion = Confusion.Of(flagged, anomalous);
        List<FinalMetric> figures = [];
        List<string> remarks = [];
        if (confusion.Negatives > 0) Add("false alarm rate", Binomial.Wilson(confusion.FalsePositives, confusion.Negatives));
        var statistics = new List<BaselineScores>();
        if (confusion.Negatives > 0 && confusion.Positives > 0)
        {
            var auroc = Bootstrap.Auroc(scores, anomalous, bootstrap);
            Add("auroc", auroc);
            Add("average precision", Bootstrap.AveragePrecision(scores, anomalous, bootstrap));
            Add("accuracy", Binomial.Wilson(confusion.TruePositives + confusion.TrueNegatives, confusion.Total));
            figures.AddRange(
            [
                new("balanced accuracy", confusion.BalancedAccuracy), new("precision", confusion.Precision),
                new("recall", confusion.Recall), new("f1", confusion.F1),
            ]);
            foreach (var (name, values) in DetectionMeasurement.Statistics(measured))
            {
                statistics.Add(new BaselineScores(name, values));
                var simple = Bootstrap.Auroc(values, anomalous, bootstrap);
                Add($"auroc of {name}", simple);
                if (simple.Estimate > auroc.Estimate - 0.02)
                    remarks.Add(
                        $"A simple statistic does as well: {name} alone has an AUROC of {simple.Estimate:F3}, " +
                        $"the detector {auroc.Estimate:F3}.");
            }
        }
        var calibrationImages = calibration.NormalScores.Count;
        var lowestRate = 1.0 / (calibrationImages + 1);
        if (calibration.Rule == ThresholdRule.FalseAlarmRate && calibration.FalseAlarmRate > lowestRate - 1e-9
            && calibrationImages < 100)
            remarks.Add(
                $"With {calibrationImages} images to calibrate on, the lowest false-alarm rate that can be promised is " +
                $"{lowestRate:P1}; the threshold stands for {calibration.FalseAlarmRate:P1}.");
        figures.AddRange(PixelEvaluation.Figures(measured, detector.Preprocessing, remarks));
        var byScore = Enumerable.Range(0, measured.Count).OrderBy(i => scores[i]).ToArray();
        var strangest = Render(byScore.Reverse().Take(Shown));
        var page = new DetectionReport
        {
            Title = context.Title,
            Subtitle = Subtitle(detector),
            Scores = scores,
            Anomalous = anomalous,
            Threshold = calibration.Threshold,
            ThresholdRule = calibration.Rule == ThresholdRule.FalseAlarmRate
                ? $"{calibration.FalseAlarmRate:P1} false alarms, from {calibrationImages} normal images " +
                    (Detectors.Facts(detector.Name).Trains ? "held out of training" : "each scored by a fit without it")
                : "mean + 1 standard deviation of the training images' scores, as in the reference",
            PromisedFalseAlarmRate = calibration.Rule == ThresholdRule.FalseAlarmRate ? calibration.FalseAlarmRate : null,
            ScoreName = detector is ReconstructionDetector ? "reconstruction error (MSE)" : "anomaly score",
            Baselines = statistics,
            Losses = context.Losses,
            MostAnomalous = strangest,
            MostNormal = Render(byScore.Take(Shown)),
            Mistakes = Render(byScore.Where(i => flagged[i] != anomalous[i]).Reverse().Take(Shown)),
            Classes = Classes(measured, flagged, bootstrap),
            Remarks = remarks,
            Options = context.Options,
            Origin = context.Origin,
        }.ToPage();
        return new EvaluationResult(ModelTask.Detect, data, measured.Count, figures, remarks, page, strangest);

        void Add(string name, Interval interval) =>
            figures.Add(new FinalMetric(name, interval.Estimate, interval.Lower, interval.Upper));

        ImageCase[] Render(IEnumerable<int> chosen) => [.. chosen.Select(i => Case(detector, measured[i]))];
    }

    private static string Subtitle(AnomalyDetector detector) => detector is ReconstructionDetector { Network: var network }
        ? $"{network.Architecture} auto-encoder, {network.ParameterCount:N0} parameters, reconstruction error"
        : $"{detector.Name}: {Detectors.Facts(detector.Name).Summary}" +
            (detector.Setup.Backbones is { Count: > 0 } backbones
                ? $" ({string.Join(", ", backbones.Select(b => b.RegisteredName))})" : "");

    /// <summary>The share of images flagged, by label.</summary>
    private static IReadOnlyList<ClassRow> Classes(
        IReadOnlyList<DetectionMeasurement> measured, bool[] flagged, BootstrapOptions bootstrap)
    {
        string?[] labels = [.. measured.Select(m => m.Images.Items[m.Index].Label)];
        return labels.Distinct().Count() < 2 ? [] : ClassTable.Of(labels, [.. flagged.Select(f => f ? 1.0 : 0)], bootstrap);
    }

    private static ImageCase Case(AnomalyDetector detector, DetectionMeasurement measured)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var image = measured.Images.Read([measured.Index]);
        var original = RasterImage.FromTensor(image[0]);
        List<CaseImage> pictures = [new("original", original)];
        if (detector is ReconstructionDetector auto)
            pictures.Add(new("reconstruction", RasterImage.FromTensor(auto.Reconstruct(image)[0])));
        else if (detector.Map(detector.Extract(image), original.Shape.Height, original.Shape.Width) is { } map)
            pictures.Add(new("map", AnomalyOverlay.Draw(original, map.data<float>().ToArray(), detector.MapThreshold)));
        image.Dispose();
        var item = measured.Images.Items[measured.Index];
        var truth = measured.IsAnomalous ? "anomalous" : "normal";
        var calibration = detector.Calibration;
        return new ImageCase(item.Id, pictures,
            $"{(item.Label is { } label ? $"{label}, " : "")}truly {truth}; " +
                $"score {measured.Score:G3}, p = {calibration.PValue(measured.Score):G2}",
            calibration.IsAnomalous(measured.Score));
    }
}
