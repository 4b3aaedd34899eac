using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// The reference's experiments on paintings: models 1 and 2 on one artist, model 3 to tell another from this one.
/// </summary>
public static class ReferencePaintings
{
    private const int Size = 256, BatchSize = 32, SmallSet = 500;

    /// <summary>Images in the reference's set, and in its parts: these make the numbers of steps.</summary>
    private const int ReferenceTrain = 1273, ReferenceValidation = 142;
    private const int ReferenceDetectorTrain = 1415, ReferenceDetectorTest = 354;

    private static readonly GaussianNoise s_noise = new(0.5);

    /// <summary>Trains and measures everything under both protocols.</summary>
    /// <param name="normal">The artist to learn: a folder.</param>
    /// <param name="anomalous">The other artist: a folder.</param>
    /// <param name="options">Faults, seed, precision, folds.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Stops after the running step.</param>
    /// <exception cref="InvalidDataException">A picture is damaged.</exception>
    /// <exception cref="IOException">A folder cannot be found or read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ReferenceTable Run(
        string normal, string anomalous, ReferenceOptions options, IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancel = default)
    {
        var experiments = new ReferenceExperiments(options, progress, cancel);
        experiments.Report("reading pictures");
        var reading = new ImageDatasetOptions
        {
            Preprocessing = new Preprocessing { Resize = Size, Crop = Size },
            SkipUnreadable = options.SkipUnreadable,
        };
        using var own = ImageDataset.Open(normal, reading, cancellation: cancel);
        using var other = ImageDataset.Open(anomalous, reading, cancellation: cancel);
        if (own.Count < 10) throw new ArgumentException($"'{normal}' has {own.Count} pictures; the experiment needs 10 or more.");
        var split = experiments.Split(own.Items, test: 0.2, validation: 0.1);
        var detectorSplit = experiments.Split(own.Items, test: 0.2, validation: 0);

        var reference = Denoisers("reference protocol", options.Faults);
        var corrected = Denoisers("corrected protocol", ProtocolFaults.None);
        var detectors = new PaintingDetectors(experiments, own, other);
        var referenceDetector = detectors.OneSplit(detectorSplit, Repeated(detectorSplit.Train, ReferenceDetectorTrain),
            Repeated(detectorSplit.Test, ReferenceDetectorTest), options.Faults);
        var folds = options.Folds ?? (own.Count < SmallSet ? 5 : 1);
        var correctedDetector = detectors.Folds(folds, train => Repeated(train, ReferenceDetectorTrain));

        List<ReferenceRow> rows =
        [
            new("model 1", "train loss", 0.046850, reference[0], corrected[0]),
            new("model 1", "validation loss", 0.005557, reference[1], corrected[1]),
            new("model 1", "test loss", 0.046179, reference[2], corrected[2]),
            new("model 2, f = 0.5", "train loss", 0.006298, reference[3], corrected[3]),
            new("model 2, f = 0.5", "validation loss", 0.000735, reference[4], corrected[4]),
            new("model 2, f = 0.5", "test loss", 0.006197, reference[5], corrected[5]),
            new("best 11×11 linear filter", "test loss", null, reference[6], corrected[6]),
            .. PaintingDetectors.Rows(referenceDetector, correctedDetector),
        ];
        return new ReferenceTable("paintings", rows, Notes(), options.Faults, options.Seed, experiments.Seconds);

        double?[] Denoisers(string protocol, ProtocolFaults faults)
        {
            var train = Repeated(split.Train, ReferenceTrain);
            // The divisor fault is a ratio of batches, so the validation images are repeated as well where it is on.
            var validation = faults.HasFlag(ProtocolFaults.ValidationDivisor)
                ? Repeated(split.Validation, ReferenceValidation) : split.Validation;
            int[] test = faults.HasFlag(ProtocolFaults.TestOnAll) ? [.. Enumerable.Range(0, own.Count)] : split.Test;
            double?[] figures = new double?[7];
            using (var model1 = experiments.Train(
                $"model 1, {protocol}", "feed-forward", own, train, validation, 20, BatchSize, null, faults,
                bestEpoch: faults == ProtocolFaults.None))
                (figures[0], figures[1], figures[2]) =
                    (model1.TrainLoss, model1.ValidationLoss,
                    experiments.Loss(model1.Network, own, test, BatchSize, null, faults));
            using (var model2 = experiments.Train(
                $"model 2, {protocol}", "convolutional", own, train, validation, 10, BatchSize, s_noise, faults,
                bestEpoch: faults == ProtocolFaults.None))
                (figures[3], figures[4], figures[5]) =
                    (model2.TrainLoss, model2.ValidationLoss,
                    experiments.Loss(model2.Network, own, test, BatchSize, s_noise, faults));
            experiments.Report(
                $"test loss {figures[2]:F6} of model 1 and {figures[5]:F6} of model 2; now the best linear filter, {protocol}");
            figures[6] = BestLinearFilter(own, split.Train, test, options.Seed);
            experiments.Report($"test loss {figures[6]:F6} of the best linear filter, {protocol}");
            return figures;
        }

        string[] Notes() =>
        [
            $"{own.Count} normal pictures ({split.Train.Length} to train, {split.Validation.Length} to validate, " +
                $"{split.Test.Length} to test) and {other.Count} anomalous ones, all at {Size}×{Size}. The published figures " +
                "are of a larger set (1,769 and 2,050), so losses may differ; the orders of magnitude should not.",
            .. own.Count < 1769
                ? new[]
                {
                    "So that the number of steps is the reference's (800, 400 and 450 for models 1, 2 and 3), an epoch goes " +
                    $"through the training pictures {ReferenceTrain / (double)split.Train.Length:F1} times.",
                }
                : [],
            ReferenceExperiments.BestEpochNote + " Not for model 3, whose held-out pictures calibrate it.",
            "The best linear filter is solved in closed form on the training pictures. " +
                "Model 2 has no activation, so it is such a filter and cannot do better.",
            "Classification counts normal as positive. Under the reference protocol its test is the held-out normal pictures " +
                "and equally many anomalous ones; under the corrected one " +
                (folds > 1 ? $"the mean over {folds} folds, each with " : "") +
                "all anomalous pictures, and its accuracy is the balanced one.",
            PaintingDetectors.Verdict(correctedDetector),
            .. options.Precision == Training.Precision.BFloat16
                ? new[]
                {
                    "Layers were trained in bfloat16 (weights, statistics and losses in float32); the reference used float32.",
                }
                : [],
            .. options.Shorten > 1
                ? new[] { $"Shortened {options.Shorten} times, so the figures are not the experiment's." } : [],
        ];
    }

    private static double BestLinearFilter(ImageDataset images, int[] train, int[] test, int seed)
    {
        using var scope = NewDisposeScope();
        using var filter = LinearFilter.Fit(Pairs(), images.Shape.Channels);
        var tested = new NoisyBatches(images, test, s_noise, seed, BatchSize, CPU);
        return ReconstructionMeasurement.Of(filter.Apply, tested).Average(m => m.Output.Mse);

        IEnumerable<(Tensor Noisy, Tensor Clean)> Pairs()
        {
            var batches = new NoisyBatches(images, train, s_noise, seed + 1, 8, CPU);
            for (var k = 0; k < batches.Count; k++)
            {
                var (_, clean, input) = batches.Read(k);
                yield return (input, clean);
            }
        }
    }

    /// <summary>The indices over and over, as many as the reference had; all of them where there are more.</summary>
    internal static int[] Repeated(IReadOnlyList<int> indices, int count) =>
        indices.Count == 0 ? []
            : [.. Enumerable.Range(0, Math.Max(count, indices.Count)).Select(i => indices[i % indices.Count])];
}
