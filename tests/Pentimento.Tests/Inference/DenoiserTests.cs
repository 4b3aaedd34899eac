using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Tests.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Inference;

public sealed class DenoiserTests
{
    [Theory]
    [InlineData(1, 150, 131, 64)]
    [InlineData(3, 131, 150, 64)]
    [InlineData(3, 20, 200, 11)]
    [InlineData(3, 300, 40, 128)]
    public void Tiles_give_what_the_whole_picture_gives(int channels, int height, int width, int tileSize)
    {
        using var scope = NewDisposeScope();
        var picture = rand([channels, height, width], generator: new Generator(3));
        using var denoiser = new Denoiser(Model(channels), new DenoiserOptions { TileSize = tileSize });
        using var noGradient = no_grad();
        var whole = denoiser.Model.Network.forward(picture.unsqueeze(0)).squeeze(0);
        var tiled = denoiser.Denoise(picture);
        Assert.InRange((whole - tiled).abs().max().item<float>(), 0, 1e-5f);
    }

    [Theory]
    [InlineData("unet", 90), InlineData("ffdnet", 60), InlineData("nafnet", 90)]
    public void Tiles_of_networks_that_take_squares_of_pixels_have_no_seams(string architecture, int tileSize)
    {
        var options = architecture switch
        {
            "unet" => new Dictionary<string, int> { ["width"] = 4, ["levels"] = 2, ["middle"] = 1 },
            "ffdnet" => new() { ["depth"] = 4, ["width"] = 8 },
            _ => new() { ["width"] = 4, ["levels"] = 2, ["middle"] = 1 },
        };
        Denoiser Of(int size)
        {
            var network = Architectures.Create(architecture, new ImageShape(3, 64, 64), options);
            network.Initialise(1);
            var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
            return new Denoiser(model, new DenoiserOptions { TileSize = size }); // a level of noise is that of the whole picture
        }
        using Denoiser whole = Of(1000), tiled = Of(tileSize);
        using var scope = NewDisposeScope();
        var picture = rand([3, 201, 187], generator: new Generator(3));
        Assert.InRange((whole.Denoise(picture) - tiled.Denoise(picture)).abs().max().item<float>(), 0, 1e-4f);
    }

    [Fact]
    public void A_tile_without_the_pixels_around_it_would_show()
    {
        using var scope = NewDisposeScope();
        var picture = TestModels.Noise(1, 40, 40).ToTensor();
        using var denoiser = new Denoiser(Model(1));
        var (whole, alone) = (denoiser.Denoise(picture), denoiser.Denoise(picture.narrow(1, 0, 20)));
        Assert.True((whole.narrow(1, 0, 20) - alone).abs().max().item<float>() > 1e-3);
    }

    [Theory]
    [InlineData(1, 8, 1), InlineData(3, 8, 1), InlineData(1, 16, 7), InlineData(3, 16, 7)]
    public void A_picture_keeps_its_shape_and_depth_whatever_the_tiles(int channels, int bitDepth, int tolerance)
    {
        var picture = Pictures.Slopes(channels, 90, 77, bitDepth);
        var whole = Denoise(Model(channels), picture);
        var tiled = Denoise(Model(channels), picture, tileSize: 32);
        Assert.Equal(picture.Shape, tiled.Shape);
        Assert.Equal(bitDepth, tiled.BitDepth);
        Assert.InRange(Pictures.LargestDifference(whole, tiled), 0, tolerance);
        Assert.True(Pictures.LargestDifference(picture, tiled) > 10 * tolerance);
    }

    [Theory]
    [InlineData(8), InlineData(16)]
    public void A_grey_model_cleans_each_channel_of_a_colour_picture(int bitDepth)
    {
        var picture = Pictures.Slopes(3, 40, 30, bitDepth);
        var cleaned = Denoise(Model(1), picture);
        Assert.Equal(picture.Shape, cleaned.Shape);
        for (var c = 0; c < 3; c++)
        {
            var alone = Denoise(Model(1), Channel(picture, c));
            Assert.InRange(Pictures.LargestDifference(alone, Channel(cleaned, c)), 0, 1);
        }
    }

