using NetVips;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>From samples to the bytes of a file. Encoded in memory first, so that a full disk is an ordinary I/O error.</summary>
internal static class ImageEncoder
{
    private const int JpegQuality = 95;

    public static void Write(Stream stream, RasterImage image, string path)
    {
        LibVips.Load();
        var format = Format(path);
        using var scope = new VipsScope();
        Save(stream, format, Picture(image, format, scope), ForeignKeep.None, tags: null);
    }

    public static void WriteLike(
        Stream stream, byte[] original, string originalPath, RasterImage image, string path, bool isSrgb)
    {
        LibVips.Load();
        var format = Format(path);
        using var scope = new VipsScope();
        var picture = Picture(image, format, scope);
        TiffTags? tags;
        try
        {
            var limit = Math.Max(ImageReadOptions.DefaultMaxPixels, (long)image.Shape.Height * image.Shape.Width);
            var source = VipsLoader.Open(original, originalPath, limit, scope);
            if (source.Height != image.Shape.Height || source.Width != image.Shape.Width)
                throw new ArgumentException(
                    $"The image is {image.Shape.Width}×{image.Shape.Height}, '{originalPath}' is {source.Width}×{source.Height}.",
                    nameof(image));
            var meaning = picture.Interpretation;
            if (ImageDecoder.Alpha(source, originalPath, picture.Format == BandFormat.Uchar ? 8 : 16, scope) is { } alpha)
                picture = scope.Keep(scope.Keep(picture.Bandjoin(alpha)).Copy(interpretation: meaning));
            picture = FileMetadata.Carry(source, picture, scope);
            tags = format != "tiff" ? null : TiffTags.Of(new MemoryStream(original))
                ?? (picture.Contains("exif-data") ? TiffTags.OfExif((byte[])picture.Get("exif-data")) : null);
            if (Profile(source, image.Shape.Channels, isSrgb) is { } profile) picture = scope.Keep(picture.Mutate(profile.Embed));
            // The alpha channel is decoded here, so that its damage is not taken for a fault of the output.
            picture = scope.Keep(picture.CopyMemory());
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{originalPath}: {VipsLoader.Reason(original, e)}", e);
        }
        // libvips invents an EXIF block where there is none, and writes no IPTC that it has read from a TIFF.
        var keep = picture.Contains("exif-data") ? ForeignKeep.All : ForeignKeep.All & ~ForeignKeep.Exif;
        Save(stream, format, picture, tags is { FromTiff: true } ? ForeignKeep.Icc : keep, tags);
    }

    private static ColourProfile? Profile(Image source, int channels, bool isSrgb)
    {
        var converted = isSrgb || source.Interpretation is Interpretation.Cmyk or Interpretation.Lab or Interpretation.Labs;
        if (converted) return channels == 3 ? ColourProfile.Srgb : null;
        return ColourProfile.Of(source) is { } own && own.Fits(channels) ? own : null;
    }

    private static Image Picture(RasterImage image, string format, VipsScope scope)
    {
        var (channels, height, width) = image.Shape;
        if (channels is not (1 or 3))
            throw new ArgumentException(
                $"An image of {channels} channels cannot be written; it needs 1 (grey) or 3 (colour).", nameof(image));
        var grey = channels == 1;
        if (image.Samples16 is { } words && format is ("png" or "tiff"))
        {
            var deep = scope.Keep(Image.NewFromMemory(words, width, height, channels, BandFormat.Ushort));
            return scope.Keep(deep.Copy(interpretation: grey ? Interpretation.Grey16 : Interpretation.Rgb16));
        }
        var bytes = image.Samples8 ?? Array.ConvertAll(image.Samples16!, v => (byte)((v + 128) / 257));
        var plain = scope.Keep(Image.NewFromMemory(bytes, width, height, channels, BandFormat.Uchar));
        return scope.Keep(plain.Copy(interpretation: grey ? Interpretation.Bw : Interpretation.Srgb));
    }

    private static void Save(Stream stream, string format, Image picture, ForeignKeep keep, TiffTags? tags)
    {
        byte[] content;
        try
        {
            content = format switch
            {
                "png" => picture.PngsaveBuffer(keep: keep),
                "jpeg" => picture.JpegsaveBuffer(
                    q: JpegQuality, subsampleMode: ForeignSubsample.Off, background: [255], keep: keep),
                "tiff" => picture.TiffsaveBuffer(
                    compression: ForeignTiffCompression.Deflate, predictor: ForeignTiffPredictor.Horizontal, keep: keep),
                _ => picture.WebpsaveBuffer(lossless: true, keep: keep),
            };
        }
        catch (VipsException e)
        {
            var size = $"{picture.Width}×{picture.Height}";
            throw new ArgumentException($"{size} pixels cannot be written as {format}: {LibVips.Reason(e)}", e);
        }
        stream.Write(content);
        tags?.AddTo(stream);
    }

    private static string Format(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => "png",
        ".jpg" or ".jpeg" or ".jpe" or ".jfif" => "jpeg",
        ".tif" or ".tiff" => "tiff",
        ".webp" => "webp",
        var other => throw new ArgumentException(
            $"'{path}' cannot be written: the extension '{other}' is none of .png, .jpg, .tif, .webp.", nameof(path)),
    };
}
