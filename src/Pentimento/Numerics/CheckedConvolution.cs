using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>
/// The convolution that everything here computes with. libtorch's own is silently wrong on some hosts (<see cref="HiddenCaches"/>),
/// and another host may have another fault. So each form of it (type, layout, channels, kernel, whether gradients are asked for) is
/// checked before it is used for the first time on a machine, answer and gradients, against the same in float64, which oneDNN has
/// no part in. A form that disagrees is never used: its channels are then padded by hand to what the processor takes at a time,
/// which is what the library does inside; and where that disagrees too, the convolution runs in float64.
/// </summary>
internal static class CheckedConvolution
{
    /// <summary>A CPU with AVX-512 takes sixteen float32 at a time; multiples of it are multiples for smaller ones too.</summary>
    private const int Lanes = 16;

    /// <summary>So many values of a single image and fewer are not for oneDNN.</summary>
    private const long FewValues = 20_480;

    /// <summary>
    /// A cross-correlation, as libtorch's <c>conv2d</c>. May be called from several threads. Gradients reach input, weight and bias.
    /// </summary>
    /// <param name="input">(N, in, H, W), of any type and device; not disposed.</param>
    /// <param name="weight">(out, in / groups, rows, columns), of the same type; not disposed.</param>
    /// <param name="bias">(out), or null for none; not disposed.</param>
    /// <param name="stride">Pixels between outputs, both ways. The default value is 1.</param>
    /// <param name="padding">Zeros above and below, and at both sides. The default value is none.</param>
    /// <param name="dilation">Pixels between the kernel's places. The default value is 1.</param>
    /// <param name="groups">Into how many groups the channels are divided. The default value is 1.</param>
    /// <returns>(N, out, H', W'), of the same type; the caller's dispose scope owns it.</returns>
    public static Tensor Of(
        Tensor input, Tensor weight, Tensor? bias = null, long stride = 1, (long Rows, long Columns) padding = default,
        long dilation = 1, long groups = 1)
    {
        _ = TorchContext.UsesNnpack; // before the first convolution of the process
        _ = HiddenCaches.State;
        var geometry = new ConvolutionGeometry(stride, padding, dilation, groups);
        if (input.device_type != DeviceType.CPU || input.dtype == ScalarType.Float64)
            return Compute(ConvolutionWay.Direct, input, weight, bias, geometry);
        if (input.dtype != ScalarType.Float32) return Checked(input, weight, bias, geometry);
        geometry = OneLibrary(geometry, weight.shape);
        return IsAlone(input.shape, weight.shape, groups)
            ? Paired(input, weight, bias, geometry) : Checked(input, weight, bias, geometry);
    }

    private static Tensor Checked(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry) => Compute(
        ConvolutionForms.WayOf(ConvolutionForm.Of(input, weight, bias, geometry)), input, weight, bias, geometry);

    // libtorch computes float32 with oneDNN, but for two cases, in which another library takes over whose last digits depend on the
    // number of threads and on the processor: a single image of few values, which therefore gets a black one beside it, and with one
    // thread a kernel of one pixel, to which dilation makes no other difference.
    private static bool IsAlone(long[] input, long[] kernel, long groups) =>
        input[0] == 1 && input[1] * input[2] * input[3] <= FewValues && groups == 1 && (kernel[2] <= 3 || kernel[3] <= 3);

    private static ConvolutionGeometry OneLibrary(ConvolutionGeometry geometry, long[] kernel) =>
        kernel[2] == 1 && kernel[3] == 1 ? geometry with { Dilation = 2 } : geometry;

    private static Tensor Paired(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry)
    {
        using var scope = NewDisposeScope();
        return Checked(cat([input, zeros_like(input)]), weight, bias, geometry).narrow(0, 0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The same by a given way, unchecked.</summary>
    internal static Tensor Compute(
        ConvolutionWay way, Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry)
    {
        if (way == ConvolutionWay.Direct) return ConvolutionForms.Library(input, weight, bias, geometry);
        using var scope = NewDisposeScope();
        var output = way == ConvolutionWay.Padded
            ? Padded(input, weight, bias, geometry)
            : ConvolutionForms.Exact(input, weight, bias, geometry).to(input.dtype);
        return output.MoveToOuterDisposeScope();
    }

    private static Tensor Padded(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry)
    {
        long inputs = input.shape[1], outputs = weight.shape[0];
        var (moreInputs, moreOutputs) = (Missing(inputs), Missing(outputs));
        if (geometry.Groups > 1)
        {
            // Only channel by channel is a group of zeros a group that changes nothing.
            if (geometry.Groups != inputs || inputs != outputs) return ConvolutionForms.Library(input, weight, bias, geometry);
            geometry = geometry with { Groups = inputs + moreInputs };
            weight = Extended(weight, 0, moreOutputs);
        }
        else weight = Extended(Extended(weight, 1, moreInputs), 0, moreOutputs);
        var biases = bias is null ? null : Extended(bias, 0, moreOutputs);
        return ConvolutionForms.Library(Extended(input, 1, moreInputs), weight, biases, geometry).narrow(1, 0, outputs);
    }

    private static long Missing(long channels) => (Lanes - channels % Lanes) % Lanes;

    /// <summary>Zeros behind the last place of a dimension; a tensor that lies channels-last stays so.</summary>
    private static Tensor Extended(Tensor values, int dimension, long count)
    {
        if (count == 0) return values;
        var pads = new long[2 * ((int)values.dim() - dimension)]; // from the last dimension to the first
        pads[^1] = count;
        return nn.functional.pad(values, pads);
    }
}
