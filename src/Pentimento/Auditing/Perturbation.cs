using Pentimento.Imaging;

namespace Pentimento.Auditing;

/// <summary>A change of a picture that leaves what it shows as it is; a score should hardly notice.</summary>
/// <param name="Name">As in "JPEG at quality 40".</param>
/// <param name="Apply">Changes a decoded picture of any size; gives one of the same number of channels.</param>
internal sealed record Perturbation(string Name, Func<RasterImage, RasterImage> Apply)
{
    /// <summary>What an audit tries: other compression, size, focus and exposure.</summary>
    public static IReadOnlyList<Perturbation> All { get; } =
    [
        new("JPEG at quality 95", image => Jpeg(image, 95)),
        new("JPEG at quality 75", image => Jpeg(image, 75)),
        new("JPEG at quality 40", image => Jpeg(image, 40)),
        new("half the size and back", image => BilinearResize.Apply(Scaled(image, 0.5), image.Shape.Height, image.Shape.Width)),
        new("enlarged by a half", image => Scaled(image, 1.5)),
        new("blurred, σ = 1 pixel", image => GaussianBlur.Of(image, 1)),
        new("5 % darker", image => Times(image, 0.95)),
        new("5 % brighter", image => Times(image, 1.05)),
    ];

    private static RasterImage Jpeg(RasterImage image, int quality) => JpegRoundTrip.Of(image.To8Bit(), quality);

    private static RasterImage Scaled(RasterImage image, double factor)
    {
        int Side(int side) => Math.Max(1, (int)Math.Round(side * factor));
        return BilinearResize.Apply(image, Side(image.Shape.Height), Side(image.Shape.Width));
    }

    private static RasterImage Times(RasterImage image, double factor) => image.Samples8 is { } bytes
        ? new RasterImage(image.Shape, Array.ConvertAll(bytes, v => (byte)Math.Min(Math.Round(v * factor), 255)))
        : new RasterImage(image.Shape, Array.ConvertAll(image.Samples16!, v => (ushort)Math.Min(Math.Round(v * factor), 65535)));
}
