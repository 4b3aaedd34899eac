using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>How a convolution treats the border of its input.</summary>
public enum BorderPadding
{
    /// <summary>Nothing is added: the output shrinks by the kernel's side less 1.</summary>
    None,

    /// <summary>Half a kernel of zeros on every side, as PyTorch's networks have it.</summary>
    Even,

    /// <summary>
    /// As few zeros as give ⌈side / stride⌉ outputs, the odd one at the right and the bottom: TensorFlow's "SAME".
    /// </summary>
    TensorFlow,
}

/// <summary>
/// A convolution with bias whose weights are given and never trained: a batch normalisation behind it is folded into them.
/// (N, in, H, W) → (N, out, H', W').
/// </summary>
public sealed class FrozenConv2d : Layer
{
    private readonly Tensor weight, bias; // (out, in / groups, k, k), (out)
    private readonly long _stride, _groups;
    private readonly BorderPadding _padding;

    /// <summary>A convolution between channel counts, all weights 0.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">The kernel's side, odd.</param>
    /// <param name="stride">Pixels from one place of the kernel to the next. The default value is 1.</param>
    /// <param name="padding">What happens at the border. The default value is <see cref="BorderPadding.Even"/>.</param>
    /// <param name="depthwise">Each channel by itself; inputs and outputs are equally many. The default value is false.</param>
    public FrozenConv2d(
        long inputs, long outputs, int kernel, int stride = 1, BorderPadding padding = BorderPadding.Even, bool depthwise = false)
    {
        (_stride, _padding, _groups) = (stride, padding, depthwise ? inputs : 1);
        weight = zeros(outputs, inputs / _groups, kernel, kernel).DetachFromDisposeScope();
        bias = zeros(outputs).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description =>
        $"{(_groups > 1 ? "Depthwise " : "")}Conv2d({weight.shape[1] * _groups} → {weight.shape[0]}, {Kernel}×{Kernel}" +
        $"{(_stride > 1 ? $", every {_stride}" : "")}), frozen";

    private long Kernel => weight.shape[2];

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input)
    {
        var padding = _padding == BorderPadding.Even ? Kernel / 2 : 0;
        if (_padding == BorderPadding.TensorFlow)
        {
            var (top, bottom) = Same(input.shape[2]);
            var (left, right) = Same(input.shape[3]);
            if (top == bottom && left == right && top == left) padding = top;
            else input = nn.functional.pad(input, (left, right, top, bottom));
        }
        return CheckedConvolution.Of(
            input, weight.to(input.dtype), bias.to(input.dtype), _stride, (padding, padding), groups: _groups);
    }

    /// <inheritdoc/>
    protected override long MultiplyAdds(long[] input, long[] output) =>
        output[0] * output[2] * output[3] * weight.numel();

    private (long Before, long After) Same(long side)
    {
        var needed = Math.Max((((side - 1) / _stride) * _stride) + Kernel - side, 0);
        return (needed / 2, needed - needed / 2);
    }
}
