using Pentimento.Experiments;
using static TorchSharp.torch;

namespace Pentimento.Tests.Experiments;

public sealed class LinearFilterTests
{
    private static Tensor Images(int seed)
    {
        using var generator = new Generator((ulong)seed);
        return Blurred(rand([4, 1, 24, 24], generator: generator));
    }

    private static Tensor Blurred(Tensor images) => nn.functional.avg_pool2d(images, 3, 1, 1);

    private static double Error(Tensor output, Tensor clean) => nn.functional.mse_loss(output, clean).item<float>();

    [Fact]
    public void A_blur_that_can_be_undone_by_a_filter_is_undone()
    {
        using var scope = NewDisposeScope();
        // The target is itself a linear filter of the input, 3×3 and a constant: the fit must find it.
        var kernel = tensor(new float[] { 0, 1, 0, 2, 3, 2, 0, 1, 0 }, [1, 1, 3, 3]) / 9;
        Tensor input = Images(1), target = Filter(input);
        using var filter = LinearFilter.Fit([(input.clone(), target.clone())], channels: 1);
        var other = Images(2);
        Assert.True(Error(filter.Apply(other), Filter(other)) < 1e-6);

        Tensor Filter(Tensor images) =>
            nn.functional.conv2d(nn.functional.pad(images, [1, 1, 1, 1], TorchSharp.PaddingModes.Reflect), kernel) + 0.25;
    }

    [Fact]
    public void No_other_filter_is_better_on_the_images_it_was_fitted_to()
    {
        using var scope = NewDisposeScope();
        var clean = Images(3);
        using var generator = new Generator(4);
        var noisy = clean + randn(clean.shape, generator: generator) * 0.1;
        using var filter = LinearFilter.Fit([(noisy.clone(), clean.clone())], channels: 1);
        var fitted = Error(filter.Apply(noisy), clean);
        Assert.True(fitted < Error(noisy, clean) / 2);
        Assert.True(fitted < Error(Blurred(noisy), clean));
    }
}
