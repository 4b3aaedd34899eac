using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// White Gaussian noise: x + factor · n, with n standard normal for every value, or for every pixel where its channels share it,
/// as in a grey scan that is stored in colour. "gaussian(0-0.5,clip)", "gaussian(0-0.3,shared,clip)".
/// </summary>
/// <param name="Factor">Its standard deviation on the [0, 1] scale, before clipping.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1], as a file would. The default value is true.</param>
/// <param name="Shared">Whether all channels of a pixel get the same noise. The default value is false.</param>
public sealed record GaussianNoise(LevelRange Factor, bool Clip = true, bool Shared = false) : Noise
{
    internal const string Name = "gaussian";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("noise factor", Factor, 0, 10);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Shared, Factor);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        // One level for all is drawn as it is: runs and figures from before there were ranges stay what they were.
        var noise = Shared ? empty_like(images.narrow(1, 0, 1)) : empty_like(images);
        noise = Factor.IsFixed ? noise.normal_(0, Factor.From, generator.On(images.device))
            : Factor.Draw(images, generator) * noise.normal_(0, 1, generator.On(images.device));
        return Clipped(Shared ? images + noise : noise.add_(images), Clip);
    }
}
