using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Metrics;

public sealed class NoiseEstimateTests
{
    [Theory]
    [InlineData(3, 5, 0.3)]
    [InlineData(3, 15, 0.5)]
    [InlineData(3, 25, 0.8)]
    [InlineData(3, 50, 1.5)]
    [InlineData(1, 15, 1)]
    [InlineData(1, 50, 2.5)]
    public void White_noise_is_found_at_its_level(int channels, double level, double tolerance)
    {
        var found = Of(Smooth(channels), new GaussianNoise(level / 255, Clip: false));
        Assert.Equal(NoiseKind.White, found.Kind);
        Assert.InRange(found.Level255, level - tolerance, level + tolerance);
        Assert.InRange(found.Correlation, -0.15, 0.15);
        Assert.Equal(channels == 1, found.IsShared);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(25)]
    public void Noise_that_the_channels_of_a_tinted_scan_share_is_found(double level)
    {
        var found = Of(Smooth(3), new GaussianNoise(level / 255, Clip: false, Shared: true));
        Assert.Equal(NoiseKind.White, found.Kind);
        Assert.InRange(found.Level255, 0.9 * level, 1.1 * level);
        Assert.True(found.IsShared);
    }

    [Theory]
    [InlineData(3, 10, 0.7)]
    [InlineData(3, 25, 1)]
    [InlineData(1, 25, 1)]
    public void Correlated_noise_is_called_so(int channels, double level, double blur)
    {
        var found = Of(Smooth(channels), new CorrelatedNoise(level / 255, blur));
        Assert.Equal(NoiseKind.Correlated, found.Kind);
        Assert.InRange(found.Level255, 0.7 * level, 1.1 * level);
        Assert.InRange(found.Correlation, 0.3, 0.8);
        Assert.Equal(channels == 3, found.Blur is not null);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(5, 2)]
    [InlineData(10, 2)]
    [InlineData(5, 3)]
    [InlineData(15, 3)]
    public void Coarse_noise_of_colour_pictures_is_found_at_its_level_with_its_blur(double level, double blur)
    {
        var found = Of(Smooth(3), new CorrelatedNoise(level / 255, blur));
        Assert.Equal(NoiseKind.Correlated, found.Kind);
        Assert.InRange(found.Level255, 0.85 * level, 1.15 * level);
        Assert.InRange(found.Blur!.Value, 0.8 * blur, 1.2 * blur);
        Assert.EndsWith($", correlated as by a blur of {found.Blur:F1} pixels", found.ToString(), StringComparison.Ordinal);
    }

    /// <summary>On photographs: coarse noise is found in nearly all, and clean ones are not called noisy because of it.</summary>
    [Fact]
    public void On_photographs_coarse_noise_is_found_and_clean_ones_are_not_called_coarse()
    {
        var files = Directory.GetFiles(SharedData.Find("denoise", "BSD432-train"), "*.jpg").Order(StringComparer.Ordinal)
            .Where((_, i) => i % 36 == 7);
        foreach (var file in files)
        {
            using var scope = NewDisposeScope();
            var clean = ImageFile.Read(file).ToTensor();
            Assert.Null(Of(clean, null).Blur);
            var found = Of(clean, new CorrelatedNoise(8 / 255.0, 2));
            Assert.Equal(NoiseKind.Correlated, found.Kind);
            Assert.InRange(found.Level255, 7, 10);
            Assert.InRange(found.Blur!.Value, 1.6, 2.4);
        }
    }

