using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Reports;

/// <summary>Pictures inside a page, as data addresses.</summary>
internal static class EmbeddedImage
{
    private const int JpegQuality = 90, SmallestLarge = 96;

    /// <summary>Whether a picture is shown smoothly; a smaller one is scaled up pixel by pixel.</summary>
    public static bool IsLarge(RasterImage image) => Math.Max(image.Shape.Height, image.Shape.Width) >= SmallestLarge;

    /// <summary>
    /// Small pictures as PNG, which keeps every value; large ones as JPEG or PNG, whichever is smaller: a page of photographs
    /// with noise would otherwise grow to many megabytes. 16-bit samples are rounded to 8.
    /// </summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="maxSide">Larger images are made smaller (Lanczos) until the longer side has this many pixels.</param>
    /// <exception cref="ArgumentException">The image has neither 1 nor 3 channels.</exception>
    /// <exception cref="InvalidOperationException">The image library cannot be loaded.</exception>
    public static string DataUri(RasterImage image, int maxSide)
    {
        LibVips.Load();
        var (channels, height, width) = image.Shape;
        if (channels is not (1 or 3))
            throw new ArgumentException(
                $"An image of {channels} channels cannot be set on a page; it needs 1 (grey) or 3 (colour).", nameof(image));
        var samples = image.Samples8 ?? Array.ConvertAll(image.Samples16!, v => (byte)((v + 128) / 257));
        using var memory = Image.NewFromMemory(samples, width, height, channels, Enums.BandFormat.Uchar);
        using var coloured = memory.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        using var fitting = Math.Max(height, width) <= maxSide
            ? coloured.Copy() : coloured.Resize((double)maxSide / Math.Max(height, width));
        var png = fitting.PngsaveBuffer(compression: 9);
        if (!IsLarge(image)) return Uri("png", png);
        var jpeg = fitting.JpegsaveBuffer(q: JpegQuality, optimizeCoding: true, subsampleMode: Enums.ForeignSubsample.Off);
        return jpeg.Length < png.Length ? Uri("jpeg", jpeg) : Uri("png", png);
    }

    private static string Uri(string format, byte[] content) =>
        $"data:image/{format};base64,{Convert.ToBase64String(content)}";
}
