using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using Pentimento.Models;

namespace Pentimento.Experiments;

/// <summary>Model 3 of the reference: trained on one artist's pictures, tested against another's.</summary>
internal sealed class PaintingDetectors(ReferenceExperiments experiments, ImageDataset own, ImageDataset other)
{
    private const int Epochs = 10, BatchSize = 32;
    private const double FalseAlarmRate = 0.05;

    /// <summary>The figures of one trained detector. Normal is the positive class, as in the reference.</summary>
    public sealed record Figures(
        double TrainLoss, double? ValidationLoss, double OwnLoss, double OtherLoss, double Threshold, Confusion Normal,
        Interval Auroc, Interval SharpnessAuroc)
    {
        /// <summary>Right answers; where the classes are not equally many, the mean of both classes' shares.</summary>
        public double Accuracy => Normal.BalancedAccuracy;
    }

    /// <summary>
    /// The reference's own test: held-out pictures of the artist, and equally many of the other, drawn with the seed.
    /// </summary>
    public Figures OneSplit(DataSplit split, IReadOnlyList<int> train, IReadOnlyList<int> validation, ProtocolFaults faults)
    {
        int[] drawn = [.. Enumerable.Range(0, other.Count)];
        new SeededRandom(experiments.Options.Seed).Shuffle<int>(drawn);
        drawn = drawn[..Math.Min(drawn.Length, split.Test.Length)];
        using var trained = experiments.Train(
            "model 3, reference protocol", "convolutional", own, train, validation, Epochs, BatchSize, null, faults);
        using var network = InferenceNetwork.Of(trained.Network);
        var calibration = faults.HasFlag(ProtocolFaults.TrainingThreshold)
            ? Calibration.FromTrainingScores(Scores(network, own, split.Train))
            : Calibration.ForFalseAlarmRate(Scores(network, own, split.Train), FalseAlarmRate);
        return Measure(trained, network, calibration, split.Test, drawn);
    }

    /// <summary>
    /// Cross-validation: each fold trains on part of the artist's pictures, calibrates on another part, tests on a third.
    /// </summary>
    public IReadOnlyList<Figures> Folds(int count, Func<IReadOnlyList<int>, int[]> repeat)
    {
        var splits = count == 1
            ? [DataSplit.Create(
                own.Items, new SplitOptions { TestFraction = 0.2, ValidationFraction = 0.2, Seed = experiments.Options.Seed })]
            : DataSplit.Folds(own.Items, count, experiments.Options.Seed, validationFraction: 0.2);
        var figures = new List<Figures>();
        foreach (var split in splits)
        {
            var stage = $"model 3, corrected protocol{(count > 1 ? $", fold {figures.Count + 1} of {count}" : "")}";
            using var trained = experiments.Train(
                stage, "convolutional", own, repeat(split.Train), split.Validation, Epochs, BatchSize, null, ProtocolFaults.None);
            using var network = InferenceNetwork.Of(trained.Network);
            var calibration = Calibration.ForFalseAlarmRate(Scores(network, own, split.Validation), FalseAlarmRate);
            figures.Add(Measure(trained, network, calibration, split.Test, [.. Enumerable.Range(0, other.Count)]));
        }
        return figures;
    }

    /// <summary>The table's rows.</summary>
    public static IEnumerable<ReferenceRow> Rows(Figures reference, IReadOnlyList<Figures> corrected)
    {
        const string model = "model 3";
        yield return Row("train loss", 0.000294, f => f.TrainLoss);
        yield return Row("validation loss", 0.000159, f => f.ValidationLoss);
        yield return Row("loss on normal test pictures", 0.000262, f => f.OwnLoss);
        yield return Row("loss on anomalous pictures", 0.000375, f => f.OtherLoss);
        yield return Row("threshold", 0.000404, f => f.Threshold);
        yield return Row("accuracy", 0.614, f => f.Accuracy);
        yield return Row("precision", 0.574, f => f.Normal.Precision);
        yield return Row("recall", 0.883, f => f.Normal.Recall);
        yield return Row("AUROC", null, f => f.Auroc.Estimate, f => f.Auroc);
        yield return Row("AUROC of sharpness alone", null, f => f.SharpnessAuroc.Estimate, f => f.SharpnessAuroc);

        ReferenceRow Row(string figure, double? published, Func<Figures, double?> value, Func<Figures, Interval>? interval = null)
        {
            double?[] values = [.. corrected.Select(value)];
            var spread = corrected.Count > 1 && values.All(v => v is not null) ? $"folds {values.Min():G3} to {values.Max():G3}"
                : interval?.Invoke(corrected[0]) is { } one ? $"95 % interval {one.Lower:F3} to {one.Upper:F3}" : null;
            return new ReferenceRow(model, figure, published, value(reference), values.Average(), spread);
        }
    }

    /// <summary>What the detector's AUROC says beside the statistic's.</summary>
    public static string Verdict(IReadOnlyList<Figures> corrected)
    {
        double detector = corrected.Average(f => f.Auroc.Estimate), sharpness = corrected.Average(f => f.SharpnessAuroc.Estimate);
        var comparison = detector > sharpness + 0.02 ? "better than"
            : detector < sharpness - 0.02 ? "worse than" : "no better than";
        return $"Model 3's AUROC of {detector:F3} is {comparison} that of a picture's sharpness alone ({sharpness:F3}), " +
            "which knows nothing of artists.";
    }

    private Figures Measure(
        ReferenceExperiments.Trained trained, InferenceNetwork network, Calibration calibration, int[] ownTest, int[] otherTest)
    {
        experiments.Report("scoring pictures");
        DetectionMeasurement[] measured =
        [
            .. DetectionMeasurement.Of(network, own, ownTest, anomalous: false),
            .. DetectionMeasurement.Of(network, other, otherTest, anomalous: true),
        ];
        double[] scores = [.. measured.Select(m => m.Score)];
        bool[] anomalous = [.. measured.Select(m => m.IsAnomalous)];
        var bootstrap = new BootstrapOptions { Seed = experiments.Options.Seed };
        var confusion = Confusion.Of([.. scores.Select(calibration.IsAnomalous)], anomalous);
        double Mean(bool wanted) => measured.Where(m => m.IsAnomalous == wanted).Average(m => m.Score);
        var auroc = Bootstrap.Auroc(scores, anomalous, bootstrap);
        experiments.Report($"AUROC {auroc.Estimate:F3}, accuracy {confusion.BalancedAccuracy:F3}");
        return new Figures(
            trained.TrainLoss, trained.ValidationLoss, Mean(false), Mean(true), calibration.Threshold, confusion.Swapped,
            auroc, Bootstrap.Auroc([.. measured.Select(m => m.Sharpness)], anomalous, bootstrap));
    }

    private static double[] Scores(InferenceNetwork network, ImageDataset images, IReadOnlyList<int> indices) =>
        [.. DetectionMeasurement.Of(network, images, indices, anomalous: false).Select(m => m.Score)];
}
