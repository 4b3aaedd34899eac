using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 4,
        BatchSize = 10,
        Noise = new GaussianNoise(0.1),
        LearningRate = 1e-2,
        ChannelsLast = false, // what is measured may differ from run to run
    };
    private readonly TemporaryFolder _folder = new();
    private readonly GradientImages _source = new(54);
    private readonly ImageDataset _images;

    public TrainerTests() => _images = new ImageDataset(_source);

    private TrainingData Data => new(_images, [.. Enumerable.Range(0, 44)], [.. Enumerable.Range(44, 10)]);

    public void Dispose()
    {
        _images.Dispose();
        _source.Dispose();
        _folder.Dispose();
    }

    private Network Create(string name = "convolutional")
    {
        var network = Architectures.Create(name, _images.Shape);
        network.Initialise(1);
        return network;
    }

    private static float[] Weights(Network network) =>
        [.. network.state_dict().OrderBy(e => e.Key, StringComparer.Ordinal)
            .SelectMany(e => e.Value.to(ScalarType.Float32).contiguous().data<float>().ToArray())];

    private float[] Train(TrainingOptions options, string? folder = null, bool resume = false, CancellationToken cancel = default)
    {
        using var network = Create();
        new Trainer(network, Data, options).Run(folder, resume, cancel: cancel);
        return Weights(network);
    }

    [Theory]
    [InlineData("convolutional", Optimizer.Adam)]
    [InlineData("convolutional", Optimizer.Muon)]
    [InlineData("feed-forward", Optimizer.Adam)]
    [InlineData("feed-forward", Optimizer.Muon)]
    public void The_loss_falls(string architecture, Optimizer optimizer)
    {
        using var network = Create(architecture);
        var result = new Trainer(network, Data, s_options with { Epochs = 20, Optimizer = optimizer }).Run();
        Assert.Equal(20, result.Epochs.Count);
        Assert.Equal(20 * 5, result.Steps);
        Assert.True(result.Epochs[^1].TrainLoss < result.Epochs[0].TrainLoss / 2);
        Assert.True(result.Epochs[^1].ValidationLoss < result.Epochs[0].ValidationLoss / 2);
        Assert.False(network.training);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_to_the_bit_and_another_seed_others()
    {
        var first = Train(s_options);
        Assert.Equal(first, Train(s_options));
        Assert.NotEqual(first, Train(s_options with { Seed = 43 }));
    }

    [Theory]
    [InlineData(1, Optimizer.Adam)]
    [InlineData(7, Optimizer.Adam)]
    [InlineData(7, Optimizer.Muon)]
    [InlineData(10, Optimizer.Adam)]
    [InlineData(19, Optimizer.Adam)]
    public void A_run_stopped_after_any_step_and_resumed_ends_with_the_weights_of_one_that_was_not(int stopAfter, Optimizer optimizer)
    {
        var options = s_options with
        {
            EmaDecay = 0.9,
            GradientClip = 0.5,
            Optimizer = optimizer,
            WeightDecay = optimizer == Optimizer.Adam ? 0.01 : 0,
            Schedule = LearningRateSchedule.OneCycle,
            Patience = 4,
            CheckpointSteps = 1,
        };
        var whole = Train(options);
        using (var network = Create())
        using (var stop = new CancellationTokenSource())
        {
            var stopped = new Trainer(network, Data, options) { ReportInterval = TimeSpan.Zero };
            var result = stopped.Run(_folder.Path, cancel: stop.Token, progress: new StopAt(stopAfter, stop));
            Assert.True(result.Interrupted);
            Assert.Equal(stopAfter, result.Steps);
        }
        Assert.Equal(whole, Train(options, _folder.Path, resume: true));
    }

    [Fact]
    public void A_run_killed_at_the_end_of_an_epoch_ends_that_epoch_once_more_when_resumed()
    {
        var options = s_options with { Epochs = 400, CheckpointSteps = 1 };
        using var network = Create();
        Assert.Throws<IOException>(() => new Trainer(network, Data, options).Run(_folder.Path, progress: new KilledAtEpochEnd()));
        Assert.Equal(4, Checkpoint.StepOf(_folder.Path));
        using var stop = new CancellationTokenSource();
        var resumed = new Trainer(network, Data, options).Run(_folder.Path, resume: true, new StopAt(5, stop), stop.Token);
        Assert.Equal((1, 5), (resumed.Epochs[0].Epoch, resumed.Epochs[0].Step));
    }

    [Fact]
    public void Resuming_a_finished_run_changes_nothing()
    {
        var whole = Train(s_options, _folder.Path);
        Assert.Equal(whole, Train(s_options, _folder.Path, resume: true));
    }

    [Fact]
    public void A_checkpoint_of_other_options_is_refused()
    {
        Train(s_options with { Epochs = 1 }, _folder.Path);
        var e = Assert.Throws<InvalidDataException>(
            () => Train(s_options with { LearningRate = 0.5 }, _folder.Path, resume: true));
        Assert.Contains("other options", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_by_name()
    {
        Train(s_options with { Epochs = 1 }, _folder.Path);
        var path = _folder["checkpoint.safetensors"];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..500]);
        var e = Assert.Throws<InvalidDataException>(() => Train(s_options with { Epochs = 1 }, _folder.Path, resume: true));
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_are_weighted_by_image_and_also_given_by_batch()
    {
        using var network = Create();
        // Frozen: with a learning rate this small the losses of all batches are those of one network.
        var result = new Trainer(network, Data, s_options with { Epochs = 1, LearningRate = 1e-12, Noise = null }).Run();
        var epoch = result.Epochs[0];
        Assert.Equal(5, epoch.TrainBatches);
        Assert.NotEqual(epoch.TrainLoss, epoch.TrainBatchMean);
        Assert.Equal(epoch.ValidationLoss!.Value, epoch.ValidationBatchSum!.Value, 6); // one batch of ten
    }

    [Fact]
    public void Batch_statistics_freeze_after_the_first_epoch_only_on_demand()
    {
        using Network frozen = Create(), right = Create();
        var one = Create();
        new Trainer(one, Data, s_options with { Epochs = 1 }).Run();
        new Trainer(frozen, Data, s_options with { FreezeBatchStatisticsAfterFirstEpoch = true }).Run();
        new Trainer(right, Data, s_options).Run();
        static float[] Mean(Network n) => n.state_dict()["norm1.running_mean"].data<float>().ToArray();
        Assert.Equal(Mean(one), Mean(frozen));
        Assert.NotEqual(Mean(one), Mean(right));
    }

    [Fact]
    public void Early_stopping_returns_the_best_epoch()
    {
        using var network = Create();
        // A learning rate that is far too high: the first epochs are the best.
        var result = new Trainer(network, Data, s_options with { Epochs = 40, LearningRate = 1, Patience = 2 }).Run();
        Assert.True(result.Epochs.Count < 40);
        Assert.Equal(result.Epochs.MinBy(e => e.ValidationLoss)!.Epoch, result.BestEpoch);
        Assert.Equal(result.BestEpoch + 2, result.Epochs.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_memory_layout_does_not_change_the_result_beyond_rounding(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using Network a = Create(), b = Create();
        var options = s_options with { Epochs = 1, GradientClip = 1, LearningRate = 1e-3 };
        new Trainer(a, Data, options with { ChannelsLast = channelsLast }).Run();
        new Trainer(b, Data, options with { ChannelsLast = false }).Run();
        var images = _images.Read([0, 1, 2]);
        // With the batch's own statistics: a bias before a batch norm has no gradient but rounding, which Adam makes steps of.
        a.train();
        b.train();
        Assert.InRange((a.forward(images) - b.forward(images)).abs().max().item<float>(), 0, 2e-4);
    }

    [Fact]
    public void In_bfloat16_it_learns_as_well()
    {
        using Network a = Create(), b = Create();
        var options = s_options with { Epochs = 6 };
        var exact = new Trainer(a, Data, options).Run();
        var coarse = new Trainer(b, Data, options with { Precision = Precision.BFloat16 }).Run();
        Assert.Equal(exact.Epochs[^1].ValidationLoss!.Value, coarse.Epochs[^1].ValidationLoss!.Value, 0.002);
    }

    [Theory]
    [InlineData(0, 1, 0, 0, 0)]
    [InlineData(0.5, 0, 0.5, 0, 0)]
    [InlineData(0, 0, 0, 0.01, 1)]
    public void Other_losses_train_too(double mse, double l1, double ssim, double psnr, double colour)
    {
        using var network = Create();
        var result = new Trainer(network, Data, s_options with { Loss = new LossWeights(mse, l1, ssim, psnr, colour), Epochs = 5 }).Run();
        Assert.True(result.Epochs[^1].TrainLoss < result.Epochs[0].TrainLoss);
    }

    [Fact]
    public void Max_steps_ends_a_run_within_an_epoch()
    {
        using var network = Create();
        var result = new Trainer(network, Data, s_options with { MaxSteps = 7 }).Run();
        Assert.Equal(7, result.Steps);
        Assert.Equal([5, 2], result.Epochs.Select(e => e.TrainBatches));
    }

    [Fact]
    public void All_faults_of_the_options_are_listed_at_once()
    {
        var e = Assert.Throws<ArgumentException>(
            () => new TrainingOptions { Epochs = 0, LearningRate = -1, BatchSize = 0 }.ThrowIfInvalid());
        Assert.Contains("epochs is 0", e.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate is -1", e.Message, StringComparison.Ordinal);
        Assert.Contains("batch size is 0", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Asks for a stop once so many steps are done.</summary>
    private sealed class KilledAtEpochEnd : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished is not null) throw new IOException("killed");
        }
    }

    private sealed class StopAt(int step, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.RunStep >= step) stop.Cancel();
        }
    }
}
