using System.Text.Json;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Imaging;

public sealed class NoiseTests
{
    public static TheoryData<string> Texts() =>
    [
        "gaussian(0.2)", "gaussian(0-0.5,clip)", "gaussian(0-0.3,shared,clip)", "poisson(50-1000)", "camera(0.001-0.05,0-0.02,clip)",
        "speckle(0-0.3)",
        "correlated(0.05-0.2,0.5-2)", "grain(0.0003-0.01,0-0.03,0.4-3,0-0.5,clip)",
        "photo(0.0001-0.012,0-1,0-1.5,0.6-1.6)", "scan(0.01-0.06,1-4,0-0.3,0-0.3,clip)",
        "salt-pepper(0-0.1)", "jpeg(30-95)", "gaussian(0-0.1,clip) + jpeg(30-95)",
        "2*gaussian(0-0.5,clip) | 0.5*gaussian(0-0.5) | camera(0.01,0.02) + jpeg(90)",
    ];

    [Theory, MemberData(nameof(Texts))]
    public void Noise_is_its_text_on_the_command_line_and_in_JSON(string text)
    {
        var noise = Noise.Parse(text);
        Assert.Equal(text, noise.ToString());
        Assert.Equal(noise, Noise.Parse(text));
        Assert.Equal(noise, JsonSerializer.Deserialize<Noise>(JsonSerializer.Serialize(noise)));
        Assert.Empty(noise.Faults);
    }

    [Theory, MemberData(nameof(Texts))]
    public void The_same_seed_gives_the_same_noise_and_another_seed_other_noise(string text)
    {
        using var scope = NewDisposeScope();
        var noise = Noise.Parse(text);
        var images = Grey(4, 0.4f);
        var before = images.clone();
        var first = Add(noise, images, 5);
        Assert.True(images.equal(before).all().item<bool>());
        Assert.Equal(images.shape, first.shape);
        Assert.True(first.equal(Add(noise, images, 5)).all().item<bool>());
        if (!text.StartsWith("jpeg", StringComparison.Ordinal)) // which may do nothing to an image of one colour
            Assert.False(first.equal(Add(noise, images, 6)).all().item<bool>());
    }

    [Fact]
    public void Noise_of_one_level_is_what_it_was_before_there_were_ranges()
    {
        using var scope = NewDisposeScope();
        var images = Grey(2, 0.5f);
        using var generator = new Generator(9);
        var expected = empty_like(images).normal_(0, 0.5, generator).add_(images).clamp_(0, 1);
        Assert.True(Add(new GaussianNoise(0.5), images, 9).equal(expected).all().item<bool>());
        Assert.Equal(new GaussianNoise(0.5), JsonSerializer.Deserialize<Noise>("""{"factor":0.5,"clip":true}"""));
    }

    [Theory]
    [InlineData("gaussian(0.1)", 0.1)]
    [InlineData("poisson(100)", 0.0632)] // √(0.4 / 100)
    [InlineData("camera(0.01,0.05)", 0.0806)] // √(0.01 · 0.4 + 0.05²)
    [InlineData("speckle(0.5)", 0.2)] // 0.5 · 0.4
    [InlineData("correlated(0.1,1.5)", 0.1)]
    [InlineData("grain(0.01,0.05,1,0.3)", 0.0806)]
    [InlineData("scan(0.1,1.5,0.2,0)", 0.0984)] // 0.1 · √(0.8 · (0.5 + 2 · 0.4 · 0.6)² + 0.2)
    public void The_noise_has_the_standard_deviation_that_it_says(string text, double expected)
    {
        using var scope = NewDisposeScope();
        var noise = Add(Noise.Parse(text), Grey(8, 0.4f), 1) - 0.4;
        Assert.Equal(0, noise.mean().item<float>(), 0.005);
        Assert.Equal(expected, noise.std().item<float>(), expected * 0.03);
    }

    [Fact]
    public void Shared_noise_is_the_same_in_all_channels_and_new_in_every_pixel()
    {
        using var scope = NewDisposeScope();
        var noise = Add(Noise.Parse("gaussian(0-0.3,shared)"), full([4, 3, 32, 32], 0.4f), 1) - 0.4;
        Assert.True(noise.equal(noise.narrow(1, 0, 1)).all().item<bool>());
        Assert.InRange(noise.std([1, 2, 3]).max().item<float>(), 0.05, 0.35);
    }

    [Fact]
    public void Every_image_gets_its_own_level_from_a_range()
    {
        using var scope = NewDisposeScope();
        var levels = (Add(Noise.Parse("gaussian(0-0.5)"), Grey(64, 0.5f), 3) - 0.5).std([1, 2, 3]).data<float>().ToArray();
        Assert.InRange(levels.Min(), 0, 0.08);
        Assert.InRange(levels.Max(), 0.42, 0.52);
        Assert.Equal(0.25, levels.Average(), 0.06);
    }

    [Fact]
    public void A_mixture_gives_every_choice_its_share()
    {
        using var scope = NewDisposeScope();
        var noisy = Add(Noise.Parse("3*salt-pepper(1) | gaussian(0.0001)"), Grey(200, 0.5f, 8), 3);
        var salted = noisy.std([1, 2, 3]).gt(0.3).sum().item<long>();
        Assert.InRange(salted, 130, 170);
    }

