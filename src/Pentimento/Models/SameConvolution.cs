using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A convolution with bias, stride 1 and zero padding that keeps the size, as numbers in float64 on the CPU: what every affine
/// layer is in evaluation mode. The dispose scope in which it is made owns it.
/// </summary>
internal sealed class SameConvolution
{
    /// <summary>Takes a kernel of odd side.</summary>
    /// <param name="weight">(out, in, k, k), of any type and device.</param>
    /// <param name="bias">(out).</param>
    public SameConvolution(Tensor weight, Tensor bias)
    {
        // However the weights lie in memory: a network just trained and the same network loaded come to the same bits.
        Weight = weight.detach().cpu().to(ScalarType.Float64).contiguous();
        Bias = bias.detach().cpu().to(ScalarType.Float64);
    }

    /// <summary>y = scale · x + shift, channel by channel.</summary>
    public static SameConvolution Scaling(Tensor scale, Tensor shift) =>
        new(diag(scale).view(scale.shape[0], scale.shape[0], 1, 1), shift) { PerChannel = true };

    /// <summary>(out, in, k, k).</summary>
    public Tensor Weight { get; }

    /// <summary>(out).</summary>
    public Tensor Bias { get; }

    /// <summary>Whether each output channel depends on the input channel of its number alone, and there on one pixel.</summary>
    public bool PerChannel { get; private init; }

    public long Inputs => Weight.shape[1];

    public long Outputs => Weight.shape[0];

    /// <summary>The side of the kernel.</summary>
    public int Side => (int)Weight.shape[2];

    /// <summary>How far, in pixels, an input pixel reaches in the output.</summary>
    public int Reach => Side / 2;

    /// <summary>Multiplications, each with an addition, per pixel.</summary>
    public long MultiplyAdds => PerChannel ? Outputs : Weight.numel();

    /// <summary>(N, in, H, W) → (N, out, H, W).</summary>
    public Tensor Apply(Tensor images) => CheckedConvolution.Of(images, Weight, Bias, padding: (Reach, Reach));

    /// <summary>
    /// For each output (a row of <paramref name="weights"/>, (N, out, H, W), says how much of every pixel it takes), what it
    /// takes of every pixel of the input: (N, in, H, W).
    /// </summary>
    public Tensor Adjoint(Tensor weights) =>
        CheckedConvolution.Of(weights, Weight.transpose(0, 1).flip(2, 3), padding: (Reach, Reach));

    /// <summary>The same for images whose rows are columns.</summary>
    public SameConvolution Transposed() => new(Weight.transpose(2, 3), Bias) { PerChannel = PerChannel };

    /// <summary>
    /// This and then another as one convolution. Where the other looks further than one pixel, it is the same only away from the
    /// border, by the reach of the other: beyond the border the other sees zeros, and the one convolution sees this one's bias.
    /// </summary>
    public SameConvolution Then(SameConvolution next)
    {
        // The kernels are convolved: W[o, i] = Σₘ next[o, m] ∗ this[m, i].
        var weight = CheckedConvolution.Of(
            Weight.transpose(0, 1), next.Weight.flip(2, 3), padding: (next.Side - 1, next.Side - 1)).transpose(0, 1);
        return new SameConvolution(weight, next.Bias + next.Weight.sum([2, 3]).matmul(Bias))
        {
            PerChannel = PerChannel && next.PerChannel,
        };
    }
}
