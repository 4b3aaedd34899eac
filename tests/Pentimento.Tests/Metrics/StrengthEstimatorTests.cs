using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Metrics;

public sealed class StrengthEstimatorTests
{
    [Fact]
    public void Pieces_give_the_numbers_of_the_whole_picture_however_they_overlap()
    {
        using var scope = NewDisposeScope();
        var picture = Noisy("gaussian(0.05)", 3, 200, 150);
        var (whole, strips) = (new StrengthSample(3, 200, 150), new StrengthSample(3, 200, 150));
        whole.Add(picture, 0, 0);
        for (var top = 0; top < 200; top += 64) strips.Add(picture.narrow(1, top, Math.Min(96, 200 - top)), top, 0);
        Assert.Equal(StrengthSample.Count, whole.Features()!.Length);
        Assert.Equal(whole.Features(), strips.Features());
    }

    [Theory]
    [InlineData(1, 64, 64, true)]
    [InlineData(3, 63, 300, true)]
    [InlineData(3, 40, 40, false)]
    [InlineData(3, 1, 1, false)]
    public void Small_pictures_have_none_and_all_others_have_finite_ones(int channels, int height, int width, bool expected)
    {
        using var scope = NewDisposeScope();
        foreach (var picture in new[] { Noisy("gaussian(0.05,clip)", channels, height, width), zeros(channels, height, width) })
        {
            var sample = new StrengthSample(channels, height, width);
            sample.Add(picture, 0, 0);
            Assert.Equal(expected, sample.Features() is not null);
            Assert.All(sample.Features() ?? [], number => Assert.True(float.IsFinite(number)));
        }
    }

    [Fact]
    public void The_numbers_are_the_deviation_of_white_noise_in_every_band()
    {
        using var scope = NewDisposeScope();
        var sample = new StrengthSample(3, 256, 256);
        sample.Add(0.5f + 0.05f * randn(3, 256, 256), 0, 0);
        var medians = Enumerable.Range(0, 12).Select(band => Math.Exp(sample.Features()![4 * band + 2])).ToArray();
        Assert.All(medians, level => Assert.Equal(0.05, level, 0.005));
    }

    [Fact]
    public void What_is_learned_decides_but_white_noise_that_both_see_keeps_its_level()
    {
        var estimator = Says(brightness: 0.02, colour: 0.01, white: -3);
        var features = new float[StrengthSample.Count];
        var white = new NoiseEstimate(0.05, NoiseKind.White, 0);
        var refined = estimator.Refine(white, features);
        Assert.Equal(NoiseKind.Correlated, refined.Kind);
        Assert.Equal(0.02, refined.Strength!.Value.Brightness, 1e-6);
        Assert.Equal(0.01, refined.Strength!.Value.Colour, 1e-6);
        Assert.Equal(Math.Sqrt((0.0004 + 2 * 0.0001) / 3), refined.Level, 1e-6);
        Assert.Equal(white with { Strength = new(0.05, 0.05) }, Says(0.02, 0.01, white: 1).Refine(white, features));
        Assert.Equal(NoiseKind.Correlated, estimator.Refine(new NoiseEstimate(0.001, NoiseKind.None, 0), features).Kind);
        Assert.Equal(NoiseKind.None, Says(0.001, 0.001, -3).Refine(white, features).Kind);
    }

    [Fact]
    public void What_could_not_be_measured_stays_so()
    {
        var (unknown, known) = (new NoiseEstimate(0.05, NoiseKind.Unknown, double.NaN), new NoiseEstimate(0.05, NoiseKind.White, 0));
        Assert.Equal(unknown, Says(0.1, 0.1, -3).Refine(unknown, new float[StrengthSample.Count]));
        Assert.Equal(known, Says(0.1, 0.1, -3).Refine(known, null));
    }

    [Fact]
    public void It_is_read_back_as_it_was_written_and_damage_is_named()
    {
        var estimator = Says(0.02, 0.01, 1);
        Assert.Equal(estimator.Of(new float[StrengthSample.Count]),
            StrengthEstimator.FromJson(estimator.ToJson()).Of(new float[StrengthSample.Count]));
        const string short_ = """{"mean":[1],"scale":[1],"hidden":[],"hiddenBias":[],"output":[],"outputBias":[]}""";
        foreach (var damaged in new[] { "", "null", "{}", "[1]", short_ })
            Assert.Contains("strength.json", Assert.Throws<InvalidDataException>(() =>
                StrengthEstimator.FromJson(System.Text.Encoding.UTF8.GetBytes(damaged))).Message, StringComparison.Ordinal);
    }

    private static StrengthEstimator Says(double brightness, double colour, double white)
    {
        float[] none = new float[StrengthSample.Count];
        float Log(double strength) => (float)Math.Log(strength + StrengthEstimator.Offset);
        return new(new(none, [.. none.Select(_ => 1f)], [none], [0], [[0], [0], [0]], [Log(brightness), Log(colour), (float)white]));
    }

    private static Tensor Noisy(string noise, int channels, int height, int width)
    {
        using var generator = new Generator(1);
        return Noise.Parse(noise).AddTo(full([1, channels, height, width], 0.5f), generator).squeeze(0);
    }
}