    /// <summary>Three quarters are black or white, where half of the noise was cut off: its level there is 0.58 of what it was.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    public void Where_noise_was_cut_off_it_is_not_measured(int channels, int end)
    {
        var picture = Smooth(channels, 384);
        picture.narrow(1, 96, 288).fill_(end);
        var found = Of(picture, new GaussianNoise(20 / 255.0, Clip: true));
        Assert.Equal(NoiseKind.White, found.Kind);
        Assert.InRange(found.Level255, 18.5, 21.5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nor_is_coarse_noise(int end)
    {
        var picture = Smooth(3, 512);
        picture.narrow(1, 128, 384).fill_(end);
        var found = Of(picture, new CorrelatedNoise(10 / 255.0, 2, Clip: true));
        Assert.Equal(NoiseKind.Correlated, found.Kind);
        Assert.InRange(found.Level255, 8.5, 11.5);
        Assert.InRange(found.Blur!.Value, 1.6, 2.4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_clean_picture_and_one_of_a_single_colour_have_none(int channels)
    {
        Assert.Equal(NoiseKind.None, Of(Smooth(channels), null).Kind);
        var even = Of(full(channels, 64, 64, 0.3f), null);
        Assert.Equal((NoiseKind.None, 0.0), (even.Kind, even.Correlation));
        Assert.InRange(even.Level, 0, 1e-6);
        Assert.Equal("none to speak of", Of(zeros(channels, 300, 300), null).ToString());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 700)]
    [InlineData(15, 15)]
    [InlineData(40, 20)]
    [InlineData(12, 1000)]
    [InlineData(1000, 12)]
    public void Of_a_small_picture_the_kind_is_not_known(int height, int width)
    {
        var found = Of(full(3, height, width, 0.5f), new GaussianNoise(0.1, Clip: false));
        Assert.Equal(height == 1 ? NoiseKind.None : NoiseKind.Unknown, found.Kind);
        Assert.True(double.IsNaN(found.Correlation));
        if (height > 1) Assert.InRange(found.Level, 0.07, 0.13);
    }

    [Fact]
    public void A_picture_in_pieces_has_the_noise_of_the_whole_and_takes_bounded_memory()
    {
        using var scope = NewDisposeScope();
        var image = Noisy(Smooth(3, 1200), new GaussianNoise(0.1));
        using var whole = new NoiseSample(3, 1200, 1200);
        whole.Add(image, 0, 0);
        using var pieces = new NoiseSample(3, 1200, 1200);
        for (var top = 1120; top >= 0; top -= 80) pieces.Add(image.narrow(1, top, 80), top, 0);
        Assert.InRange(pieces.Squares, 3800, 4400); // of 5,625
        Assert.Equal(whole.Estimate(), pieces.Estimate());
        Assert.Equal(NoiseKind.White, whole.Estimate().Kind);
        var coarse = Noisy(Smooth(3, 1200), new CorrelatedNoise(0.1, 2));
        using var strips = new NoiseSample(3, 1200, 1200);
        for (var top = 0; top < 1200; top += 80)
            strips.Add(coarse.narrow(1, top, Math.Min(80 + NoiseSample.Overlap, 1200 - top)), top, 0);
        Assert.Equal(NoiseEstimate.Of(coarse), strips.Estimate());
        Assert.Equal(2, strips.Estimate().Blur!.Value, 0.3);
    }

    [Fact]
    public void What_is_no_piece_of_the_picture_is_refused()
    {
        using var scope = NewDisposeScope();
        using var sample = new NoiseSample(3, 100, 100);
        Assert.Contains("is none of an image of 3×100×100",
            Assert.Throws<ArgumentException>(() => sample.Add(zeros(3, 50, 50), 60, 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => sample.Add(zeros(1, 50, 50), 0, 0));
        Assert.Throws<ArgumentException>(() => new NoiseSample(4, 10, 10));
        Assert.Throws<ArgumentException>(() => NoiseEstimate.Of(zeros(1, 3, 50, 50)));
        Assert.Equal(NoiseKind.Unknown, sample.Estimate().Kind); // nothing was added
    }

    /// <summary>On photographs: on average within half a level, and none is called correlated that is not.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(25)]
    [InlineData(50)]
    public void On_photographs_the_level_of_white_noise_is_right_within_half_a_step(double level)
    {
        var files = Directory.GetFiles(SharedData.Find("denoise", "CBSD68"), "*.png").Order(StringComparer.Ordinal)
            .Where((_, i) => i % 9 == 0);
        foreach (var file in files)
        {
            using var scope = NewDisposeScope();
            var found = Of(ImageFile.Read(file).ToTensor(), new GaussianNoise(level / 255, Clip: false));
            Assert.Equal(NoiseKind.White, found.Kind);
            Assert.InRange(found.Level255, level - Math.Max(0.5, 0.02 * level), level + Math.Max(0.5, 0.02 * level));
        }
    }

    private static NoiseEstimate Of(Tensor image, Noise? noise)
    {
        using var scope = NewDisposeScope();
        return NoiseEstimate.Of(noise is null ? image : Noisy(image, noise));
    }

    private static Tensor Noisy(Tensor image, Noise noise)
    {
        using var generator = new Generator(5);
        return noise.AddTo(image.unsqueeze(0), generator)[0];
    }

    /// <summary>Slopes, a soft wave and a hard edge.</summary>
    private static Tensor Smooth(int channels, int side = 256)
    {
        var (rows, columns) = (linspace(0, 1, side).view(1, side, 1), linspace(0, 1, side).view(1, 1, side));
        var picture = (rows * 3 + columns * 5).sin() * 0.15 + 0.5 + rows.gt(0.6).to(ScalarType.Float32) * 0.1;
        return cat([.. Enumerable.Range(0, channels).Select(c => picture + 0.05 * c * columns)]);
    }
}
