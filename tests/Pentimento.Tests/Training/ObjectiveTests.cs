using Pentimento.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class ObjectiveTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_psnr_term_is_what_each_image_lacks_of_60_decibels()
    {
        var clean = zeros(2, 3, 8, 8);
        var off = clean.clone();
        off[0] += 0.1; // 20 dB
        off[1] += 0.01; // 40 dB
        Assert.Equal((40 + 20) / 2.0, Loss(new(0, Psnr: 1), off, clean), 0.03);
        Assert.Equal(0, Loss(new(0, Psnr: 1), clean, clean), 1e-4);
    }

    [Fact]
    public void A_perfect_image_has_no_infinite_gradient()
    {
        var output = zeros(1, 3, 8, 8, requires_grad: true);
        Objective.Loss(new(0, Psnr: 1, Colour: 1), output, zeros(1, 3, 8, 8)).backward();
        Assert.True(output.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void The_colour_term_sees_what_all_pixels_of_a_channel_share_and_nothing_else()
    {
        var clean = full(1, 3, 8, 8, 0.5);
        var texture = tensor(new float[] { 0.2f, -0.2f }).repeat(1, 3, 8, 4);
        Assert.Equal(0, Loss(new(0, Colour: 1), clean + texture, clean), 1e-6);
        var red = clean.clone();
        red[TensorIndex.Colon, 0] += 0.03;
        Assert.Equal(0.01, Loss(new(0, Colour: 1), red, clean), 1e-6);
    }

    private static double Loss(LossWeights weights, Tensor output, Tensor target) => Objective.Loss(weights, output, target).item<float>();
}
