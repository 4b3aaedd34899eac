using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class ToldStrengthTests
{
    [Fact]
    public void One_level_is_told_as_it_is()
    {
        using var scope = NewDisposeScope();
        var (clean, noisy) = Pair(8, 0.1);
        var told = Told(1, noisy, clean, 3);
        Assert.Equal([8L], told.shape);
        Assert.True((told - 0.1).abs().max().item<float>() < 0.005);
    }

    [Fact]
    public void Two_levels_are_often_true_and_often_somewhat_wrong_in_either_direction()
    {
        using var scope = NewDisposeScope();
        var (clean, noisy) = Pair(400, 0.1);
        var told = Told(2, noisy, clean, 3).mean([2, 3]).select(1, 0);
        var exact = (told - 0.1).abs().lt(0.01).to(ScalarType.Float32).mean().item<float>();
        Assert.InRange(exact, 0.4, 0.8);
        Assert.True(told.min().item<float>() < 0.07);
        Assert.True(told.max().item<float>() > 0.14);
        Assert.Equal(0.1, told.median().item<float>(), 0.01);
    }

    [Fact]
    public void A_third_of_the_images_is_told_what_there_is_around_each_pixel()
    {
        using var scope = NewDisposeScope();
        var (clean, noisy) = Pair(300, 0.1);
        noisy = where(arange(48).lt(24).view(1, 1, 1, -1), clean, noisy);
        var told = Told(2, noisy, clean, 3).select(1, 0); // (N, H, W)
        var maps = (told.select(2, 47) - told.select(2, 0)).mean([1]).gt(0.02).to(ScalarType.Float32).mean().item<float>();
        Assert.InRange(maps, 0.25, 0.42);
    }

    [Fact]
    public void The_same_generator_tells_the_same()
    {
        using var scope = NewDisposeScope();
        var (clean, noisy) = Pair(20, 0.05);
        Assert.True(Told(2, noisy, clean, 3).equal(Told(2, noisy, clean, 3)).all().item<bool>());
        Assert.False(Told(2, noisy, clean, 3).equal(Told(2, noisy, clean, 4)).all().item<bool>());
    }

    private static (Tensor Clean, Tensor Noisy) Pair(int count, double sigma)
    {
        using var generator = new Generator(1);
        var clean = full([count, 3, 48, 48], 0.5f);
        return (clean, clean + randn(clean.shape, generator: generator) * sigma);
    }

    private static Tensor Told(int levels, Tensor noisy, Tensor clean, ulong seed)
    {
        using var generator = new Generator(seed);
        return ToldStrength.Of(levels, noisy, clean, generator);
    }
}
