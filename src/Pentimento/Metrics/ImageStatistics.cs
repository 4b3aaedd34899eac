using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>Simple numbers about an image, which know nothing of what it shows. A detector has to beat them.</summary>
public static class ImageStatistics
{
    /// <summary>The mean absolute Laplacian (4 neighbours) of the grey image: how sharp or busy it is.</summary>
    /// <param name="images">(N, C, H, W), float32 in [0, 1], 3 pixels or more on a side; not disposed.</param>
    /// <returns>One number an image, 0 or more.</returns>
    public static double[] MeanAbsoluteLaplacian(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var kernel = tensor(new float[] { 0, 1, 0, 1, -4, 1, 0, 1, 0 }, [1, 1, 3, 3]);
        return Doubles(CheckedConvolution.Of(images.mean([1], keepdim: true), kernel).abs().mean([1, 2, 3]));
    }

    /// <summary>
    /// The share of the grey image's energy (its mean excluded) at frequencies above a quarter of the sampling rate in either
    /// direction: the upper half of the band.
    /// </summary>
    /// <param name="images">(N, C, H, W), float32 in [0, 1]; not disposed.</param>
    /// <returns>One number an image, 0 to 1; 0 for an image of one colour.</returns>
    public static double[] HighFrequencyShare(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var grey = images.mean([1]);
        var energy = fft.fft2(grey - grey.mean([1, 2], keepdim: true)).abs().square(); // (N, H, W)
        var high = fft.fftfreq(grey.shape[1]).abs().unsqueeze(1).gt(0.25)
            .logical_or(fft.fftfreq(grey.shape[2]).abs().unsqueeze(0).gt(0.25)); // (H, W)
        return Doubles(energy.mul(high).sum([1, 2]) / energy.sum([1, 2]).clamp_min(1e-12));
    }

    /// <summary>
    /// The standard deviation of the noise as the finest diagonal wavelets of the grey image show it: median |d| / 0.6745 (Donoho
    /// and Johnstone, 1994; Haar).
    /// </summary>
    /// <param name="images">(N, C, H, W), float32 in [0, 1], 2 pixels or more on a side; not disposed.</param>
    /// <returns>One number an image, 0 or more.</returns>
    public static double[] NoiseLevel(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var kernel = tensor(new[] { 0.5f, -0.5f, -0.5f, 0.5f }, [1, 1, 2, 2]);
        var diagonal = CheckedConvolution.Of(images.mean([1], keepdim: true), kernel, stride: 2).abs().flatten(1);
        return Doubles(quantile(diagonal, tensor(0.5f), 1).flatten() / 0.6745);
    }

    /// <summary>The standard deviation of the grey image's values.</summary>
    /// <param name="images">(N, C, H, W), float32 in [0, 1]; not disposed.</param>
    /// <returns>One number an image, 0 to 0.5.</returns>
    public static double[] Contrast(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Doubles(images.mean([1]).flatten(1).std(1, unbiased: false));
    }

    /// <summary>The mean over all pixels of (largest − smallest channel) / largest channel; black pixels have none.</summary>
    /// <param name="images">(N, C, H, W), float32 in [0, 1]; not disposed.</param>
    /// <returns>One number an image, 0 to 1; 0 for grey images.</returns>
    public static double[] Saturation(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var largest = images.amax([1]);
        return Doubles(((largest - images.amin([1])) / largest.clamp_min(1e-6)).mean([1, 2]));
    }

    private static double[] Doubles(Tensor values) => [.. values.to(ScalarType.Float64).cpu().data<double>()];
}
