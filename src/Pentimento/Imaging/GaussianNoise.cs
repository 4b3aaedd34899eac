using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>White Gaussian noise: x + factor · n, with n standard normal for every value. "gaussian(0-0.5,clip)".</summary>
/// <param name="Factor">Its standard deviation on the [0, 1] scale, before clipping.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1], as a file would. The default value is true.</param>
public sealed record GaussianNoise(LevelRange Factor, bool Clip = true) : Noise
{
    internal const string Name = "gaussian";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("noise factor", Factor, 0, 10);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Factor);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        // One level for all is drawn as it is: runs and figures from before there were ranges stay what they were.
        var noisy = Factor.IsFixed ? empty_like(images).normal_(0, Factor.From, generator)
            : Factor.Draw(images, generator) * empty_like(images).normal_(0, 1, generator);
        return Clipped(noisy.add_(images), Clip);
    }
}
