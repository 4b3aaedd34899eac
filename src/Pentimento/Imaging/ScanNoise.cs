using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// The noise of scanned film and prints: grain, strongest in middle tones; what the lines of the scan have in common, because lamp
/// and amplifier waver; and stripes across them, because every cell of the sensor has its own offset, a few a large one.
/// "scan(0.01-0.06,1-4,0-0.3,0-0.3,clip)".
/// </summary>
/// <param name="Factor">The standard deviation of all of it together at middle grey, on the [0, 1] scale.</param>
/// <param name="Grain">
/// The size of the grains: how wide their spots are at half their height, in pixels. Below 1 each pixel has its own.
/// </param>
/// <param name="Lines">The share of the variance that all pixels of a row have in common, 0 to 1.</param>
/// <param name="Stripes">
/// The share of the variance that all pixels of a column have in common, 0 to 1; with that of lines at most 1.
/// </param>
/// <param name="Clip">Whether the noisy image is clipped to [0, 1]. The default value is false.</param>
public sealed record ScanNoise(LevelRange Factor, LevelRange Grain, LevelRange Lines, LevelRange Stripes, bool Clip = false) : Noise
{
    internal const string Name = "scan";
    private const double WidthOfBlur = 2.3548200450309493; // of a Gaussian at half its height, in standard deviations
    private const double MostShared = 0.8;

    /// <inheritdoc/>
    public override IEnumerable<string> Faults =>
    [
        .. Check("noise factor", Factor, 0, 10), .. Check("grain", Grain, 0.1, WidthOfBlur * CorrelatedNoise.WidestBlur),
        .. Check("share of lines", Lines, 0, 1, mayBeNone: true), .. Check("share of stripes", Stripes, 0, 1, mayBeNone: true),
        .. Lines.To + Stripes.To > 1 ? [$"lines and stripes share {Lines.To + Stripes.To} of the variance; it must be at most 1"]
            : Array.Empty<string>(),
    ];

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, Clip, Factor, Grain, Lines, Stripes);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        long n = images.shape[0], channels = images.shape[1], height = images.shape[2], width = images.shape[3];
        var factor = Factor.Draw(images, generator);
        var blur = Grain.Draw(images, generator).div(WidthOfBlur).clamp_min(0.1);
        var (lines, stripes) = (Lines.Draw(images, generator), Stripes.Draw(images, generator));
        var widest = Math.Max(0.1, Grain.To / WidthOfBlur);
        // Grains of black-and-white film are the same in all channels, those of colour film lie in layers of their own.
        var shared = rand([n, 1, 1, 1], device: images.device, generator: generator.On(images.device)) * MostShared;
        var grain = CorrelatedNoise.Field(images, channels, blur, widest, generator) * (1 - shared).sqrt()
            + CorrelatedNoise.Field(images, 1, blur, widest, generator) * shared.sqrt();
        var tones = images.clamp(0, 1);
        var strength = (tones * (1 - tones)).mul(2).add(0.5); // 1 at middle grey, half at black and white
        var rows = empty([n, channels, height, 1], device: images.device).normal_(0, 1, generator.On(images.device));
        var cells = empty([n, channels, 1, width], device: images.device).normal_(0, 1, generator.On(images.device));
        cells = cells.pow(3).div(Math.Sqrt(15)); // of variance 1, with long tails
        var noise = grain * strength * (1 - lines - stripes).clamp_min(0).sqrt() + rows * lines.sqrt() + cells * stripes.sqrt();
        return Clipped(noise * factor + images, Clip);
    }
}
