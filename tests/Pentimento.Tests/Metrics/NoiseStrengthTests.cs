using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Metrics;

public sealed class NoiseStrengthTests
{
    [Theory]
    [InlineData(3, false, 0.1, 0.1)]
    [InlineData(3, true, 0.1732, 0)] // √3: what three channels share
    [InlineData(1, false, 0.1732, 0)]
    public void White_noise_has_its_deviation_in_both_and_shared_noise_all_in_brightness(
        int channels, bool shared, double brightness, double colour)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var clean = full([2, channels, 128, 128], 0.5f);
        var noisy = clean + randn([2, shared ? 1 : channels, 128, 128], generator: generator) * 0.1;
        var strength = NoiseStrength.Of(noisy, clean);
        Assert.Equal([2L, 2], strength.shape);
        Assert.Equal(brightness, strength[1, 0].item<float>(), 0.003);
        Assert.Equal(colour, strength[1, 1].item<float>(), 0.003);
    }

    [Fact]
    public void A_map_shows_where_the_noise_is_and_has_the_size_of_the_picture()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var clean = full([1, 3, 100, 130], 0.5f);
        var right = arange(130).ge(65).to(ScalarType.Float32).view(1, 1, 1, -1);
        var noisy = clean + randn([1, 3, 100, 130], generator: generator) * right * 0.2;
        var map = NoiseStrength.Map(noisy, clean);
        Assert.Equal([1L, 2, 100, 130], map.shape);
        Assert.Equal(0, map[0, 0, 50, 20].item<float>(), 1e-3);
        Assert.Equal(0.2, map[0, 1, 50, 110].item<float>(), 0.02);
    }
}