    [Theory]
    [InlineData(8), InlineData(16)]
    public void A_colour_model_gives_a_grey_picture_the_mean_of_its_answers(int bitDepth)
    {
        var picture = TestModels.Noise(1, 40, 30, bitDepth);
        var cleaned = Denoise(Model(3), picture);
        Assert.Equal(picture.Shape, cleaned.Shape);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model(3);
        var expected = model.Network.forward(picture.ToTensor().expand(3, -1, -1).unsqueeze(0)).mean([1]);
        Assert.InRange(Pictures.LargestDifference(RasterImage.FromTensor(expected, bitDepth), cleaned), 0, 1);
    }

    [Theory]
    [InlineData(1, 1), InlineData(1, 40), InlineData(5, 3)]
    public void Tiny_pictures_are_cleaned(int height, int width)
    {
        foreach (var channels in new[] { 1, 3 })
        {
            var cleaned = Denoise(Model(3), Pictures.Slopes(channels, height, width, 16));
            Assert.Equal(new ImageShape(channels, height, width), cleaned.Shape);
        }
    }

    [Theory]
    [InlineData(1, 1), InlineData(1, 3), InlineData(3, 1), InlineData(3, 3)]
    public void A_network_of_one_size_answers_with_the_preprocessed_size(int modelChannels, int channels)
    {
        using var denoiser = new Denoiser(FeedForward(modelChannels));
        var picture = Pictures.Slopes(channels, 50, 70, 16);
        var cleaned = denoiser.Denoise(picture);
        Assert.False(denoiser.KeepsSize);
        Assert.Equal(new ImageShape(channels, 28, 28), cleaned.Shape);
        Assert.Equal(16, cleaned.BitDepth);
        if (channels != modelChannels) return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = denoiser.Model.Preprocessing.Apply(picture).ToTensor();
        var expected = RasterImage.FromTensor(denoiser.Model.Network.forward(input.unsqueeze(0)).squeeze(0), 16);
        Assert.InRange(Pictures.LargestDifference(expected, cleaned), 0, 1);
    }

