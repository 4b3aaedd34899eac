using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Inference;

public sealed class SelfEnsembleTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(4), InlineData(8)]
    public void Each_way_round_is_seen_once_and_turned_back(int size)
    {
        using var scope = NewDisposeScope();
        var image = arange(2 * 3 * 4, dtype: ScalarType.Float32).view(2, 3, 4);
        var seen = new HashSet<string>();
        var mean = SelfEnsemble.Mean(image, size, turned =>
        {
            seen.Add($"{turned.shape[1]}×{turned.shape[2]}: {string.Join(' ', turned.contiguous().data<float>().ToArray())}");
            return turned.clone();
        });
        Assert.Equal(size, seen.Count);
        Assert.Equal(size / 8 * 4, seen.Count(text => text.StartsWith("4×3", StringComparison.Ordinal)));
        Assert.Equal(0, (mean - image).abs().max().item<float>(), 1e-5);
    }

    [Fact]
    public void A_network_that_does_the_same_to_every_way_round_gives_the_same_picture()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        using (no_grad())
            foreach (var kernel in model.Network.parameters().Where(p => p.dim() == 4))
            {
                var sum = zeros_like(kernel);
                SelfEnsemble.Mean(kernel, 8, turned =>
                {
                    sum.add_(turned);
                    return turned;
                });
                kernel.copy_(sum / 8);
            }
        var picture = rand([3, 37, 26], generator: new Generator(3));
        using var denoiser = new Denoiser(model, new DenoiserOptions { Ensemble = 8 });
        using var noGradient = no_grad();
        var once = denoiser.Model.Network.forward(picture.unsqueeze(0)).squeeze(0);
        Assert.Equal(0, (denoiser.Denoise(picture) - once).abs().max().item<float>(), 1e-5);
        Assert.True((once - picture).abs().max().item<float>() > 0.1);
    }

    [Theory]
    [InlineData("convolutional"), InlineData("unet"), InlineData("ffdnet")]
    public void A_picture_the_other_way_round_is_cleaned_the_same_only_by_an_ensemble(string architecture)
    {
        using var scope = NewDisposeScope();
        var picture = rand([3, 45, 34], generator: new Generator(3)); // no multiple of what the networks take together
        float Change(int ensemble, Func<Tensor, Tensor> turn)
        {
            using var denoiser = Of(architecture, new DenoiserOptions { Ensemble = ensemble });
            return (turn(denoiser.Denoise(picture)) - denoiser.Denoise(turn(picture))).abs().max().item<float>();
        }
        Func<Tensor, Tensor> half = x => x.flip(1, 2), mirror = x => x.flip(2), quarter = x => x.transpose(1, 2).flip(1);
        Assert.All([half, mirror, quarter], turn => Assert.InRange(Change(1, turn), 1e-3f, 1e3f));
        Assert.InRange(Change(2, half), 0, 1e-5f);
        Assert.InRange(Change(2, mirror), 1e-3f, 1e3f);
        Assert.InRange(Change(4, mirror), 0, 1e-5f);
        Assert.InRange(Change(4, quarter), 1e-3f, 1e3f);
        Assert.InRange(Change(8, quarter), 0, 1e-5f);
    }

    [Theory]
    [InlineData("convolutional", 2, 30), InlineData("convolutional", 8, 30)]
    [InlineData("unet", 4, 60), InlineData("unet", 8, 60)]
    [InlineData("ffdnet", 8, 40), InlineData("nafnet", 8, 60)]
    public void Tiles_give_what_the_whole_picture_gives(string architecture, int ensemble, int tileSize)
    {
        using Denoiser whole = Of(architecture, new DenoiserOptions { TileSize = 1000, Ensemble = ensemble }),
            tiled = Of(architecture, new DenoiserOptions { TileSize = tileSize, Ensemble = ensemble });
        using var scope = NewDisposeScope();
        foreach (var (height, width) in new[] { (131, 107), (tileSize - 1, 2 * tileSize + 3), (150, 5) })
        {
            var picture = rand([3, height, width], generator: new Generator(3));
            Assert.InRange((whole.Denoise(picture) - tiled.Denoise(picture)).abs().max().item<float>(), 0, 1e-4f);
        }
    }

    [Theory]
    [InlineData(1, 1, 1), InlineData(3, 1, 1), InlineData(1, 1, 40), InlineData(3, 5, 3), InlineData(1, 33, 2)]
    public void Tiny_and_grey_pictures_are_cleaned(int channels, int height, int width)
    {
        foreach (var architecture in new[] { "unet", "ffdnet" })
        {
            using var denoiser = Of(architecture, new DenoiserOptions { Ensemble = 8 });
            var picture = TestModels.Noise(channels, height, width, bitDepth: 16);
            Assert.Equal((picture.Shape, 16), (denoiser.Denoise(picture).Shape, denoiser.Denoise(picture).BitDepth));
        }
    }

    [Fact]
    public void The_original_is_mixed_into_the_mean()
    {
        using Denoiser pure = Of("unet", new DenoiserOptions { Ensemble = 4 }),
            mixed = Of("unet", new DenoiserOptions { Ensemble = 4, Blend = 0.25 });
        using var scope = NewDisposeScope();
        var picture = rand([3, 20, 30], generator: new Generator(3));
        Assert.Equal(0, (pure.Denoise(picture).lerp(picture, 0.25) - mixed.Denoise(picture)).abs().max().item<float>(), 1e-6);
    }

    [Theory]
    [InlineData(0), InlineData(3), InlineData(-8), InlineData(16)]
    public void Another_number_is_refused(int ensemble)
    {
        var e = Assert.Throws<ArgumentException>(() => Of("unet", new DenoiserOptions { Ensemble = ensemble }));
        Assert.Equal($"The ensemble is {ensemble}; it must be one of 1, 2, 4, 8.", e.Message);
    }

    [Fact]
    public void A_network_of_one_size_that_is_not_square_takes_flips_but_no_quarter_turns()
    {
        Denoiser Of(int ensemble)
        {
            var network = Architectures.Create("feed-forward", new ImageShape(1, 12, 16));
            network.Initialise(1);
            var preprocessing = new Preprocessing { Channels = 1 };
            return new(new ModelBundle(ModelTask.Denoise, network, preprocessing), new DenoiserOptions { Ensemble = ensemble });
        }
        using var denoiser = Of(4);
        Assert.Equal(new ImageShape(1, 12, 16), denoiser.Denoise(TestModels.Noise(1, 12, 16)).Shape);
        var e = Assert.Throws<ArgumentException>(() => Of(8));
        Assert.Contains("12×16; choose 4 or fewer", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_can_be_stopped_between_two_ways_round()
    {
        using var denoiser = Of("unet", new DenoiserOptions { Ensemble = 8 });
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => denoiser.Denoise(TestModels.Noise(3, 20, 20), cancellation: cancellation.Token));
    }

    /// <summary>Small networks with random weights; only "ffdnet" is told a noise level.</summary>
    private static Denoiser Of(string architecture, DenoiserOptions options)
    {
        if (architecture == "convolutional") return new(TestModels.Convolutional(ModelTask.Denoise, 3), options);
        var sizes = architecture switch
        {
            "ffdnet" => new Dictionary<string, int> { ["depth"] = 4, ["width"] = 8 },
            _ => new() { ["width"] = 4, ["levels"] = 2, ["middle"] = 1 },
        };
        var network = Architectures.Create(architecture, new ImageShape(3, 64, 64), sizes);
        using (no_grad())
        using (var generator = new Generator(1))
            foreach (var parameter in network.parameters()) parameter.uniform_(-0.3, 0.3, generator);
        if (network.TakesNoiseLevel) options = options with { NoiseLevel = 0.1 };
        return new(new ModelBundle(ModelTask.Denoise, network, new Preprocessing()), options);
    }
}
