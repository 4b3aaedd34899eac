using Pentimento.Data;
using Pentimento.Imaging;

namespace Pentimento.Experiments;

/// <summary>
/// The reference's experiments on Fashion-MNIST: models 1 and 2, and model 2 on MNIST, which it has never seen.
/// </summary>
public static class ReferenceFashionMnist
{
    private const int Epochs = 10, BatchSize = 100;
    private static readonly GaussianNoise s_noise = new(0.2);

    /// <summary>Trains and measures everything under both protocols.</summary>
    /// <param name="data">Fashion-MNIST: a path or a known name.</param>
    /// <param name="mnist">MNIST, or null to leave it out.</param>
    /// <param name="options">Faults, seed, precision.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Stops after the running step.</param>
    /// <exception cref="InvalidDataException">A set is damaged.</exception>
    /// <exception cref="IOException">A set cannot be found or read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ReferenceTable Run(
        string data, string? mnist, ReferenceOptions options, IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancel = default)
    {
        var experiments = new ReferenceExperiments(options, progress, cancel);
        experiments.Report("reading images");
        using var images = ImageDataset.Open(data, cancellation: cancel);
        using var digits = mnist is null ? null : ImageDataset.Open(mnist, cancellation: cancel);
        var split = experiments.Split(images.Items, test: 1.0 / 7, validation: 0.2);
        var reference = Measure("reference protocol", options.Faults);
        var corrected = Measure("corrected protocol", ProtocolFaults.None);
        (string Model, string Figure, double Published)[] published =
        [
            ("model 1", "train loss", 0.011862), ("model 1", "validation loss", 0.002952), ("model 1", "test loss", 0.011870),
            ("model 2, f = 0.2", "train loss", 0.009652), ("model 2, f = 0.2", "validation loss", 0.002408),
            ("model 2, f = 0.2", "test loss", 0.009630), ("model 2, f = 0.2", "test loss on MNIST", 0.011131),
        ];
        return new ReferenceTable(
            "Fashion-MNIST",
            [.. published.Select((row, i) => new ReferenceRow(row.Model, row.Figure, row.Published, reference[i], corrected[i]))],
            [
                $"{split.Train.Length:N0} training, {split.Validation.Length:N0} validation and {split.Test.Length:N0} test " +
                    $"images; {Epochs} epochs of batches of {BatchSize}; Adam, learning rate 0.001.",
                ReferenceExperiments.BestEpochNote,
                .. digits is null ? new[] { "MNIST was not given (--mnist), so model 2 was not measured on it." } : [],
                .. options.Shorten > 1
                    ? new[]
                    {
                        $"Shortened: {Math.Max(1, Epochs / options.Shorten)} of {Epochs} epochs, " +
                        "so the figures are not the experiment's.",
                    }
                    : [],
            ],
            options.Faults, options.Seed, experiments.Seconds);

        double?[] Measure(string protocol, ProtocolFaults faults)
        {
            using var model1 = experiments.Train(
                $"model 1, {protocol}", "feed-forward", images, split.Train, split.Validation, Epochs, BatchSize, null, faults,
                bestEpoch: faults == ProtocolFaults.None);
            using var model2 = experiments.Train(
                $"model 2, {protocol}", "convolutional", images, split.Train, split.Validation, Epochs, BatchSize, s_noise,
                faults, bestEpoch: faults == ProtocolFaults.None);
            experiments.Report($"testing, {protocol}");
            return
            [
                model1.TrainLoss, model1.ValidationLoss,
                experiments.Loss(model1.Network, images, split.Test, BatchSize, null, faults),
                model2.TrainLoss, model2.ValidationLoss,
                experiments.Loss(model2.Network, images, split.Test, BatchSize, s_noise, faults),
                digits is null ? null : experiments.Loss(model2.Network, digits, TestPart(digits), BatchSize, s_noise, faults),
            ];
        }
    }

    private static int[] TestPart(ImageDataset images)
    {
        int[] test = [.. Enumerable.Range(0, images.Count).Where(i => images.Items[i].Split is "test")];
        return test.Length > 0 ? test : [.. Enumerable.Range(0, images.Count)];
    }
}
