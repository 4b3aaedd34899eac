using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// Gaussian noise whose neighbours resemble each other, as after demosaicing, scaling or film grain: white noise under a Gaussian
/// blur, brought back to its standard deviation. "correlated(0.05-0.2,0.5-2)".
/// </summary>
/// <param name="Factor">Its standard deviation on the [0, 1] scale, before clipping.</param>
/// <param name="Blur">The standard deviation of the blur in pixels.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record CorrelatedNoise(LevelRange Factor, LevelRange Blur, bool Clip = false) : Noise
{
    internal const string Name = "correlated";
    internal const double WidestBlur = 16;

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("noise factor", Factor, 0, 10).Concat(Check("blur", Blur, 0.1, WidestBlur));

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Factor, Blur);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var factor = Factor.Draw(images, generator);
        var blur = Blur.Draw(images, generator);
        return Clipped(Field(images, images.shape[1], blur, Blur.To, generator) * factor + images, Clip);
    }

    /// <summary>White noise of standard deviation 1 under a blur that keeps it so.</summary>
    /// <param name="images">(N, C, H, W): how many, how large and where.</param>
    /// <param name="channels">How many channels the noise has.</param>
    /// <param name="blur">(N, 1, 1, 1): the standard deviation of each image's blur, in pixels.</param>
    /// <param name="widest">No blur is wider.</param>
    /// <param name="generator">Where the numbers come from.</param>
    /// <returns>(N, channels, H, W), float32; the caller's dispose scope owns it.</returns>
    internal static Tensor Field(Tensor images, long channels, Tensor blur, double widest, Generator generator)
    {
        long n = images.shape[0], height = images.shape[2], width = images.shape[3];
        var radius = (int)Math.Ceiling(3 * widest);
        var white = empty([n, channels, height + 2 * radius, width + 2 * radius], device: images.device)
            .normal_(0, 1, generator.On(images.device));
        // Each image has a kernel of its own, and so is a group of its own; rows and then columns.
        var offsets = arange(-radius, radius + 1, ScalarType.Float32, images.device);
        var kernels = offsets.square().div(blur.view(n, 1).square().mul(-2)).exp();
        kernels = kernels / kernels.square().sum([1], keepdim: true).sqrt(); // keeps the variance of white noise
        var byImage = white.transpose(0, 1); // (C, N, H + 2r, W + 2r)
        var noise = CheckedConvolution.Of(byImage, kernels.view(n, 1, -1, 1), groups: n);
        return CheckedConvolution.Of(noise, kernels.view(n, 1, 1, -1), groups: n).transpose(0, 1);
    }
}
