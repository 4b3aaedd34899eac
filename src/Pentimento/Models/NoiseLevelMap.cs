using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Noise levels as a plane of their own, beside the channels of an image (FFDNet; arXiv:1710.04026).</summary>
internal static class NoiseLevelMap
{
    /// <summary>One plane for each image.</summary>
    /// <param name="sigma">(N) or (1): standard deviations on the [0, 1] scale.</param>
    /// <param name="like">(N, C, H, W).</param>
    /// <returns>(N, 1, H, W) of the type of <paramref name="like"/>.</returns>
    public static Tensor Of(Tensor sigma, Tensor like) => Operations.Planes(sigma, like);

    /// <summary>The level of white noise in each image, for networks that are not told it.</summary>
    public static Tensor Estimate(Tensor images)
    {
        using var noGradient = no_grad();
        return NoiseLevel.MedianOfDiagonals(images.to(ScalarType.Float32));
    }
}
