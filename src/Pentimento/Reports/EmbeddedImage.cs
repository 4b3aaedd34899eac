using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Reports;

/// <summary>A picture as it stands in a page.</summary>
/// <param name="Uri">Its content as a data address.</param>
/// <param name="Width">Of the picture, in pixels.</param>
/// <param name="Height">Of the picture, in pixels.</param>
internal sealed record EmbeddedPicture(string Uri, int Width, int Height)
{
    /// <summary>Its element; a small picture is scaled up pixel by pixel.</summary>
    /// <param name="alt">What it shows; empty where a text beside it says so.</param>
    /// <param name="attributes">More attributes, already safe.</param>
    public string Tag(string alt, string attributes = "") =>
        $"<img{(EmbeddedImage.IsLarge(Width, Height) ? "" : " class=\"pixels\"")} width=\"{Width}\" height=\"{Height}\" "
        + $"alt=\"{Html.Escape(alt)}\"{(attributes.Length > 0 ? " " + attributes : "")} src=\"{Uri}\">";
}

/// <summary>Pictures inside a page, as data addresses.</summary>
internal static class EmbeddedImage
{
    private const int Quality = 90, ThumbnailQuality = 72, SmallestLarge = 96;

    /// <summary>Whether a picture is shown smoothly; a smaller one is scaled up pixel by pixel.</summary>
    public static bool IsLarge(RasterImage image) => IsLarge(image.Shape.Width, image.Shape.Height);

    /// <inheritdoc cref="IsLarge(RasterImage)"/>
    public static bool IsLarge(int width, int height) => Math.Max(height, width) >= SmallestLarge;

    /// <summary>
    /// Small pictures as PNG, which keeps every value; large ones as JPEG or PNG, whichever is smaller: a page of photographs
    /// with noise would otherwise grow to many megabytes. 16-bit samples are rounded to 8.
    /// </summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="maxSide">Larger images are made smaller (Lanczos) until the longer side has this many pixels.</param>
    /// <exception cref="ArgumentException">The image has neither 1 nor 3 channels.</exception>
    /// <exception cref="InvalidOperationException">The image library cannot be loaded.</exception>
    public static EmbeddedPicture Of(RasterImage image, int maxSide) => Fitting(image, maxSide, fitting =>
    {
        var png = fitting.PngsaveBuffer(compression: 9);
        var jpeg = IsLarge(image) ? Jpeg(fitting, Quality) : null;
        var address = jpeg is not null && jpeg.Length < png.Length ? Uri("jpeg", jpeg) : Uri("png", png);
        return new EmbeddedPicture(address, image.Shape.Width, image.Shape.Height);
    });

    /// <summary>
    /// A picture as small as one among hundreds should be: JPEG of medium quality, unless it is very small itself.
    /// </summary>
    /// <inheritdoc cref="Of"/>
    public static EmbeddedPicture Thumbnail(RasterImage image, int maxSide) => !IsLarge(image) ? Of(image, maxSide)
        : Fitting(image, maxSide, fitting =>
            new EmbeddedPicture(Uri("jpeg", Jpeg(fitting, ThumbnailQuality)), fitting.Width, fitting.Height));

    /// <summary>A picture as a small file (JPEG, or PNG where it is very small) for one among hundreds.</summary>
    /// <inheritdoc cref="Of"/>
    public static byte[] ThumbnailFile(RasterImage image, int maxSide) => Fitting(image, maxSide, fitting =>
        IsLarge(image) ? Jpeg(fitting, ThumbnailQuality) : fitting.PngsaveBuffer(compression: 9));

    private static T Fitting<T>(RasterImage image, int maxSide, Func<Image, T> encode)
    {
        LibVips.Load();
        var (channels, height, width) = image.Shape;
        if (channels is not (1 or 3))
            throw new ArgumentException(
                $"An image of {channels} channels cannot be set on a page; it needs 1 (grey) or 3 (colour).", nameof(image));
        using var memory = Image.NewFromMemory(image.To8Bit().Samples8!, width, height, channels, Enums.BandFormat.Uchar);
        using var coloured = memory.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        if (Math.Max(height, width) <= maxSide) return encode(coloured);
        using var smaller = coloured.Resize((double)maxSide / Math.Max(height, width));
        return encode(smaller);
    }

    private static byte[] Jpeg(Image image, int quality) =>
        image.JpegsaveBuffer(q: quality, optimizeCoding: true, subsampleMode: Enums.ForeignSubsample.Off);

    private static string Uri(string format, byte[] content) =>
        $"data:image/{format};base64,{Convert.ToBase64String(content)}";
}
