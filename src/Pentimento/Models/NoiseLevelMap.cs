using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Noise levels as planes of their own, beside the channels of an image (FFDNet; arXiv:1710.04026).</summary>
internal static class NoiseLevelMap
{
    /// <summary>As many planes for each image as a network is told.</summary>
    /// <param name="sigma">
    /// (N) or (1): standard deviations on the [0, 1] scale; (N, levels) or (1, levels); or (N, levels, H, W), of each pixel.
    /// </param>
    /// <param name="like">(N, C, h, w), where h and w are those of the image, extended to multiples, or the same share of both.</param>
    /// <param name="levels">1 or 2.</param>
    /// <param name="multiple">What the image was extended to.</param>
    /// <returns>(N, levels, h, w) of the type of <paramref name="like"/>.</returns>
    public static Tensor Of(Tensor sigma, Tensor like, int levels = 1, int multiple = 1)
    {
        if (sigma.dim() == 4)
        {
            var maps = Operations.ExtendToMultiple(sigma, multiple);
            var side = maps.shape[2] / like.shape[2];
            return (side > 1 ? nn.functional.avg_pool2d(maps, [side, side]) : maps).to(like.dtype)
                .expand(like.shape[0], -1, -1, -1);
        }
        return Operations.Planes(sigma.dim() == 1 && levels > 1 ? sigma.unsqueeze(1).expand(-1, levels).contiguous() : sigma, like);
    }

    /// <summary>The level of white noise in each image, for networks that are not told it.</summary>
    public static Tensor Estimate(Tensor images)
    {
        using var noGradient = no_grad();
        return NoiseLevel.MedianOfDiagonals(images.to(ScalarType.Float32));
    }
}
