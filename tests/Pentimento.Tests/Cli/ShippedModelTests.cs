using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Tests.Imaging;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

/// <summary>
/// The weights that are shipped, with a stand-in for them: in a process of its own, because a variable says where it lies.
/// </summary>
public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShippedModelTests()
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["full.pent"]);
        Assert.Equal(ExitCode.Done,
            CommandRun.Of(_folder.Path, "export", _folder["full.pent"], "--out", _folder["models/blind.pent"], "--weights", "fp16").Code);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Denoise_needs_no_model_where_one_is_shipped()
    {
        ImageFile.Write(_folder["grey.png"], TestModels.Noise(1, 20, 30));
        ImageFile.Write(_folder["deep.png"], TestModels.Noise(3, 20, 30, bitDepth: 16));
        var (code, _, error) = Denoise(_folder["models"], "grey.png", "deep.png");
        Assert.Equal((ExitCode.Done, ""), (code, code == 0 ? "" : error));
        var read = new ImageReadOptions { Channels = null };
        var grey = ImageFile.Read(_folder["clean/grey.png"], read);
        Assert.Equal(new ImageShape(1, 20, 30), grey.Shape);
        var deep = ImageFile.Read(_folder["clean/deep.png"], read);
        Assert.Equal((16, new ImageShape(3, 20, 30)), (deep.BitDepth, deep.Shape));
        using var denoiser = Denoiser.Load(_folder["models/blind.pent"]);
        Assert.Equal(denoiser.Denoise(ImageFile.Read(_folder["grey.png"], read)).Samples8, grey.Samples8);
    }

    [Fact]
    public void Where_none_is_shipped_it_is_one_line()
    {
        Assert.SkipWhen(File.Exists(Path.Combine(AppContext.BaseDirectory, "models", "blind.pent")), "This build has its weights.");
        ImageFile.Write(_folder["grey.png"], TestModels.Noise(1, 20, 30));
        var (code, output, error) = Denoise(_folder["nowhere"], "grey.png");
        new CommandRun(code, output, error).AssertFailed(
            ExitCode.BadInput, "This build of Pentimento comes without the model 'blind'; name a model file with --model");
    }

    [Fact]
    public void A_shipped_model_is_found_by_its_name_unless_there_is_such_a_file()
    {
        var white = Path.Combine(AppContext.BaseDirectory, "models", "white.pent");
        Assert.Equal(white, ShippedModels.FileOf("white"));
        Assert.Equal("white-not-shipped", ShippedModels.FileOf("white-not-shipped"));
        Assert.Equal(_folder["white"], ShippedModels.FileOf(_folder["white"]));
        Assert.Equal(_folder["full.pent"], ShippedModels.FileOf(_folder["full.pent"]));
    }

    [Fact]
    public void Verbs_that_take_a_model_take_a_shipped_one_by_its_name()
    {
        var shown = CommandRun.Of(_folder.Path, "inspect", "white");
        shown.Done();
        Assert.Contains("unet", shown.Output, StringComparison.Ordinal);
        CommandRun.Of(_folder.Path, "export", "white", "--out", _folder["copy.pent"], "--weights", "bf16").Done();
        using var copy = ModelBundle.Load(_folder["copy.pent"]);
        var pictures = CommandRun.Pictures(_folder["pictures"], 4, side: 32);
        CommandRun.Of(_folder.Path, "train", "denoise", "--data", pictures, "--from", "white", "--patch", "16", "--batch-size", "2",
            "--epochs", "1", "--steps", "1", "--test", "0", "--out", _folder["tuned"]).Done();
        using var tuned = ModelBundle.Load(_folder["tuned/model.pent"]);
        Assert.Equal(copy.Network.ParameterCount, tuned.Network.ParameterCount);
    }

    [Theory]
    [InlineData(ShippedModels.BlindDenoiser)]
    [InlineData(ShippedModels.WhiteDenoiser)]
    public void The_models_in_the_repository_are_small_blind_for_colour_and_load(string name)
    {
        var path = ShippedModels.Find(name);
        Assert.InRange(new FileInfo(path).Length, 1, 10_000_000);
        using var denoiser = Denoiser.Load(path);
        Assert.Equal(3, denoiser.Model.Network.Input.Channels);
        Assert.False(denoiser.Model.Network.TakesNoiseLevel);
        Assert.True(denoiser.KeepsSize);
    }

    [Fact]
    public void The_model_that_is_told_strengths_is_small_knows_them_by_itself_and_keeps_a_clean_picture()
    {
        var path = ShippedModels.Find(ShippedModels.ToldDenoiser);
        Assert.InRange(new FileInfo(path).Length, 1, 10_000_000);
        using var denoiser = Denoiser.Load(path);
        Assert.Equal(2, denoiser.Model.Network.NoiseLevels);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var generator = new TorchSharp.torch.Generator(1);
        var clean = Pictures.Slopes(3, 128, 128).ToTensor().narrow(0, 0, 2).mean([0], keepdim: true).expand(3, -1, -1); // smooth
        var noisy = (clean + 0.1 * TorchSharp.torch.randn([3, 128, 128], generator: generator)).clamp(0, 1);
        Assert.InRange(denoiser.Estimate(noisy, default)!.Value.Level, 0.07, 0.13);
        double Error(TorchSharp.torch.Tensor picture) => (picture - clean).square().mean().item<float>();
        Assert.InRange(Error(denoiser.Denoise(noisy)), 0, 0.2 * Error(noisy));
        Assert.InRange((denoiser.Denoise(clean) - clean).abs().max().item<float>(), 0, 0.05);
    }

    private (int Code, string Output, string Error) Denoise(string models, params string[] files) => ProcessTests.Finish(
        ProcessTests.Start(_folder.Path, ProcessTests.Command,
            ["denoise", .. files.Select(f => _folder[f]), "--out", _folder["clean"]],
            info => info.Environment[ShippedModels.Variable] = models));
}
