using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

/// <summary>
/// What a published training loop is taken to do, each against the same worked out by other means: one figure of an epoch that is
/// computed otherwise is a table that cannot be compared.
/// </summary>
public sealed class TrainerProtocolTests : IDisposable
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 3,
        BatchSize = 10,
        Noise = null,
        LearningRate = 1e-2,
        ChannelsLast = false,
    };
    private readonly GradientImages _source = new(58);
    private readonly ImageDataset _images;

    public TrainerProtocolTests() => _images = new ImageDataset(_source);

    // 44 are five batches, the last of 4; 14 are a batch of 10 and one of 4.
    private TrainingData Data => new(_images, [.. Enumerable.Range(0, 44)], [.. Enumerable.Range(44, 14)]);

    public void Dispose()
    {
        _images.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void The_validation_loss_is_the_mean_over_images_however_they_are_cut_into_batches()
    {
        using var network = Create();
        var epoch = new Trainer(network, Data, s_options with { Epochs = 1 }).Run().Epochs[0];
        double[] each = [.. Data.Validation.Select(i => Error(network, i))];
        Assert.Equal(each.Average(), epoch.ValidationLoss!.Value, 1e-6);
        var (first, last) = (each[..10].Average(), each[10..].Average());
        Assert.Equal(first + last, epoch.ValidationBatchSum!.Value, 1e-6);
        Assert.NotInRange((first + last) / 2 - each.Average(), -1e-5, 1e-5); // the two means are told apart
    }

    [Fact]
    public void The_training_loss_is_the_mean_over_images_and_the_batch_mean_that_over_batches()
    {
        using var network = Create();
        var epoch = new Trainer(network, Data, s_options with { Epochs = 1, LearningRate = 1e-12 }).Run().Epochs[0];
        using var fresh = Create();
        fresh.train();
        double[] batches;
        using (var loader = new BatchLoader(_images, Data.Train, new BatchLoaderOptions { BatchSize = 10, Shuffle = true, Seed = 42 }))
            batches = [.. loader.Epoch(0).Select(batch =>
            {
                using (batch)
                using (NewDisposeScope())
                    return (double)nn.functional.mse_loss(fresh.forward(batch.Images), batch.Images).item<float>();
            })];
        Assert.Equal((10 * batches[..4].Sum() + 4 * batches[4]) / 44, epoch.TrainLoss, 1e-6);
        Assert.Equal(batches.Average(), epoch.TrainBatchMean, 1e-6);
        Assert.NotInRange(epoch.TrainLoss - epoch.TrainBatchMean, -1e-6, 1e-6);
        Assert.Equal((1, 5, 5, 1e-12), (epoch.Epoch, (int)epoch.Step, epoch.TrainBatches, epoch.LearningRate));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.8)]
    public void Patience_ends_with_the_weights_of_the_best_epoch(double? average)
    {
        using var network = Create();
        // A learning rate that is far too high: some early epoch is the best.
        var options = s_options with { Epochs = 40, LearningRate = 0.5, Patience = 3, EmaDecay = average };
        var result = new Trainer(network, Data, options).Run();
        var best = result.Epochs.MinBy(e => e.ValidationLoss)!;
        Assert.Equal(best.Epoch, result.BestEpoch);
        Assert.Equal(best.Epoch + 3, result.Epochs.Count);
        Assert.NotInRange(best.ValidationLoss!.Value - result.Epochs[^1].ValidationLoss!.Value, -1e-4, 1e-4);
        Assert.Equal(best.ValidationLoss!.Value, Data.Validation.Average(i => Error(network, i)), 1e-6);
    }

    [Fact]
    public void Batch_statistics_move_all_through_the_first_epoch_and_never_after_it()
    {
        using var network = Create();
        var seen = new List<(int Epoch, float[] Mean, long Batches)>();
        new Trainer(network, Data, s_options with { FreezeBatchStatisticsAfterFirstEpoch = true }) { ReportInterval = TimeSpan.Zero }
            .Run(progress: new Reports(report =>
            {
                if (report.Finished is null) seen.Add((report.Epoch, Statistics(network), Count(network)));
            }));
        Assert.Equal([1, 2, 3, 4, 5, .. Enumerable.Repeat(5, 10)], seen.Select(s => (int)s.Batches));
        Assert.Equal(5, seen.Take(5).DistinctBy(s => s.Mean[0]).Count());
        Assert.All(seen.Skip(5), s => Assert.Equal(seen[4].Mean, s.Mean));
        Assert.Equal([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3], seen.Select(s => s.Epoch));
    }

    [Fact]
    public void Every_step_of_every_epoch_has_noise_of_its_own_and_validation_the_same_each_time()
    {
        using var network = Create();
        var noise = new Watched([]);
        new Trainer(network, Data, s_options with { Noise = noise }).Run();
        // Of an epoch: 5 batches, then the 2 of the validation.
        Assert.Equal(3 * 7, noise.Seen.Count);
        float[][] training = [.. noise.Seen.Where((_, i) => i % 7 < 5)], validation = [.. noise.Seen.Where((_, i) => i % 7 >= 5)];
        Assert.Equal(15, training.DistinctBy(n => n[0]).Count());
        Assert.Equal(validation[..2], validation[2..4]);
        Assert.Equal(validation[..2], validation[4..]);
        Assert.NotEqual(validation[0], validation[1]);
        Assert.Empty(training.Select(n => n[0]).Intersect(validation.Select(n => n[0])));
    }

    private Network Create()
    {
        var network = Architectures.Create("convolutional", _images.Shape);
        network.Initialise(1);
        return network;
    }

    /// <summary>The mean squared error of one image, by itself.</summary>
    private double Error(Network network, int index)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var image = _images.Read([index]);
        return (network.forward(image) - image).to(ScalarType.Float64).square().mean().item<double>();
    }

    private static float[] Statistics(Network network) => network.state_dict()["norm1.running_mean"].data<float>().ToArray();

    private static long Count(Network network) => network.state_dict()["norm1.num_batches_tracked"].item<long>();

    private sealed class Reports(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }

    /// <summary>White noise that remembers how it begins.</summary>
    private sealed record Watched(List<float[]> Seen) : Noise
    {
        public override IEnumerable<string> Faults => [];

        protected internal override string Text => "watched";

        public override Tensor AddTo(Tensor images, Generator generator)
        {
            var noise = empty_like(images).normal_(0, 0.1, generator);
            Seen.Add(noise.flatten()[..8].data<float>().ToArray());
            return images + noise;
        }
    }
}
