using System.Text;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>Opens image files with libvips: strictly, within a pixel limit, upright.</summary>
internal static class VipsLoader
{
    private const long LargestInMemory = 1 << 24; // pixels; 100 MB at 16 bit

    private static readonly string[] Formats = ["Jpeg", "Png", "Tiff", "Webp", "Heif", "Nsgif"];

    private static readonly string[] HevcBrands = ["heic", "heix", "hevc", "hevx", "heim", "heis"];

    /// <summary>Opens a file. Its pixels are decoded when they are asked for, once and from top to bottom.</summary>
    /// <param name="file">Must outlive the image.</param>
    /// <param name="maxPixels">The most pixels the header may declare.</param>
    /// <param name="scope">Owns the image.</param>
    /// <param name="held">Is told <see cref="HeldBytes"/>, before anything is decoded; may be null.</param>
    /// <exception cref="InvalidDataException">It is no image of a known format, or too large.</exception>
    /// <exception cref="VipsException">It is damaged; the same is thrown by whatever decodes the pixels.</exception>
    public static Image Open(EncodedImage file, long maxPixels, VipsScope scope, Action<long>? held = null)
    {
        LibVips.Load();
        var name = file.Name;
        if (file.Head().Length == 0) throw new InvalidDataException($"{name}: the file is empty");
        var source = scope.Keep(file.Source());
        var loader = Image.FindLoadSource(source);
        if (loader is null || !Formats.Any(format => loader.Contains(format, StringComparison.Ordinal)))
            throw new InvalidDataException($"{name}: the content is no JPEG, PNG, TIFF, WebP, AVIF or GIF image");
        // libjpeg calls damaged data a warning. Elsewhere warnings are about metadata, and no reason to refuse a picture.
        var failOn = loader.Contains("Jpeg", StringComparison.Ordinal) ? Enums.FailOn.Warning : Enums.FailOn.Error;
        var image = scope.Keep(Image.NewFromSource(source, "", access: Enums.Access.Sequential, failOn: failOn));
        if ((long)image.Width * image.Height > maxPixels)
            throw new InvalidDataException(
                $"{name}: {image.Width}×{image.Height} pixels are more than the limit of {maxPixels}");
        held?.Invoke(HeldBytes(image));
        if (Orientation(image) == 1) return image;
        return scope.Keep(AnyOrder(image, scope).Autorot());
    }

    /// <summary>
    /// What a decoder holds besides the rows that are read: the whole picture, for some formats and orientations. By what each
    /// decodes into; with pictures of 12 and 24 megapixels, progressive JPEG, interlaced PNG and GIF took no more than that. AVIF
    /// was measured with 1.5 to 24 megapixels, and half or all of the colour: 16 to 20 bytes a pixel at 8 bit, 19 to 29 above.
    /// </summary>
    public static long HeldBytes(Image image)
    {
        var pixels = (long)image.Width * image.Height;
        var sample = image.Bands * (image.Format is Enums.BandFormat.Uchar ? 1L : 2);
        var loader = image.Contains("vips-loader") ? (string)image.Get("vips-loader") : "";
        bool Is(string format) => loader.StartsWith(format, StringComparison.Ordinal);
        bool Has(string field) => image.Contains(field) && image.Get(field) is not 0;
        var decoded = Is("jpeg") && Has("jpeg-multiscan") ? 2 * image.Bands
            : Is("png") && Has("interlaced") ? sample
            : Is("webp") ? 4
            : Is("heif") ? image.Format is Enums.BandFormat.Uchar ? 21 : 30
            : Is("gif") ? 8
            : 0;
        var turned = Orientation(image) != 1 && pixels <= LargestInMemory ? sample : 0;
        return pixels * (decoded + turned);
    }

    /// <summary>One line on why a file could not be decoded.</summary>
    public static string Reason(EncodedImage file, VipsException exception) =>
        IsHevc(file.Head())
            ? "HEIC with HEVC coding, which the packaged libvips cannot decode; convert it to JPEG, PNG or AVIF"
            : $"cannot be decoded, damaged or of an unsupported kind: {LibVips.Reason(exception)}";

    // A turned picture needs its last row first, which a decoder that reads from top to bottom cannot give.
    private static Image AnyOrder(Image image, VipsScope scope)
    {
        if ((long)image.Width * image.Height <= LargestInMemory) return scope.Keep(image.CopyMemory());
        var onDisk = scope.Keep(Image.NewTempFile("%s.v"));
        image.Write(onDisk);
        return onDisk;
    }

    private static int Orientation(Image image) =>
        image.Contains("orientation") && image.Get("orientation") is int value and >= 1 and <= 8 ? value : 1;

    // ISO 14496-12: four bytes of size, "ftyp", the major brand, four bytes of version, compatible brands.
    private static bool IsHevc(byte[] content)
    {
        if (content.Length < 16 || Encoding.ASCII.GetString(content, 4, 4) != "ftyp") return false;
        var end = Math.Min(content.Length, Math.Min(256, (content[2] << 8) | content[3]));
        for (var at = 8; at + 4 <= end; at += 4)
            if (HevcBrands.Contains(Encoding.ASCII.GetString(content, at, 4))) return true;
        return false;
    }
}
