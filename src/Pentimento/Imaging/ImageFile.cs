using System.Collections.Frozen;
using Pentimento.Files;

namespace Pentimento.Imaging;

/// <summary>
/// Image files on disk. Reads JPEG, PNG, TIFF, WebP, AVIF, GIF and what else the libvips at hand reads; strict,
/// thread-safe, one thread per call.
/// </summary>
/// <remarks>
/// <para><b>What comes out.</b> Grey or RGB, 8 or 16 bit, upright:</para>
/// <list type="bullet">
/// <item>The orientation tag (EXIF, TIFF) is applied.</item>
/// <item>16-bit files stay 16 bit; palettes, 1-, 2- and 4-bit files become 8 bit; AVIF of 10 and 12 bits becomes 16 bit with
/// white at 65535. Floating-point TIFF becomes 16 bit, if all values lie in [0, 1]; anything else in it is an error, because
/// its scale cannot be known. Signed and 32-bit samples keep their values where these lie in 0 to 65535; unsigned ones of the full
/// range of 32 bits are scaled to 16.</item>
/// <item>Colour to grey is Pillow's "L" (ITU-R 601-2 luma on the stored values); grey to colour repeats the value.</item>
/// <item>Alpha: see <see cref="AlphaRule"/>; by default the picture is laid over white. Other channels, such as the infrared of film
/// scans, are left out.</item>
/// <item>CMYK and Lab become sRGB, CMYK through its embedded ICC profile, or else through a general press profile
/// (relative colorimetric, with black point compensation). Other colours stay as stored unless sRGB is asked for.</item>
/// <item>Of files with several pages or frames, the first; in TIFF the first that is no thumbnail. Of JPEGs with a gain map (Ultra
/// HDR) the picture without it.</item>
/// </list>
/// <para><b>What is refused.</b> Truncated and damaged files are errors, never half a picture, as far as the format lets a
/// decoder notice: PNG has checksums; JPEG has none, and a few changed bytes inside it can decode cleanly to other pixels. What
/// every viewer passes over is passed over: stray bytes between JPEG's segments, scan headers of some phones. HEIC
/// (HEVC) needs a decoder that the packaged libvips leaves out for its patents, and 8-bit Lab TIFF does not load there.</para>
/// </remarks>
public static class ImageFile
{
    /// <summary>The file name extensions that <see cref="IsImage"/> accepts, with their dot; compared without case.</summary>
    public static IReadOnlySet<string> Extensions { get; } =
        new[] { ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif", ".gif" }
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file's name says that it is an image; the file is not opened.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>Reads an image file.</summary>
    /// <param name="path">The file; its content decides the format, not its name.</param>
    /// <param name="channels">3 for colour, 1 for grey.</param>
    /// <param name="toSrgb">Whether colours are converted to sRGB through the embedded profile.</param>
    /// <returns>The upright image, 8 or 16 bit, with <paramref name="channels"/> channels.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no image, is damaged or too large; one line that names it.</exception>
    /// <exception cref="IOException">The file cannot be read, for example for want of permission.</exception>
    /// <exception cref="ArgumentException">The number of channels is neither 1 nor 3.</exception>
    public static RasterImage Read(string path, int channels = 3, bool toSrgb = false) =>
        Read(path, new ImageReadOptions { Channels = channels, ToSrgb = toSrgb });

    /// <summary>Reads an image file.</summary>
    /// <param name="path">The file; its content decides the format, not its name.</param>
    /// <param name="options">Channels, colour, alpha and the pixel limit.</param>
    /// <inheritdoc cref="Read(string, int, bool)" path="/exception"/>
    public static RasterImage Read(string path, ImageReadOptions options) =>
        ImageDecoder.Decode(Loaded(path), options);

    /// <summary>Reads an image file and brings it to the size and colours that a model wants.</summary>
    /// <param name="path">The file; its content decides the format, not its name.</param>
    /// <param name="preprocessing">Channels, colour, size.</param>
    /// <inheritdoc cref="Read(string, int, bool)" path="/exception"/>
    public static RasterImage Read(string path, Preprocessing preprocessing)
    {
        preprocessing.Validate();
        var image = Read(path, preprocessing.Channels, preprocessing.ToSrgb);
        try
        {
            return preprocessing.Apply(image);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e); // The settings are fine, so it is the picture's size.
        }
    }

