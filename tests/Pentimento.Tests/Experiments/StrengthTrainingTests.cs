using Pentimento.Cli;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Tests.Cli;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Experiments;

public sealed class StrengthTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_learns_to_tell_much_noise_from_little_and_is_told_what_it_found()
    {
        using var scope = NewDisposeScope();
        var pictures = CommandRun.Pictures(_folder["pictures"], 6, side: 160);
        using var model = Told(0);
        var noise = Noise.Parse("gaussian(0.01-0.2) | correlated(0.02-0.1,1)");
        var result = new StrengthTraining(model, new(noise, Examples: 80)).Run(pictures);
        Assert.Equal(10, result.Examples); // of every seventh of 80, which are 12, two are clean
        Assert.True(double.IsFinite(result.Regret));
        model.Save(_folder["told.pent"]);
        using var denoiser = Denoiser.Load(_folder["told.pent"]);
        var (little, much) = (Of(0.02), Of(0.1));
        Assert.NotNull(little.Strength);
        Assert.True(much.Level > 2 * little.Level, $"{little.Level} {much.Level}");
        Assert.Equal(0.1, much.Level, 0.05);
        Assert.Equal(much.Strength, denoiser.PlanFor(much).Told);

        NoiseEstimate Of(double sigma) => denoiser.Estimate(
            ImageFile.Read(Directory.GetFiles(pictures)[0]).ToTensor() + sigma * randn(3, 160, 160), default)!.Value;
    }

    [Fact]
    public void A_model_that_is_told_no_two_levels_cannot_learn_them()
    {
        using var blind = TestModels.Convolutional(ModelTask.Denoise, 3);
        Assert.Throws<ArgumentException>(() => new StrengthTraining(blind, new(Noise.Parse("gaussian(0.1)"))));
        using var model = Told(0);
        Assert.Throws<ArgumentException>(() => new StrengthTraining(model, new(Noise.Parse("gaussian(0.1)"), Examples: 3)));
    }

    [Fact]
    public void The_command_names_what_is_wrong()
    {
        using (var model = Told(0)) model.Save(_folder["told.pent"]);
        Directory.CreateDirectory(_folder["empty"]);
        string[] Of(string data, string model, string noise) =>
            ["train", "strength", "--data", data, "--from", model, "--noise", noise, "--out", _folder["out.pent"]];
        foreach (var (data, model, words) in new[]
        {
            (_folder["none"], _folder["told.pent"], "There is no folder"), (_folder["empty"], _folder["told.pent"], "no pictures"),
            (_folder["empty"], "white", "sigma=2"),
        })
            CommandRun.Of(_folder.Path, Of(data, model, "gaussian(0.1)")).AssertFailed(ExitCode.BadInput, words);
        Assert.False(File.Exists(_folder["out.pent"]));
    }

    [Fact]
    public void A_grey_picture_has_all_of_its_noise_in_brightness()
    {
        using var scope = NewDisposeScope();
        using var denoiser = new Denoiser(Told(1), new DenoiserOptions { NoiseLevel = 0.1 });
        Assert.Equal(new NoiseStrengths(0.1, 0.1), denoiser.PlanFor(null).Told);
        var grey = rand(1, 40, 40);
        using var noGradient = no_grad();
        var told = tensor(new[] { 0.173205f, 0 }, [1, 2]);
        var expected = denoiser.Model.Network.forward(grey.expand(3, -1, -1).unsqueeze(0), told).mean([1]);
        Assert.True((denoiser.Denoise(grey) - expected).abs().max().item<float>() < 1e-4);
    }

    private static ModelBundle Told(int seed)
    {
        var network = Architectures.Create("unet", new ImageShape(3, 32, 32),
            new Dictionary<string, int> { ["width"] = 8, ["levels"] = 2, ["middle"] = 1, ["sigma"] = 2 });
        network.Initialise(seed);
        return new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
    }
}
