using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>How a kernel goes over its input: as <see cref="CheckedConvolution"/>.</summary>
internal readonly record struct ConvolutionGeometry(long Stride, (long Rows, long Columns) Padding, long Dilation, long Groups);

/// <summary>By which way a convolution is computed.</summary>
internal enum ConvolutionWay
{
    /// <summary>As libtorch does it.</summary>
    Direct,

    /// <summary>By libtorch, with channels of zeros up to a multiple of what the processor takes at a time.</summary>
    Padded,

    /// <summary>In float64.</summary>
    Exact,
}

/// <summary>
/// What decides which of the library's kernels computes a convolution. Two calls of one form are right or wrong together, so one
/// check serves both.
/// </summary>
internal readonly record struct ConvolutionForm(
    ScalarType Type, bool ChannelsLast, bool HasGradient, long Inputs, long Outputs, long Rows, long Columns, bool HasBias,
    ConvolutionGeometry Geometry, int Threads)
{
    /// <summary>The form of a call.</summary>
    public static ConvolutionForm Of(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry)
    {
        var (shape, kernel) = (input.shape, weight.shape);
        return new(
            input.dtype, IsChannelsLast(shape, input.stride()), is_grad_enabled() && (input.requires_grad || weight.requires_grad),
            shape[1], kernel[0], kernel[2], kernel[3], bias is not null, geometry, get_num_threads() > 1 ? 2 : 1);
    }

    private static bool IsChannelsLast(long[] shape, long[] stride) =>
        shape[1] > 1 ? stride[1] == 1 && stride[3] == shape[1] : stride[3] == 1 && stride[1] == 1;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Type} {(ChannelsLast ? "channels-last" : "planes")} {Inputs}→{Outputs} {Rows}×{Columns}{(HasBias ? " bias" : "")} stride " +
        $"{Geometry.Stride} padding {Geometry.Padding.Rows},{Geometry.Padding.Columns} dilation {Geometry.Dilation} groups " +
        $"{Geometry.Groups} {(HasGradient ? "gradients" : "answer")} " +
        $"{(Threads > 1 ? "threads" : "thread")}";
}