    /// <summary>Reads an image that is already in memory, for example from an archive.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">Channels, colour, alpha and the pixel limit; null for the defaults.</param>
    /// <exception cref="InvalidDataException">It is no image, damaged or too large; one line that names it.</exception>
    public static RasterImage Decode(byte[] content, string name, ImageReadOptions? options = null) =>
        ImageDecoder.Decode(new EncodedImage(name, content), options ?? new ImageReadOptions());

    /// <summary>
    /// Writes an image whole or not at all, in the format of the extension: PNG, TIFF (deflate) and WebP without loss, JPEG at
    /// quality 95 without chroma subsampling. PNG and TIFF keep 16 bit; JPEG and WebP round it to 8. No profile is embedded.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced, missing folders are created.</param>
    /// <param name="image">1 or 3 channels.</param>
    /// <exception cref="ArgumentException">The extension is none of these, or the format cannot hold the size.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, RasterImage image)
    {
        var format = ImageEncoder.FormatOf(path);
        AtomicFile.Write(path, stream => ImageEncoder.Write(image, format, stream));
    }

    /// <summary>
    /// Writes a picture made from another file (a cleaned one) with all that the other file says about itself: ICC profile and
    /// other descriptions of colour, EXIF, XMP, IPTC, texts, resolution, and its alpha and further channels, untouched. The picture
    /// is upright, so the orientation becomes 1, and what counts across and down changes places where the picture was turned. What
    /// shows the old picture is left out: thumbnails, previews, layers. Formats, quality and depth are those of <see cref="Write"/>.
    /// </summary>
    /// <param name="originalPath">The file that <paramref name="image"/> was made from.</param>
    /// <param name="image">
    /// Upright, with the original's height and width; for an original with alpha read with <see cref="AlphaRule.Ignore"/>.
    /// </param>
    /// <param name="path">The file to write; it may be <paramref name="originalPath"/>.</param>
    /// <param name="isSrgb">
    /// Whether the image was read with <see cref="ImageReadOptions.ToSrgb"/>; the file then gets an sRGB profile in place of the
    /// original's. CMYK and Lab originals always do. A profile of the other kind (grey for colour) is left out.
    /// </param>
    /// <remarks>
    /// A JPEG cannot hold alpha: the picture is then laid over white. Into a file of the same format goes all that is not about how
    /// the pixels are stored, to the bit; into others EXIF, XMP, IPTC, the resolution and a comment, as far as they have a place.
    /// </remarks>
    /// <returns>What of the original is not in the file, in words; thumbnails are not worth one.</returns>
    /// <exception cref="ArgumentException">The image has another size than the original, or the extension is unknown.</exception>
    /// <exception cref="FileNotFoundException">There is no original.</exception>
    /// <exception cref="InvalidDataException">The original cannot be read; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static IReadOnlyList<string> WriteLike(string originalPath, RasterImage image, string path, bool isSrgb = false)
    {
        var (original, format) = (Loaded(originalPath), ImageEncoder.FormatOf(path));
        IReadOnlyList<string> remarks = [];
        AtomicFile.Write(path, stream => remarks = ImageEncoder.WriteLike(original, image, isSrgb, format, stream));
        return remarks;
    }

    internal static EncodedImage Loaded(string path)
    {
        using var file = new EncodedImage(path).Stream();
        try
        {
            var content = new byte[file.Length];
            file.ReadExactly(content);
            return new EncodedImage(path, content);
        }
        catch (Exception e) when (e is IOException or OverflowException)
        {
            throw new IOException($"{path}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
