using System.Globalization;
using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>How the noise of neighbouring pixels hangs together.</summary>
public enum NoiseKind
{
    /// <summary>There is none to speak of: less than one step of 255.</summary>
    None,

    /// <summary>Each pixel has its own.</summary>
    White,

    /// <summary>Neighbours have similar noise: grain, scanner or camera processing, compression.</summary>
    Correlated,

    /// <summary>
    /// The picture is too small to tell, and the level is that of white noise; or too narrow to look at in strips, and it is 0.
    /// </summary>
    Unknown,
}

/// <summary>The noise in a picture, as the picture alone shows it.</summary>
/// <param name="Level">
/// Its standard deviation on the 0–1 scale, per channel, as it is in the picture: noise that was clipped has less than before.
/// </param>
/// <param name="Kind">White or correlated.</param>
/// <param name="Correlation">
/// Of neighbouring pixels where the picture is flattest, −1 to 1, about 0 for white noise; not a number where it is not known.
/// </param>
public readonly record struct NoiseEstimate(double Level, NoiseKind Kind, double Correlation)
{
    /// <summary>
    /// Of correlated noise: the standard deviation, in pixels, of the Gaussian blur that makes white noise so, at most 3. Null
    /// where it is not known, as in grey pictures.
    /// </summary>
    public double? Blur { get; init; }

    /// <summary>
    /// Whether the channels of a pixel have the same noise, as in a grey scan that is stored in colour; true where there is one channel.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// How strong it is in brightness and in colour, as a denoiser is best told, by what its model has learned
    /// (<see cref="StrengthEstimator"/>); null where nothing was learned.
    /// </summary>
    public NoiseStrengths? Strength { get; init; }

    /// <summary>The level on the scale of 8-bit files, 0 to 255.</summary>
    public double Level255 => 255 * Level;

    /// <summary>Estimates the noise of one picture that is in memory (<see cref="NoiseSample"/> is for larger ones).</summary>
    /// <param name="image">(C, H, W), float32 in [0, 1], C is 1 or 3; not disposed.</param>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static NoiseEstimate Of(Tensor image)
    {
        if (image.dim() != 3)
            throw new ArgumentException($"The tensor has {image.dim()} dimensions; an image has three: C, H, W.", nameof(image));
        using var sample = new NoiseSample((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        sample.Add(image, 0, 0);
        return sample.Estimate();
    }

    /// <summary>As in "5.0 of 255 (0.020), white".</summary>
    public override string ToString() => Kind == NoiseKind.None ? "none to speak of"
        : string.Create(CultureInfo.InvariantCulture, $"{Level255:F1} of 255 ({Level:F3})") + Kind switch
        {
            NoiseKind.White => ", white",
            NoiseKind.Correlated when Blur is { } blur =>
                string.Create(CultureInfo.InvariantCulture, $", correlated as by a blur of {blur:F1} pixels"),
            NoiseKind.Correlated => ", correlated",
            _ => "",
        };
}
