using Pentimento.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A convolution. With an odd kernel zero padding keeps the size; a stride divides it:
/// (N, in, H, W) → (N, out, H / stride, W / stride).
/// </summary>
public sealed class Conv2d : Layer
{
    private readonly Parameter weight; // (out, in / groups, k, k)
    private readonly Parameter? bias; // (out)
    private readonly int _stride, _groups;
    private readonly double _gain;

    /// <summary>A convolution between channel counts, not yet initialised.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">The kernel's side: odd, or equal to the stride. The default value is 3.</param>
    /// <param name="stride">The step between outputs. The default value is 1.</param>
    /// <param name="groups">
    /// Into how many groups the channels are divided; as many as channels makes it depthwise. The default value is 1.
    /// </param>
    /// <param name="hasBias">Whether a constant is added to each output channel. The default value is true.</param>
    /// <param name="gain">The starting weights are U(−gain/√fanIn, gain/√fanIn). The default value is PyTorch's 1.</param>
    public Conv2d(
        long inputs, long outputs, int kernel = 3, int stride = 1, int groups = 1, bool hasBias = true, double gain = 1)
    {
        (_stride, _groups, _gain) = (stride, groups, gain);
        WeightLimit.Count(outputs, inputs / groups, kernel, kernel);
        if (hasBias) WeightLimit.Count(outputs);
        weight = new Parameter(empty(outputs, inputs / groups, kernel, kernel));
        if (hasBias) bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    /// <summary>The gain that keeps the variance through a ReLU (He et al., 2015; arXiv:1502.01852).</summary>
    public static double ReluGain { get; } = Math.Sqrt(6);

    /// <inheritdoc/>
    public override string Description => $"Conv2d({weight.shape[1] * _groups} → {weight.shape[0]}, {Kernel}×{Kernel}" +
        $"{(_stride > 1 ? $", stride {_stride}" : "")}{(_groups > 1 ? $", {_groups} groups" : "")})";

    internal Tensor Weight => weight;

    internal Tensor? Bias => bias;

    internal long Stride => _stride;

    internal long Groups => _groups;

    internal long Padding => Kernel % 2 == 1 ? Kernel / 2 : 0;

    private long Kernel => weight.shape[2];

    /// <inheritdoc/>
    public override void Initialise(Generator generator)
    {
        var fanIn = weight.shape[1] * Kernel * Kernel;
        DrawUniform(weight, fanIn, generator, _gain);
        if (bias is not null) DrawUniform(bias, fanIn, generator, Math.Min(_gain, 1));
    }

    internal override SameConvolution? ToConvolution() =>
        _stride > 1 || _groups > 1 || Kernel % 2 == 0 ? null : new(weight, bias ?? zeros(weight.shape[0], device: weight.device));

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => CheckedConvolution.Of(
        input, weight.to(input.dtype), bias?.to(input.dtype), _stride, (Padding, Padding), groups: _groups);

    /// <inheritdoc/>
    protected override long MultiplyAdds(long[] input, long[] output) =>
        output[0] * output[2] * output[3] * weight.shape[0] * weight.shape[1] * Kernel * Kernel;
}
