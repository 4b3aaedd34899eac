using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// The noise of photographs as they are in files: a camera's (<see cref="CameraNoise"/>) after demosaicing, colour correction and
/// scaling, or film grain. It grows with the light, variance gain · x + read², neighbours resemble each other as after a Gaussian
/// blur, and the channels share some of it. "grain(0.0003-0.01,0-0.02,0.4-3,0-0.5,clip)".
/// </summary>
/// <param name="Gain">What the variance gains from black to white.</param>
/// <param name="Read">The standard deviation in black, on the [0, 1] scale.</param>
/// <param name="Blur">The standard deviation of the blur in pixels.</param>
/// <param name="Shared">The share of the variance that all channels of a pixel have in common, 0 to 1.</param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record GrainNoise(LevelRange Gain, LevelRange Read, LevelRange Blur, LevelRange Shared, bool Clip = false) : Noise
{
    internal const string Name = "grain";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults =>
    [
        .. Check("gain", Gain, 0, 10, mayBeNone: Read.To > 0), .. Check("noise in black", Read, 0, 10, mayBeNone: true),
        .. Check("blur", Blur, 0.1, CorrelatedNoise.WidestBlur), .. Check("shared variance", Shared, 0, 1, mayBeNone: true),
    ];

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Gain, Read, Blur, Shared);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var (gain, read) = (Gain.Draw(images, generator), Read.Draw(images, generator));
        var (blur, shared) = (Blur.Draw(images, generator), Shared.Draw(images, generator));
        var own = CorrelatedNoise.Field(images, images.shape[1], blur, Blur.To, generator);
        var common = CorrelatedNoise.Field(images, 1, blur, Blur.To, generator);
        var deviation = (images.clamp_min(0) * gain + read.square()).sqrt();
        return Clipped((own * (1 - shared).sqrt() + common * shared.sqrt()).mul_(deviation).add_(images), Clip);
    }
}
