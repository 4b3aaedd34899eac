using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>White Gaussian noise: x + factor · n, with n standard normal for every value.</summary>
/// <param name="Factor">Its standard deviation on the [0, 1] scale, before clipping.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1], as a file would. The default value is true.</param>
public sealed record GaussianNoise(double Factor, bool Clip = true)
{
    /// <summary>A noisy copy of some images.</summary>
    /// <param name="images">float32, any shape, [0, 1]; left as it is.</param>
    /// <param name="generator">Where the numbers come from; on the images' device.</param>
    /// <returns>A tensor of the same shape and type; the caller's dispose scope owns it.</returns>
    public Tensor AddTo(Tensor images, Generator generator)
    {
        var noisy = empty_like(images).normal_(0, Factor, generator).add_(images);
        return Clip ? noisy.clamp_(0, 1) : noisy;
    }
}
