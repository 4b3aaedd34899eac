using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>Photons counted: Poisson(x · peak) / peak. "poisson(50-1000)".</summary>
/// <param name="Peak">Photons at white; fewer is noisier. Ranges are drawn by ratio.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record PoissonNoise(LevelRange Peak, bool Clip = false) : Noise
{
    internal const string Name = "poisson";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("photons at white", Peak, 0.1, 1e7);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Peak);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var peak = Peak.Draw(images, generator, logarithmic: true);
        return Clipped(poisson(images.clamp_min(0) * peak, generator.On(images.device)).div_(peak), Clip);
    }
}

/// <summary>
/// A camera's raw noise, Poisson-Gaussian (Foi et al., 2008; doi:10.1109/TIP.2008.2001399): photons counted with a gain, and the
/// Gaussian noise of reading them out. The variance is gain · x + read². "camera(0.001-0.05,0-0.02)".
/// </summary>
/// <param name="Gain">The value of one photon: 1 over the photons at white. 0 has no photon noise.</param>
/// <param name="Read">The standard deviation of the read-out, on the [0, 1] scale.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record CameraNoise(LevelRange Gain, LevelRange Read, bool Clip = false) : Noise
{
    internal const string Name = "camera";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults =>
        Check("gain", Gain, 0, 10, mayBeNone: Read.To > 0).Concat(Check("read-out noise", Read, 0, 10, mayBeNone: true));

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Gain, Read);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var gain = Gain.Draw(images, generator).clamp_min_(1e-7);
        var read = Read.Draw(images, generator);
        var counted = poisson(images.clamp_min(0) / gain, generator.On(images.device)).mul_(gain);
        return Clipped(counted.add_(read * empty_like(images).normal_(0, 1, generator.On(images.device))), Clip);
    }
}

/// <summary>Noise in proportion to the light, as of lasers and radar: x + factor · x · n. "speckle(0-0.3,clip)".</summary>
/// <param name="Factor">The standard deviation of white.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record SpeckleNoise(LevelRange Factor, bool Clip = false) : Noise
{
    internal const string Name = "speckle";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("speckle factor", Factor, 0, 10);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Factor);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var factor = Factor.Draw(images, generator);
        return Clipped(empty_like(images).normal_(0, 1, generator.On(images.device)).mul_(factor).add_(1).mul_(images), Clip);
    }
}
