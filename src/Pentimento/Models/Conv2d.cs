using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>A convolution with bias, stride 1, zero padding that keeps the size: (N, in, H, W) → (N, out, H, W).</summary>
public sealed class Conv2d : Layer
{
    private readonly Parameter weight, bias; // (out, in, k, k), (out)

    /// <summary>A convolution between channel counts, not yet initialised.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">The kernel's side, odd. The default value is 3.</param>
    public Conv2d(long inputs, long outputs, int kernel = 3)
    {
        weight = new Parameter(empty(outputs, inputs, kernel, kernel));
        bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description => $"Conv2d({weight.shape[1]} → {weight.shape[0]}, {Kernel}×{Kernel})";

    private long Kernel => weight.shape[2];

    /// <inheritdoc/>
    public override void Initialise(Generator generator)
    {
        var fanIn = weight.shape[1] * Kernel * Kernel;
        DrawUniform(weight, fanIn, generator);
        DrawUniform(bias, fanIn, generator);
    }

    internal override SameConvolution ToConvolution() => new(weight, bias);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) =>
        nn.functional.conv2d(input, weight.to(input.dtype), bias.to(input.dtype), padding: [Kernel / 2, Kernel / 2]);

    /// <inheritdoc/>
    protected override long MultiplyAdds(long[] input, long[] output) =>
        output[0] * output[2] * output[3] * weight.shape[0] * weight.shape[1] * Kernel * Kernel;
}