    [Fact]
    public void Correlated_noise_resembles_its_neighbours_and_white_noise_does_not()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Math.Exp(-1 / 4.0), Neighbours(Noise.Parse("correlated(0.1,1)")), 0.03); // of a Gaussian kernel of σ = 1
        Assert.Equal(0, Neighbours(Noise.Parse("gaussian(0.1)")), 0.03);

        static double Neighbours(Noise noise)
        {
            var n = Add(noise, Grey(4, 0.5f), 2) - 0.5;
            return (n.narrow(3, 0, 63) * n.narrow(3, 1, 63)).mean().item<float>() / n.square().mean().item<float>();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.4)]
    [InlineData(1)]
    public void Grain_grows_with_the_light_has_neighbours_and_is_shared_by_the_channels_as_far_as_it_says(double share)
    {
        using var scope = NewDisposeScope();
        Tensor Of(float grey) => Add(new GrainNoise(0.01, 0, 1, share), full([8, 3, 64, 64], grey), 2) - grey;
        var (dark, bright) = (Of(0.2f), Of(0.8f));
        Assert.Equal(2, bright.std().item<float>() / dark.std().item<float>(), 0.05);
        double Correlation(Tensor a, Tensor b) => (a * b).mean().item<float>() / bright.square().mean().item<float>();
        Assert.Equal(Math.Exp(-1 / 4.0), Correlation(bright.narrow(3, 0, 63), bright.narrow(3, 1, 63)), 0.03);
        Assert.Equal(share, Correlation(bright.narrow(1, 0, 1), bright.narrow(1, 1, 1)), 0.05);
    }

    [Fact]
    public void Clipping_keeps_values_in_range_and_its_absence_does_not()
    {
        using var scope = NewDisposeScope();
        string[] kinds =
        [
            "gaussian(0.5", "poisson(2", "camera(0.5,0.2", "speckle(2", "correlated(0.5,1", "grain(0.5,0.2,1,0.5", "scan(0.5,1,0.1,0.1",
        ];
        foreach (var kind in kinds)
        {
            var (clipped, open) = (Add(Noise.Parse(kind + ",clip)"), Grey(2, 0.5f), 1), Add(Noise.Parse(kind + ")"), Grey(2, 0.5f), 1));
            Assert.True(clipped.ge(0).logical_and(clipped.le(1)).all().item<bool>(), kind);
            Assert.False(open.ge(0).logical_and(open.le(1)).all().item<bool>(), kind);
        }
    }

    [Fact]
    public void A_JPEG_of_higher_quality_is_nearer()
    {
        using var scope = NewDisposeScope();
        var picture = Pictures.Slopes(3, 64, 64).ToTensor().unsqueeze(0);
        var (coarse, fine) = (Error(Noise.Parse("jpeg(10)")), Error(Noise.Parse("jpeg(98)")));
        Assert.InRange(fine, 1e-7, coarse / 4);
        Assert.Equal([2L, 1, 20, 30], Add(Noise.Parse("jpeg(50)"), rand(2, 1, 20, 30), 1).shape);

        double Error(Noise noise) => (Add(noise, picture, 1) - picture).square().mean().item<float>();
    }

    [Theory]
    [InlineData("gauss(0.1)", "'gauss(0.1)' is no noise; there are gaussian(σ), poisson(photons), camera(gain,read)")]
    [InlineData("gaussian", "'gaussian' has no numbers; write gaussian(σ).")]
    [InlineData("gaussian(0.1,0.2)", "'gaussian(0.1,0.2)' has 2 levels; write gaussian(σ).")]
    [InlineData("gaussian(x)", "'x' in 'gaussian(x)' is no level; write a number or a range, as in 0.1 or 0-0.5.")]
    [InlineData("camera(0.1,0.1,shared)", "'camera(0.1,0.1,shared)' takes no 'shared'; write camera(gain,read).")]
    [InlineData("jpeg(50,clip)", "'jpeg(50,clip)' takes no 'clip'; write jpeg(quality).")]
    [InlineData("2*gaussian(0.1)", "The weight in '2*gaussian(0.1)' stands alone; weights are for alternatives, with | between.")]
    [InlineData("", "'' is no noise; there are")]
    public void What_is_no_noise_is_refused_with_what_is(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => Noise.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gaussian(0.5-0.1)", "noise factor is 0.5-0.1; it must be 0 to 10")]
    [InlineData("gaussian(0)", "noise factor is 0; it must be above 0")]
    [InlineData("jpeg(0-50)", "JPEG quality is 0-50; it must be 1 to 100")]
    [InlineData("gaussian(0.1) | salt-pepper(2)", "share of salt and pepper is 2; it must be 0 to 1")]
    public void What_is_out_of_range_is_named(string text, string fault) => Assert.Equal([fault], Noise.Parse(text).Faults);

    private static Tensor Grey(int count, float value, int side = 64) => full([count, 3, side, side], value);

    private static Tensor Add(Noise noise, Tensor images, ulong seed)
    {
        using var generator = new Generator(seed);
        return noise.AddTo(images, generator);
    }
}
