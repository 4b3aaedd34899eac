using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>
/// How close two batches of images are. Both are (N, C, H, W), floating point on the [0, 1] scale (peak 1), on the same device;
/// float16 and bfloat16 are computed in float32, float64 stays float64. Everything here is differentiable.
/// </summary>
public static class ImageQuality
{
    /// <summary>The side of the Gaussian window of SSIM, in pixels; no side of an image may be smaller.</summary>
    public const int SsimWindow = 11;

    private const double Sigma = 1.5;
    private static readonly double[] Gaussian = Normalised([.. Enumerable.Range(-SsimWindow / 2, SsimWindow)
        .Select(offset => Math.Exp(-offset * offset / (2 * Sigma * Sigma)))]);

    private const double C1 = 0.01 * 0.01; // (K1 · range)²
    private const double C2 = 0.03 * 0.03; // (K2 · range)²

    /// <summary>The mean squared error of each image.</summary>
    /// <param name="a">(N, …), at least two dimensions.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>(N,), float32; 0 where the images are equal. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes differ, the batch is empty or the values are whole numbers.</exception>
    public static Tensor MsePerImage(Tensor a, Tensor b)
    {
        RequirePair(a, b);
        using var scope = NewDisposeScope();
        return (Real(a) - Real(b)).square().flatten(1).mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>The peak signal-to-noise ratio of each image in decibels, 10 · log10(1 / MSE).</summary>
    /// <param name="a">(N, …), at least two dimensions, on the [0, 1] scale.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>(N,), float32; +∞ where the images are equal. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes differ, the batch is empty or the values are whole numbers.</exception>
    public static Tensor PsnrPerImage(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (MsePerImage(a, b).log10() * -10).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The structural similarity of each image (Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error
    /// visibility to structural similarity", 2004): Gaussian window of 11×11 with σ 1.5 that sums to 1, K1 0.01, K2 0.03,
    /// range 1, population variance and covariance (weights as they are, no n / (n − 1)). Only windows that lie wholly inside the
    /// image
    /// count, so that the map is (H − 10)×(W − 10); it is averaged per channel, then over the channels. The same number as
    /// scikit-image's <c>structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    /// data_range=1, channel_axis=0)</c>, which leaves out the same border of 5 pixels.
    /// </summary>
    /// <param name="a">(N, C, H, W), H and W at least 11, on the [0, 1] scale.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>(N,), float32, in [−1, 1]; 1 where the images are equal. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes differ, a side is below 11 pixels, or the values are whole
    /// numbers.</exception>
    public static Tensor SsimPerImage(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return SsimMap(a, b).mean([1, 2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>The structural similarity at every place, as <see cref="SsimPerImage"/> averages it.</summary>
    /// <inheritdoc cref="SsimPerImage" path="/param"/>
    /// <inheritdoc cref="SsimPerImage" path="/exception"/>
    /// <returns>(N, C, H − 10, W − 10), float32, in [−1, 1]. The caller disposes it.</returns>
    public static Tensor SsimMap(Tensor a, Tensor b)
    {
        RequirePair(a, b);
        if (a.dim() != 4)
            throw new ArgumentException($"SSIM needs images (N, C, H, W), not a tensor of shape {Shape(a)}.", nameof(a));
        if (a.shape[2] < SsimWindow || a.shape[3] < SsimWindow)
            throw new ArgumentException(
                $"SSIM needs images of at least {SsimWindow}×{SsimWindow} pixels, these are {a.shape[2]}×{a.shape[3]}.",
                    nameof(a));
        using var scope = NewDisposeScope();
        // Variances do not depend on an offset; around 0 they lose fewer digits to E[x²] − E[x]².
        Tensor x = Real(a) - 0.5, y = Real(b) - 0.5;
        var means = Blur(cat([x, y, x * x, y * y, x * y])).chunk(5); // 5 × (N, C, H − 10, W − 10)
        Tensor mx = means[0], my = means[1];
        var variances = means[2] - mx.square() + means[3] - my.square();
        var covariance = means[4] - mx * my;
        Tensor lx = mx + 0.5, ly = my + 0.5;
        var map = (2 * lx * ly + C1) * (2 * covariance + C2) / ((lx.square() + ly.square() + C1) * (variances + C2));
        return map.MoveToOuterDisposeScope();
    }

    /// <summary>The mean structural similarity of a batch, for a loss such as 1 − SSIM. See <see cref="SsimPerImage"/>.</summary>
    /// <returns>A scalar, float32. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes differ, a side is below 11 pixels, or the values are whole
    /// numbers.</exception>
    public static Tensor Ssim(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return SsimPerImage(a, b).mean().MoveToOuterDisposeScope();
    }

    // The 11×11 Gaussian is the product of a row and a column, each a weighted sum of shifted slices: on a processor that is
    // several times as fast as a depthwise convolution, which libtorch does badly for long thin kernels.
    private static Tensor Blur(Tensor images) => WeightedSum(WeightedSum(images, 3), 2);

    private static Tensor WeightedSum(Tensor images, int dimension)
    {
        var length = images.shape[dimension] - SsimWindow + 1;
        var sum = images.narrow(dimension, 0, length) * Gaussian[0];
        for (var k = 1; k < SsimWindow; k++) sum.add_(images.narrow(dimension, k, length), alpha: Gaussian[k]);
        return sum;
    }

    private static Tensor Real(Tensor t) => t.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? t.to(ScalarType.Float32) : t;

    private static void RequirePair(Tensor a, Tensor b)
    {
        if (!a.shape.AsSpan().SequenceEqual(b.shape))
            throw new ArgumentException($"The batches have different shapes, {Shape(a)} and {Shape(b)}.", nameof(b));
        if (a.dim() < 2 || a.shape.Any(n => n == 0))
            throw new ArgumentException($"A batch of images is (N, …) with at least one value, not {Shape(a)}.", nameof(a));
        foreach (var t in (Tensor[])[a, b])
            if (!t.is_floating_point())
                throw new ArgumentException($"The images are {t.dtype}; they have to be floating point on the [0, 1] scale.");
    }

    private static double[] Normalised(double[] weights) => Array.ConvertAll(weights, w => w / weights.Sum());

    private static string Shape(Tensor t) => $"({string.Join(", ", t.shape)})";
}
