using System.Text;
using NetVips;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Imaging;

/// <summary>Opens image files with libvips: strictly, within a pixel limit, upright.</summary>
internal static class VipsLoader
{
    private const long LargestInMemory = 1 << 24; // pixels; 100 MB at 16 bit

    // What libvips reads that is no picture made of pixels: tables, drawings, pages, and its own files.
    private static readonly string[] s_noPictures = ["Csv", "Matrix", "Mat", "Svg", "Pdf", "Vips", "Raw", "Analyze"];

    private static readonly string[] HevcBrands = ["heic", "heix", "hevc", "hevx", "heim", "heis"];

    private static readonly int[] s_tiffBits = [1, 2, 4, 8, 16, 32];

    /// <summary>Opens a file. Its pixels are decoded when they are asked for, once and from top to bottom.</summary>
    /// <param name="file">Must outlive the image.</param>
    /// <param name="maxPixels">The most pixels the header may declare.</param>
    /// <param name="scope">Owns the image.</param>
    /// <param name="held">Is told <see cref="HeldBytes"/>, before anything is decoded; may be null.</param>
    /// <param name="asStored">Whether the picture is left as it lies in the file, so that nothing is decoded here.</param>
    /// <exception cref="InvalidDataException">It is no image of a known format, or too large.</exception>
    /// <exception cref="VipsException">It is damaged; the same is thrown by whatever decodes the pixels.</exception>
    public static OpenedImage Open(EncodedImage file, long maxPixels, VipsScope scope, Action<long>? held = null, bool asStored = false)
    {
        LibVips.Load();
        var (name, head) = (file.Name, file.Head());
        if (head.Length == 0) throw new InvalidDataException($"{name}: the file is empty");
        var (image, page, pages, remarks) = head is [0xFF, JpegMarker.Start, ..] ? Jpeg(file, scope)
            : IsTiff(head) ? Tiff(file, scope)
            : Other(file, head, scope);
        if ((long)image.Width * image.Height > maxPixels)
            throw new InvalidDataException(
                $"{name}: {image.Width}×{image.Height} pixels are more than the limit of {maxPixels}");
        held?.Invoke(HeldBytes(image));
        var orientation = Orientation(image);
        var upright = orientation == 1 || asStored ? image : scope.Keep(AnyOrder(image, scope).Autorot());
        return new OpenedImage(upright, orientation >= 5, page, pages, remarks);
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
    /// <param name="file">The file.</param>
    /// <param name="cause">What libvips says of it.</param>
    public static string Reason(EncodedImage file, string cause)
    {
        if (IsHevc(file.Head()))
            return "HEIC with HEVC coding, which the packaged libvips cannot decode; convert it to JPEG, PNG or AVIF";
        using var stream = file.Stream();
        if (TiffPage.Of(stream)?.Layout is { } layout && (!s_tiffBits.Contains(layout.Bits) || (layout.Bits < 8 && layout.Samples > 1)))
            return $"TIFF with {layout.Samples} × {layout.Bits} bits a pixel cannot be read; with 1, 2 and 4 bits grey or a palette can, "
                + "and samples of 8, 16 and 32 bits";
        return $"cannot be decoded, damaged or of an unsupported kind: {cause}";
    }

    private sealed record Loaded(Image Image, TiffPage? Page, int Pages, IReadOnlyList<string> Remarks);

    // Not by asking libvips who reads it: pictures with a gain map would get a reader that makes something else of them.
    private static Loaded Jpeg(EncodedImage file, VipsScope scope)
    {
        var stream = file.Stream();
        var repair = JpegRepair.Of(stream);
        var source = repair?.Source(stream, scope) ?? scope.Keep(file.Source());
        if (repair is null) stream.Dispose();
        // libjpeg calls damaged data a warning. Elsewhere warnings are about metadata, and no reason to refuse a picture.
        var failOn = file.IsLenient ? Enums.FailOn.Error : Enums.FailOn.Warning;
        var image = scope.Keep(Image.JpegloadSource(source, access: Enums.Access.Sequential, failOn: failOn));
        return new Loaded(image, null, 1, repair?.Remarks ?? []);
    }

    private static Loaded Tiff(EncodedImage file, VipsScope scope)
    {
        TiffPage? page;
        using (var stream = file.Stream()) page = TiffPage.Of(stream);
        var image = scope.Keep(Image.TiffloadSource(
            scope.Keep(file.Source()), page: page?.Index ?? 0, subifd: page?.Below, access: Enums.Access.Sequential,
            failOn: Enums.FailOn.Error));
        return new Loaded(image, page, page?.Pages ?? 1, []);
    }

    private static Loaded Other(EncodedImage file, byte[] head, VipsScope scope)
    {
        var source = scope.Keep(file.Source());
        var loader = Image.FindLoadSource(source);
        if (loader is null || s_noPictures.Any(kind => loader.StartsWith($"VipsForeignLoad{kind}", StringComparison.Ordinal)))
            throw new InvalidDataException($"{file.Name}: the content is no JPEG, PNG, TIFF, WebP, AVIF or GIF image");
        var image = scope.Keep(Image.NewFromSource(source, "", access: Enums.Access.Sequential, failOn: Enums.FailOn.Error));
        var pages = image.Contains("n-pages") && image.Get("n-pages") is int count ? count : 1;
        if (head.AsSpan().StartsWith(PngPieces.Signature))
            using (var stream = file.Stream()) pages = Math.Max(1, PngPieces.Frames(stream));
        return new Loaded(image, null, pages, []);
    }

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

    private static bool IsTiff(byte[] head) => head is [0x49, 0x49, 42 or 43, 0, ..] or [0x4D, 0x4D, 0, 42 or 43, ..];

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
