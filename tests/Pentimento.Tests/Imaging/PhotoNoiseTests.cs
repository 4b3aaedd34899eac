using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Imaging;

public sealed class PhotoNoiseTests
{
    private const int Side = 96;

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    public void A_sensor_has_a_variance_of_photons_by_the_light_and_of_reading_out(double shot)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var camera = CameraBody.Draw(generator, shot, smooth: 0, sharpen: 0);
        Assert.InRange(Math.Log(camera.ReadNoise * camera.ReadNoise) - 2.18 * Math.Log(shot) - 1.2, -1, 1);
        foreach (var light in new[] { 0.0, 0.05, 0.4 })
        {
            var read = camera.Read(full([4, 1, 200, 200], (float)light), generator) - light;
            var expected = Math.Sqrt(shot * light + 1.0225 * camera.ReadNoise * camera.ReadNoise); // rows share 0.15² of it
            Assert.Equal(0, read.mean().item<float>(), expected * 0.05);
            Assert.Equal(expected, read.std().item<float>(), expected * 0.03);
        }
    }

    [Fact]
    public void What_a_sensor_reads_is_cut_off_at_white_and_kept_below_black()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var camera = CameraBody.Draw(generator, 0.01, 0, 0);
        Assert.Equal(1, camera.Read(ones(1, 1, 64, 64), generator).max().item<float>());
        Assert.True(camera.Read(zeros(1, 1, 64, 64), generator).min().item<float>() < 0);
    }

    [Fact]
    public void Four_times_the_sensitivity_doubles_the_noise()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(2, Strength("photo(0.002,0,0,1)").Brightness / Strength("photo(0.0005,0,0,1)").Brightness, 0.3);
    }

    [Fact]
    public void Demosaicing_makes_neighbours_alike_enlarging_more_so_and_making_smaller_weakens()
    {
        using var scope = NewDisposeScope();
        var (plain, large) = (Neighbours(Noise("photo(0.001,0,0,1)")), Neighbours(Noise("photo(0.001,0,0,2)")));
        Assert.InRange(plain, 0.1, 0.7);
        Assert.InRange(large, plain + 0.1, 1);
        Assert.True(Strength("photo(0.001,0,0,0.5)").Brightness < 0.8 * Strength("photo(0.001,0,0,1)").Brightness);
    }

    [Fact]
    public void A_camera_that_smooths_leaves_less_noise_and_coarser_colours_and_one_that_sharpens_adds_to_brightness()
    {
        using var scope = NewDisposeScope();
        var (plain, smooth, sharp) = (Strength("photo(0.001,0,0,1)"), Strength("photo(0.001,0.8,0,1)"), Strength("photo(0.001,0,1,1)"));
        Assert.True(smooth.Brightness < 0.8 * plain.Brightness);
        Assert.True(smooth.Colour < 0.6 * plain.Colour);
        Assert.True(sharp.Brightness > 1.2 * plain.Brightness);
        Assert.Equal(plain.Colour, sharp.Colour, 0.05 * plain.Colour);
        Assert.True(Neighbours(Colour(Noise("photo(0.001,0.8,0,1)"))) > Neighbours(Colour(Noise("photo(0.001,0,0,1)"))) + 0.1);
    }

    [Fact]
    public void Pictures_keep_their_tones_and_their_size_and_grey_ones_stay_grey()
    {
        using var scope = NewDisposeScope();
        foreach (var (channels, height, width) in new[] { (3, 40, 61), (1, 33, 20), (3, 1, 1), (1, 2, 300) })
        {
            var images = full([2, channels, height, width], 0.5f);
            var noisy = Add("photo(0.00001,0.3,0.5,0.7)", images, 4);
            Assert.Equal(images.shape, noisy.shape);
            Assert.True((noisy - images).abs().max().item<float>() < 0.1);
            Assert.True(noisy.ge(0).logical_and(noisy.le(1)).all().item<bool>());
        }
    }

    [Fact]
    public void Only_grey_and_colour_pictures_are_photographs()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("2 channels", Assert.Throws<ArgumentException>(() => Add("photo(0.001,0,0,1)", zeros(1, 2, 16, 16), 1)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_mosaic_of_one_colour_or_of_even_slopes_is_filled_exactly(bool bilinear)
    {
        using var scope = NewDisposeScope();
        var ramp = linspace(0.1, 0.8, 24).view(1, 1, 1, -1).expand(1, 3, 20, 24); // grey: all colours have the same slope
        var one = tensor(new[] { 0.2f, 0.5f, 0.7f }).view(1, 3, 1, 1).expand(1, 3, 20, 24);
        Assert.True((Demosaicing.Of(Demosaicing.Mosaic(one), bilinear) - one).abs().max().item<float>() < (bilinear ? 1e-6 : 0.4));
        var inner = (Demosaicing.Of(Demosaicing.Mosaic(ramp), bilinear) - ramp).narrow(2, 2, 16).narrow(3, 2, 20);
        Assert.True(inner.abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void Scans_have_lines_and_stripes_by_their_shares_and_grain_of_its_size()
    {
        using var scope = NewDisposeScope();
        var noise = Add("scan(0.05,3,0.3,0.2)", full([16, 3, Side, Side], 0.5f), 2) - 0.5;
        var variance = noise.square().mean().item<float>();
        // The mean of a row has the row's own noise, a little of the columns' and hardly any grain.
        var rows = noise.mean([3]).square().mean().item<float>() / variance;
        var columns = noise.mean([2]).square().mean().item<float>() / variance;
        Assert.InRange(rows, 0.27, 0.36);
        Assert.InRange(columns, 0.15, 0.29);
        var grain = Add("scan(0.05,3,0,0)", full([16, 3, Side, Side], 0.5f), 2) - 0.5;
        Assert.Equal(Math.Exp(-1 / (4 * Math.Pow(3 / 2.3548, 2))), Neighbours(grain), 0.03);
        var dark = Add("scan(0.05,3,0,0)", zeros(16, 3, Side, Side), 2);
        Assert.Equal(0.5, dark.std().item<float>() / grain.std().item<float>(), 0.03);
        var fault = Assert.Single(Pentimento.Imaging.Noise.Parse("scan(0.1,1,0.7,0.6)").Faults);
        Assert.Contains("lines and stripes", fault, StringComparison.Ordinal);
    }

    private static (double Brightness, double Colour) Strength(string text)
    {
        var clean = full([24, 3, Side, Side], 0.5f);
        var strength = NoiseStrength.Of(Add(text, clean, 7), clean).square().mean([0]).sqrt();
        return (strength[0].item<float>(), strength[1].item<float>());
    }

    private static Tensor Noise(string text) => Add(text, full([24, 3, Side, Side], 0.5f), 7) - 0.5;

    private static Tensor Colour(Tensor noise) => noise - noise.mean([1], keepdim: true);

    private static double Neighbours(Tensor noise) => (noise.narrow(3, 0, Side - 1) * noise.narrow(3, 1, Side - 1)).mean().item<float>()
        / noise.square().mean().item<float>();

    private static Tensor Add(string text, Tensor images, ulong seed)
    {
        using var generator = new Generator(seed);
        return Pentimento.Imaging.Noise.Parse(text).AddTo(images, generator);
    }
}
