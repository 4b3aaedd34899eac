using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using TorchSharp;

namespace Pentimento.Experiments;

/// <summary>How the reference experiments are run.</summary>
public sealed record ReferenceOptions
{
    /// <summary>What the "reference protocol" column reproduces. The default value is all.</summary>
    public ProtocolFaults Faults { get; init; } = ProtocolFaults.All;

    /// <summary>The seed of everything. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>The type in which layers compute in training. The default value is float32, as in the reference.</summary>
    public Precision Precision { get; init; }

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>For paintings: folds of the corrected protocol's detector; null takes 5 below 500 images, else 1.</summary>
    public int? Folds { get; init; }

    /// <summary>
    /// Divides the number of epochs, for a quick look; the figures then are not the experiment's. The default value is 1.
    /// </summary>
    public int Shorten { get; init; } = 1;

    /// <summary>Leaves damaged pictures out instead of stopping at the first.</summary>
    public bool SkipUnreadable { get; init; }
}

/// <summary>Trains the reference's networks as it does, with and without its faults.</summary>
internal sealed class ReferenceExperiments(
    ReferenceOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
{
    /// <summary>What is said of the corrected protocol's choice of the epoch.</summary>
    public const string BestEpochNote =
        "Under the corrected protocol a model is that of the epoch with the lowest validation loss; " +
        "under the reference's it is that of the last.";

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public ReferenceOptions Options => options;

    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>A trained network with its losses as the protocol counts them.</summary>
    public sealed record Trained(Network Network, double TrainLoss, double? ValidationLoss) : IDisposable
    {
        public void Dispose() => Network.Dispose();
    }

    /// <summary>The parts of a set; unstratified, as in the reference.</summary>
    public DataSplit Split(IReadOnlyList<ImageItem> items, double test, double validation) => DataSplit.Create(
        items, new SplitOptions { TestFraction = test, ValidationFraction = validation, Seed = options.Seed, Stratify = false });

    /// <summary>Trains one network.</summary>
    /// <param name="stage">What it is, for the progress.</param>
    /// <param name="architecture">A registered name.</param>
    /// <param name="images">The set.</param>
    /// <param name="train">An index that stands here twice is seen twice an epoch.</param>
    /// <param name="validation">May be empty.</param>
    /// <param name="epochs">Before <see cref="ReferenceOptions.Shorten"/>.</param>
    /// <param name="batchSize">Images a step.</param>
    /// <param name="noise">Or null.</param>
    /// <param name="faults">Which faults to reproduce.</param>
    /// <param name="bestEpoch">Whether the epoch with the lowest validation loss is kept, instead of the last.</param>
    public Trained Train(
        string stage, string architecture, ImageDataset images, IReadOnlyList<int> train, IReadOnlyList<int> validation,
        int epochs, int batchSize, Noise? noise, ProtocolFaults faults, bool bestEpoch = false)
    {
        epochs = Math.Max(1, epochs / options.Shorten);
        var network = Architectures.Create(architecture, images.Shape);
        try
        {
            network.Initialise(options.Seed);
            network.to(ComputeDevice.Parse(options.Device));
            var result = new Trainer(network, new TrainingData(images, train, validation), new TrainingOptions
            {
                Epochs = epochs,
                Patience = bestEpoch && validation.Count > 0 ? epochs : null,
                BatchSize = batchSize,
                Noise = noise,
                Seed = options.Seed,
                Precision = options.Precision,
                FreezeBatchStatisticsAfterFirstEpoch = faults.HasFlag(ProtocolFaults.FrozenStatistics),
            }).Run(progress: new Relay(stage, progress), cancel: cancel);
            cancel.ThrowIfCancellationRequested();
            var kept = result.Kept;
            return new Trained(
                network,
                faults.HasFlag(ProtocolFaults.BatchMeans) ? kept.TrainBatchMean : kept.TrainLoss,
                faults.HasFlag(ProtocolFaults.ValidationDivisor)
                    ? kept.ValidationBatchSum / kept.TrainBatches : kept.ValidationLoss);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The mean squared error on some images, as the protocol counts it.</summary>
    public double Loss(
        Network network, ImageDataset images, IReadOnlyList<int> indices, int batchSize, Noise? noise,
        ProtocolFaults faults)
    {
        cancel.ThrowIfCancellationRequested();
        using var inference = InferenceNetwork.Of(network);
        var batches = new NoisyBatches(images, indices, noise, options.Seed, batchSize, inference.Device);
        var errors = ReconstructionMeasurement.Of(input => inference.Run(input), batches).Select(m => m.Output.Mse);
        return faults.HasFlag(ProtocolFaults.BatchMeans)
            ? errors.Chunk(batchSize).Average(batch => batch.Average()) : errors.Average();
    }

    public void Report(string stage) => progress?.Report(new ExperimentProgress(stage));

    private sealed class Relay(string stage, IProgress<ExperimentProgress>? progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress?.Report(new ExperimentProgress(stage, value));
    }
}