    [Fact]
    public void A_network_of_one_size_refuses_another()
    {
        var network = Architectures.Create("feed-forward", new ImageShape(1, 12, 12));
        using var denoiser = new Denoiser(new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Channels = 1 }));
        var e = Assert.Throws<InvalidDataException>(() => denoiser.Denoise(TestModels.Noise(1, 12, 13)));
        Assert.Contains("12×13", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_counts_the_tiles_and_cancelling_stops_between_them()
    {
        using var denoiser = new Denoiser(Model(3), new DenoiserOptions { TileSize = 30 });
        using var cancellation = new CancellationTokenSource();
        var progress = new TestModels.Progress<double>(fraction =>
        {
            if (fraction == 0.5) cancellation.Cancel();
        });
        var picture = TestModels.Noise(3, 40, 40); // four tiles
        Assert.Throws<OperationCanceledException>(() => denoiser.Denoise(picture, progress, cancellation.Token));
        Assert.Equal([0.25, 0.5], progress.Reports);
    }

    [Fact]
    public void A_detector_is_refused()
    {
        using var model = TestModels.Convolutional(ModelTask.Detect, 3);
        Assert.Contains("made to detect", Assert.Throws<InvalidDataException>(() => new Denoiser(model)).Message);
    }

    [Fact]
    public void A_tile_size_that_the_reach_fills_is_refused()
    {
        using var model = Model(3);
        var e = Assert.Throws<ArgumentException>(() => new Denoiser(model, new DenoiserOptions { TileSize = 10 }));
        Assert.Contains("10", e.Message);
        Assert.Contains("at least 11", e.Message);
    }

    [Fact]
    public void Strength_multiplies_the_noise_level_that_a_network_is_told()
    {
        using var scope = NewDisposeScope();
        var picture = rand([3, 80, 90], generator: new Generator(3));
        Tensor Cleaned(DenoiserOptions options)
        {
            var network = Architectures.Create(
                "ffdnet", new ImageShape(3, 64, 64), new Dictionary<string, int> { ["depth"] = 4, ["width"] = 8 });
            network.Initialise(1);
            using var denoiser = new Denoiser(new ModelBundle(ModelTask.Denoise, network, new Preprocessing()), options);
            return denoiser.Denoise(picture);
        }
        var told = Cleaned(new DenoiserOptions { NoiseLevel = 0.3 });
        Assert.Equal(0, (told - Cleaned(new DenoiserOptions { NoiseLevel = 0.15, Strength = 2 })).abs().max().item<float>(), 1e-6);
        var level = NoiseEstimate.Of(picture).Level;
        var estimated = Cleaned(new DenoiserOptions { Strength = 0.5 });
        Assert.Equal(0, (estimated - Cleaned(new DenoiserOptions { NoiseLevel = level / 2 })).abs().max().item<float>(), 1e-6);
        Assert.NotEqual(0, (told - estimated).abs().max().item<float>(), 1e-4);
    }

    [Fact]
    public void A_blind_model_refuses_a_strength_and_names_blending()
    {
        using var model = Model(3);
        var e = Assert.Throws<ArgumentException>(() => new Denoiser(model, new DenoiserOptions { Strength = 2 }));
        Assert.Contains("blind", e.Message, StringComparison.Ordinal);
        Assert.Contains("blend", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_answers_with_no_numbers_is_an_error_not_a_black_picture()
    {
        var model = Model(3);
        using (no_grad()) model.Network.parameters().First().fill_(float.NaN);
        Assert.Throws<InvalidDataException>(() => Denoise(model, Pictures.Slopes(3, 20, 20)));
    }

    [Fact]
    public void It_loads_from_a_file_and_errors_name_the_file()
    {
        using var folder = new Tests.TemporaryFolder();
        using (var model = Model(3)) model.Save(folder["good.pent"]);
        using (var model = TestModels.Convolutional(ModelTask.Detect, 3)) model.Save(folder["bad.pent"]);
        var picture = Pictures.Slopes(3, 30, 30);
        using var denoiser = Denoiser.Load(folder["good.pent"]);
        Assert.Equal(0, Pictures.LargestDifference(Denoise(Model(3), picture), denoiser.Denoise(picture)));
        Assert.Contains("bad.pent", Assert.Throws<InvalidDataException>(() => Denoiser.Load(folder["bad.pent"])).Message);
    }

    private static ModelBundle Model(int channels) => TestModels.Convolutional(ModelTask.Denoise, channels);

    /// <summary>With fully connected layers: images of 28×28 only.</summary>
    private static ModelBundle FeedForward(int channels)
    {
        var network = Architectures.Create("feed-forward", new ImageShape(channels, 28, 28));
        network.Initialise(1);
        var preprocessing = new Preprocessing { Resize = 28, Crop = 28, Channels = channels };
        return new ModelBundle(ModelTask.Reconstruct, network, preprocessing);
    }

    private static RasterImage Denoise(ModelBundle model, RasterImage picture, int tileSize = 512)
    {
        using var denoiser = new Denoiser(model, new DenoiserOptions { TileSize = tileSize });
        return denoiser.Denoise(picture);
    }

    private static RasterImage Channel(RasterImage picture, int channel)
    {
        var shape = picture.Shape with { Channels = 1 };
        return picture.Samples8 is { } bytes
            ? new RasterImage(shape, bytes.Where((_, i) => i % 3 == channel).ToArray())
            : new RasterImage(shape, picture.Samples16!.Where((_, i) => i % 3 == channel).ToArray());
    }
}
