using System.CommandLine;
using Pentimento.Cli;
using Pentimento.Cli.Verbs;
using Pentimento.Data;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Tests.Cli;

public sealed class OptionValuesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("5%", 0.05)]
    [InlineData("0.05", 0.05)]
    [InlineData("2.5%", 0.025)]
    [InlineData("five", null)]
    [InlineData("%", null)]
    public void A_share_is_a_percentage_or_a_fraction(string text, double? share) =>
        Assert.Equal(share, OptionValues.ParseShare(text));

    [Theory]
    [InlineData("1.5GB", 1_500_000_000L), InlineData("800mb", 800_000_000L), InlineData("1GiB", 1L << 30)]
    [InlineData("2G", 2_000_000_000L)]
    [InlineData("1500", null), InlineData("GB", null), InlineData("-1GB", null), InlineData("much", null)]
    public void A_size_is_a_number_with_its_unit(string text, long? bytes) => Assert.Equal(bytes, OptionValues.ParseBytes(text));

    [Fact]
    public void A_loss_is_a_mix()
    {
        Assert.Equal(new LossWeights(), OptionValues.ParseLoss("mse"));
        Assert.Equal(new LossWeights(0, 1), OptionValues.ParseLoss("L1"));
        Assert.Equal(new LossWeights(1, 0, 0.5), OptionValues.ParseLoss("mse+0.5*ssim"));
        Assert.Equal(new LossWeights(0, 0.8, 0.2), OptionValues.ParseLoss("0.8*l1 + .2*ssim"));
        Assert.Equal(new LossWeights(0, Psnr: 0.01, Colour: 1), OptionValues.ParseLoss("0.01*psnr+colour"));
        foreach (var wrong in new[] { "", "huber", "mse+", "0.5ssim", "mse+mse", "-1*l1" })
            Assert.Null(OptionValues.ParseLoss(wrong));
    }

    [Fact]
    public void Data_alone_gives_the_references_options_for_small_sets_with_enough_epochs()
    {
        CommandRun.Pictures(_folder.Path);
        var options = Read(ModelTask.Detect, "--data", _folder.Path);
        Assert.Equal(new ExperimentOptions
        {
            Task = ModelTask.Detect,
            Data = _folder.Path,
            NormalLabels = options.NormalLabels,
            ArchitectureOptions = options.ArchitectureOptions,
            Training = new TrainingOptions { Epochs = 400, BatchSize = 32 }, // 13 pictures to train on: one step an epoch
        }, options);
        Assert.Empty(options.NormalLabels);
        Assert.Empty(options.ArchitectureOptions);
    }

    [Fact]
    public void Small_images_come_in_batches_of_100_and_steps_decide_the_epochs()
    {
        CommandRun.Pictures(_folder.Path);
        var options = Read(ModelTask.Denoise, "--data", _folder.Path, "--size", "16", "--steps", "30").Training;
        Assert.Equal((100, 30, 30, new GaussianNoise(0.2)), (options.BatchSize, options.Epochs, options.MaxSteps, options.Noise));
        var large = TrainingDefaults.EpochsFor(
            ImageSource.Open("fashion-mnist-sample"), new ExperimentOptions { Task = ModelTask.Reconstruct, Data = "" }, 10);
        Assert.Equal(10, large);
    }

    [Fact]
    public void Every_option_arrives()
    {
        const string line = "--data d --anomalous a --normal x y --size 64 --grey --to-srgb --test 30% --validation 0.25 " +
            "--skip-unreadable --false-alarms 1% --architecture convolutional --set a=8 b=4 --epochs 3 --steps 9 " +
            "--batch-size 7 --learning-rate 0.01 --schedule one-cycle --optimizer adamw --weight-decay 0.1 --loss l1 " +
            "--clip-gradient 2 --ema 0.9 --patience 2 --precision bfloat16 --device cpu --seed 7 --checkpoint-steps 5";
        var options = Read(ModelTask.Detect, line.Split(' '));
        Assert.Equal(["x", "y"], options.NormalLabels);
        Assert.Equal(8, options.ArchitectureOptions["a"]);
        Assert.Equal(("a", 64, true, true, 0.3, 0.25, true, 0.01, "convolutional", "cpu"),
            (options.Anomalous, options.Size, options.Grey, options.ToSrgb,
            options.TestFraction, options.ValidationFraction, options.SkipUnreadable, options.FalseAlarmRate,
                options.Architecture, options.Device));
        Assert.Equal(new TrainingOptions
        {
            Epochs = 3,
            MaxSteps = 9,
            BatchSize = 7,
            LearningRate = 0.01,
            Schedule = LearningRateSchedule.OneCycle,
            WeightDecay = 0.1,
            Loss = new LossWeights(0, 1),
            GradientClip = 2,
            EmaDecay = 0.9,
            Patience = 2,
            Precision = Precision.BFloat16,
            Seed = 7,
            CheckpointSteps = 5,
        }, options.Training);
    }

    private static ExperimentOptions Read(ModelTask task, params string[] args)
    {
        var verb = new Verb("train", "");
        var options = new TrainOptions(task);
        options.AddTo(verb);
        var parsed = verb.Parse(args);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed);
    }
}
