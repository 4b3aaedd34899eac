using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>How near an output is to its clean image.</summary>
/// <param name="Mse">Mean squared error over all values.</param>
/// <param name="Psnr">In dB, for a peak of 1.</param>
/// <param name="Ssim">Structural similarity; not a number for images below 11 pixels.</param>
public readonly record struct ImageQualityFigures(double Mse, double Psnr, double Ssim);

/// <summary>One image, measured.</summary>
/// <param name="Index">Which one of the set.</param>
/// <param name="Output">The network's output against the clean image.</param>
/// <param name="Noisy">The noisy input against the clean image, or null without noise.</param>
public sealed record ReconstructionMeasurement(int Index, ImageQualityFigures Output, ImageQualityFigures? Noisy)
{
    /// <summary>Measures a function from images to images on all images of some batches.</summary>
    /// <param name="denoise">(N, C, H, W) float32 to the same shape, such as a network in evaluation mode.</param>
    /// <param name="batches">The images.</param>
    /// <returns>One measurement an image, in the order of the batches.</returns>
    public static IReadOnlyList<ReconstructionMeasurement> Of(Func<Tensor, Tensor> denoise, NoisyBatches batches) =>
        Of((input, _) => denoise(input), batches);

    /// <summary>Measures a function that is also given the clean images, of which it may use the noise level alone.</summary>
    /// <param name="denoise">Noisy and clean images, (N, C, H, W) float32, to the same shape.</param>
    /// <param name="batches">The images.</param>
    /// <returns>One measurement an image, in the order of the batches.</returns>
    public static IReadOnlyList<ReconstructionMeasurement> Of(
        Func<Tensor, Tensor, Tensor> denoise, NoisyBatches batches)
    {
        using var noGradient = no_grad();
        var measured = new List<ReconstructionMeasurement>();
        for (var k = 0; k < batches.Count; k++)
        {
            using var scope = NewDisposeScope();
            var (indices, clean, input) = batches.Read(k);
            var output = Measure(denoise(input, clean), clean);
            var noisy = batches.Noise is null ? null : Measure(input, clean);
            for (var i = 0; i < indices.Length; i++)
                measured.Add(new ReconstructionMeasurement(indices[i], output[i], noisy?[i]));
        }
        return measured;
    }

    private static ImageQualityFigures[] Measure(Tensor output, Tensor clean)
    {
        var mse = Floats(ImageQuality.MsePerImage(output, clean));
        var psnr = Floats(ImageQuality.PsnrPerImage(output, clean));
        var ssim = Math.Min(clean.shape[2], clean.shape[3]) < ImageQuality.SsimWindow ? null
            : Floats(ImageQuality.SsimPerImage(output, clean));
        return [.. mse.Select((m, i) => new ImageQualityFigures(m, psnr[i], ssim?[i] ?? double.NaN))];
    }

    private static float[] Floats(Tensor values)
    {
        using (values) return [.. values.cpu().data<float>()];
    }
}
