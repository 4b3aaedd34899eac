namespace Pentimento.Metrics;

/// <summary>How strong the noise of a picture is, as <see cref="NoiseStrength"/> measures it where the clean picture is known.</summary>
/// <param name="Brightness">In brightness, on the 0–1 scale.</param>
/// <param name="Colour">In colour, on the 0–1 scale.</param>
public readonly record struct NoiseStrengths(double Brightness, double Colour)
{
    /// <summary>The standard deviation of the noise in the channels.</summary>
    public double Level => Math.Sqrt((Brightness * Brightness + 2 * Colour * Colour) / 3);

    /// <summary>Of noise that is the same in every channel, or that each channel has by itself.</summary>
    /// <param name="level">Its standard deviation in the channels.</param>
    /// <param name="isShared">Whether it is the same; so is that of the one channel of a grey picture.</param>
    public static NoiseStrengths Of(double level, bool isShared) =>
        isShared ? new(Math.Sqrt(3) * level, 0) : new(level, level);

    /// <summary>So many times as strong.</summary>
    public static NoiseStrengths operator *(double factor, NoiseStrengths strengths) =>
        new(factor * strengths.Brightness, factor * strengths.Colour);
}
