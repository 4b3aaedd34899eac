using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Layer normalisation of every pixel over its channels (Ba et al., 2016; arXiv:1607.06450; "LayerNorm2d" in NAFNet), ε 1e-6,
/// with scale and shift: (N, C, H, W) → (N, C, H, W). It needs no neighbours, so tiles give what the whole image gives.
/// </summary>
public sealed class PixelNorm : Layer
{
    internal const double Epsilon = 1e-6;
    private readonly Parameter weight, bias; // (C), (C)

    /// <summary>A normalisation of <paramref name="channels"/> channels that starts with scale 1 and shift 0.</summary>
    public PixelNorm(long channels)
    {
        WeightLimit.Count(2, channels);
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description => $"PixelNorm({weight.shape[0]})";

    internal Tensor Weight => weight;

    internal Tensor Bias => bias;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input)
    {
        var pixels = input.permute(0, 2, 3, 1); // (N, H, W, C): nothing moves where memory is channels-last
        return nn.functional.layer_norm(
            pixels, weight.shape, weight.to(input.dtype), bias.to(input.dtype), Epsilon).permute(0, 3, 1, 2);
    }
}
