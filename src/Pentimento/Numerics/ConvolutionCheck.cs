using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>Compares a way of computing a form with float64, on random numbers of its shapes.</summary>
internal static class ConvolutionCheck
{
    /// <summary>
    /// The largest error that rounding explains, as the norm of the difference over the norm of the right answer. Float32 keeps 24
    /// bits and bfloat16 eight; both add up in float32. A lie is off by 0.2 and more.
    /// </summary>
    private const double Float32Tolerance = 1e-4, BFloat16Tolerance = 2e-2;

    /// <summary>
    /// Multiply-adds that a check may take: as many pixels are convolved, from as many as the kernel needs on.
    /// </summary>
    private const long Affordable = 1 << 18;

    private const int MostPixels = 12;

    /// <summary>Whether answer, and gradients where the form has them, are right.</summary>
    public static bool IsRight(ConvolutionForm form, ConvolutionWay way)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(17);
        const int images = 2;
        var costOfPixel = form.Outputs * form.Inputs / form.Geometry.Groups * form.Rows * form.Columns * images;
        var pixels = Math.Clamp((long)Math.Sqrt(Affordable / (double)costOfPixel), 3, MostPixels) * form.Geometry.Stride;
        long Side(long kernel, long padding) => Math.Max(pixels, (kernel - 1) * form.Geometry.Dilation + 1 - 2 * padding);
        long height = Side(form.Rows, form.Geometry.Padding.Rows), width = Side(form.Columns, form.Geometry.Padding.Columns);

        Tensor Draw(params long[] shape) => randn(shape, ScalarType.Float32, generator: random).to(form.Type);
        var input = Laid(Draw(images, form.Inputs, height, width), form.ChannelsLast);
        var weight = Draw(form.Outputs, form.Inputs / form.Geometry.Groups, form.Rows, form.Columns);
        var bias = form.HasBias ? Draw(form.Outputs) : null;
        var tolerance = form.Type == ScalarType.Float32 ? Float32Tolerance : BFloat16Tolerance;

        if (!form.HasGradient)
        {
            using var none = no_grad();
            LeaveDirt();
            var output = CheckedConvolution.Compute(way, input, weight, bias, form.Geometry);
            return Error(output, ConvolutionForms.Exact(input, weight, bias, form.Geometry)) <= tolerance;
        }
        using var gradients = enable_grad();
        (Tensor Input, Tensor Weight) own = (input.detach().requires_grad_(), weight.detach().requires_grad_());
        var exact = (Input: Wide(input), Weight: Wide(weight));
        LeaveDirt();
        var answer = CheckedConvolution.Compute(way, own.Input, own.Weight, bias, form.Geometry);
        var right = ConvolutionForms.Exact(exact.Input, exact.Weight, bias, form.Geometry);
        if (Error(answer, right) > tolerance) return false;
        var direction = Laid(Draw(answer.shape), form.ChannelsLast);
        LeaveDirt();
        answer.backward([direction]);
        right.backward([direction.to(ScalarType.Float64)]);
        return Error(own.Input.grad!, exact.Input.grad!) <= tolerance && Error(own.Weight.grad!, exact.Weight.grad!) <= tolerance;
    }

    private static Tensor Wide(Tensor values) => values.detach().to(ScalarType.Float64).requires_grad_();

    private static Tensor Laid(Tensor images, bool channelsLast) =>
        channelsLast ? images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : images.contiguous();

    /// <summary>What a kernel forgets to write shows what was there before: let that be no number, rather than zeros by chance.</summary>
    private static void LeaveDirt()
    {
        using var scope = NewDisposeScope();
        foreach (var size in new long[] { 1 << 8, 1 << 11, 1 << 13, 1 << 15, 1 << 17 }) full([size], float.NaN);
    }

    private static double Error(Tensor values, Tensor right)
    {
        var wide = values.detach().to(ScalarType.Float64);
        var error = ((wide - right.detach()).norm() / right.detach().norm().clamp_min(double.Epsilon)).item<double>();
        return double.IsFinite(error) ? error : double.MaxValue;
    }
}
