using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Inference;

/// <summary>Which of several denoisers a picture gets.</summary>
public sealed class DenoiserChoiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DenoiserChoice _choice = new(ForAny(), Scaled(0.9f));
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _choice.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("gaussian(0.1)", 3, "white")]
    [InlineData("gaussian(0.3,clip)", 3, "white")]
    [InlineData("gaussian(0.1,shared)", 3, "any")]
    [InlineData("gaussian(0.1)", 1, "any")]
    [InlineData("correlated(0.1,1)", 3, "any")]
    [InlineData("correlated(0.1,2)", 3, "any")]
    [InlineData("gaussian(0.001)", 3, "any")]
    public void White_noise_that_channels_do_not_share_has_its_own_denoiser(string noise, int channels, string name)
    {
        var picture = Noisy(noise, channels);
        var estimate = NoiseEstimate.Of(picture);
        var denoiser = _choice.For(estimate);
        Assert.Equal(name, _choice.NameOf(denoiser.Model.FileHash));
        var expected = denoiser.Denoise(picture);
        Assert.True(_choice.Denoise(picture).equal(expected).all().item<bool>());
    }

    [Fact]
    public void One_denoiser_gets_all_pictures_and_what_is_not_known_is_any_noise()
    {
        Assert.Same(_choice.Any, _choice.For(null));
        Assert.Same(_choice.Any, _choice.For(NoiseEstimate.Of(full(3, 10, 10, 0.5f) + 0.1 * randn(3, 10, 10)))); // too small to tell
        using var one = new DenoiserChoice(ForAny());
        Assert.Same(one.Any, one.For(NoiseEstimate.Of(Noisy("gaussian(0.1)", 3))));
    }

    [Fact]
    public void All_denoisers_must_take_the_same_pictures()
    {
        using var fixedSize = new Denoiser(new ModelBundle(
            ModelTask.Denoise, Architectures.Create("feed-forward", new ImageShape(3, 16, 16)),
            new Preprocessing { Resize = 16, Crop = 16 }));
        Assert.Throws<ArgumentException>(() => new DenoiserChoice(ForAny(), fixedSize));
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3, new Preprocessing { ToSrgb = true });
        Assert.Throws<ArgumentException>(() => new DenoiserChoice(ForAny(), new Denoiser(model)));
    }

    [Fact]
    public void Files_are_cleaned_each_by_its_own_and_skipped_when_done_by_either()
    {
        ImageFile.Write(_folder["in/white.png"], RasterImage.FromTensor(Noisy("gaussian(0.1,clip)", 3)));
        ImageFile.Write(_folder["in/grain.png"], RasterImage.FromTensor(Noisy("correlated(0.1,1)", 3)));
        var first = Run(_choice);
        Assert.Equal("2 done", first.Describe());
        Assert.Equal(
            [("grain.png", "any"), ("white.png", "white")], first.Files.Select(f => (Path.GetFileName(f.Path), f.Model)));
        Assert.Equal(_choice.White!.Model.FileHash, Sidecar.Find(_folder["out/white.png"])!.Model.Sha256);
        Assert.Equal(_choice.Any.Model.FileHash, Sidecar.Find(_folder["out/grain.png"])!.Model.Sha256);
        var picture = ImageFile.Read(_folder["in/white.png"]);
        Assert.Equal(_choice.White.Denoise(picture).Samples8, ImageFile.Read(_folder["out/white.png"]).Samples8);
        Assert.Equal(_choice.Denoise(picture).Samples8, ImageFile.Read(_folder["out/white.png"]).Samples8);
        Assert.Equal("0 done, 2 skipped", Run(_choice).Describe());
        using var one = new DenoiserChoice(ForAny());
        Assert.Equal("1 done, 1 skipped", Run(one).Describe());
        Assert.Equal("1 done, 1 skipped", Run(_choice).Describe()); // white noise again, by its own
    }

    [Theory]
    [InlineData("gaussian(0.001)", 3)]
    [InlineData("gaussian(0.001)", 1)]
    [InlineData("gaussian(0.015)", 3)]
    public void Where_there_is_little_noise_means_stay_and_tiles_have_no_seams(string noise, int channels)
    {
        var picture = Noisy(noise, channels);
        double Shift(Tensor cleaned) => 255 * (cleaned - picture).mean([1, 2]).abs().max().item<float>();
        var cleaned = _choice.Denoise(picture);
        using (no_grad())
            Assert.InRange(Shift(cleaned), 0,
                Shift(_choice.For(NoiseEstimate.Of(picture)).Model.Network.forward(picture.expand(3, -1, -1).unsqueeze(0))[0]) / 5);
        Assert.True((cleaned - picture).abs().max().item<float>() > 0.001);
        using var tiled = new DenoiserChoice(ForAny(tileSize: 100), Scaled(0.9f, tileSize: 100));
        Assert.InRange((tiled.Denoise(picture) - cleaned).abs().max().item<float>(), 0, 1e-5);
    }

    private FileBatchResult<DenoisedFile> Run(DenoiserChoice denoisers) => DenoiseRun.Run(
        denoisers, [_folder["in"]], new DenoiseRunOptions { OutputFolder = _folder["out"] },
        cancellation: TestContext.Current.CancellationToken);

    private static Denoiser ForAny(int? tileSize = null) =>
        new(TestModels.Convolutional(ModelTask.Denoise, 3), new DenoiserOptions { TileSize = tileSize });

    private static Denoiser Scaled(float scale, int? tileSize = null)
    {
        var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        using (no_grad())
            foreach (var parameter in model.Network.parameters()) parameter.mul_(scale);
        return new Denoiser(model, new DenoiserOptions { TileSize = tileSize });
    }

    private static Tensor Noisy(string noise, int channels)
    {
        using var generator = new Generator(1);
        var (rows, columns) = (linspace(0, 1, 256).view(1, 1, 256, 1), linspace(0, 1, 256).view(1, 1, 1, 256));
        var smooth = ((rows * 3 + columns * 5).sin() * 0.15 + 0.5).repeat(1, channels, 1, 1);
        return Noise.Parse(noise).AddTo(smooth, generator).squeeze(0);
    }
}
