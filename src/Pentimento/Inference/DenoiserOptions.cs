namespace Pentimento.Inference;

/// <summary>How a <see cref="Denoiser"/> works.</summary>
public sealed record DenoiserOptions
{
    /// <summary>
    /// The largest side, in pixels, of what the network sees at once; it bounds the memory, not the result. More than twice the
    /// network's reach. The default value is 512: about 0.5 GB with the convolutional network of the reference.
    /// </summary>
    public int TileSize { get; init; } = 512;

    /// <summary>
    /// For networks that take the noise level: its standard deviation on the [0, 1] scale, above 0. More cleans harder, less keeps
    /// more. The default value is null: estimated, once for each picture.
    /// </summary>
    public double? NoiseLevel { get; init; }

    /// <summary>The share of the original that is mixed back into the answer, 0 to 1. The default value is 0: none.</summary>
    public double Blend { get; init; }
}
