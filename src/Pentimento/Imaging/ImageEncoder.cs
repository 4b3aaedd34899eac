using NetVips;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>From samples to the bytes of a file.</summary>
internal static class ImageEncoder
{
    private const int JpegQuality = 95;
    private const long LargestClassicTiff = 3L << 30; // bytes of samples; deflate can make noise a little larger

    /// <summary>Writes an image without profile and metadata.</summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="format">See <see cref="FormatOf"/>.</param>
    /// <param name="stream">Can be read and sought.</param>
    /// <exception cref="ArgumentException">The format cannot hold it.</exception>
    public static void Write(RasterImage image, string format, Stream stream)
    {
        LibVips.Load();
        using var scope = new VipsScope();
        Save(new Dressed(Picture(image, format, scope), ForeignKeep.None, null), format, stream);
    }

    /// <summary>Writes an image with the profile, the metadata and the alpha channel of the file that it was made from.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteLike(EncodedImage original, RasterImage image, bool isSrgb, string format, Stream stream)
    {
        LibVips.Load();
        using var scope = new VipsScope();
        Dressed dressed;
        try
        {
            dressed = Dress(Picture(image, format, scope), original, isSrgb, format, scope);
            // The alpha channel is decoded here, so that its damage is not taken for a fault of the output.
            dressed = dressed with { Picture = scope.Keep(dressed.Picture.CopyMemory()) };
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{original.Name}: {VipsLoader.Reason(original, e)}", e);
        }
        Save(dressed, format, stream);
    }

    /// <summary>A picture with all that goes into its file.</summary>
    /// <param name="Picture">With profile, metadata and alpha.</param>
    /// <param name="Keep">What of it libvips writes.</param>
    /// <param name="Tags">What libvips does not write into TIFF.</param>
    public readonly record struct Dressed(Image Picture, ForeignKeep Keep, TiffTags? Tags);

    /// <summary>Gives a picture what its original has: alpha, profile, metadata.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="VipsException">The original is damaged.</exception>
    public static Dressed Dress(Image picture, EncodedImage original, bool isSrgb, string format, VipsScope scope)
    {
        var source = VipsLoader.Open(original, long.MaxValue, scope);
        if (source.Height != picture.Height || source.Width != picture.Width)
            throw new ArgumentException($"The image is {picture.Width}×{picture.Height}, " +
                $"'{original.Name}' is {source.Width}×{source.Height}.", nameof(picture));
        var (channels, meaning) = (picture.Bands, picture.Interpretation);
        if (ImageDecoder.Alpha(source, original, picture.Format == BandFormat.Uchar ? 8 : 16, scope) is { } alpha)
            picture = scope.Keep(scope.Keep(picture.Bandjoin(alpha)).Copy(interpretation: meaning));
        picture = FileMetadata.Carry(source, picture, scope);
        if (Profile(source, channels, isSrgb) is { } profile) picture = scope.Keep(picture.Mutate(profile.Embed));
        var hasExif = picture.Contains("exif-data");
        var tags = format == "tiff" ? Tags(original, hasExif ? (byte[])picture.Get("exif-data") : null) : null;
        // libvips invents an EXIF block where there is none, and writes no IPTC that it has read from a TIFF.
        return new Dressed(picture, tags is { FromTiff: true } ? ForeignKeep.Icc
            : hasExif ? ForeignKeep.All : ForeignKeep.All & ~ForeignKeep.Exif, tags);
    }

    /// <summary>Encodes a picture, from top to bottom as it comes.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="ArgumentException">The format cannot hold it.</exception>
    public static void Save(Dressed dressed, string format, Stream stream)
    {
        var (picture, keep, tags) = dressed;
        using var target = new VipsTarget(stream);
        try
        {
            switch (format)
            {
                case "png":
                    picture.PngsaveTarget(target.Target, keep: keep);
                    break;
                case "jpeg":
                    picture.JpegsaveTarget(target.Target,
                        q: JpegQuality, subsampleMode: ForeignSubsample.Off, background: [255], keep: keep);
                    break;
                case "tiff":
                    picture.TiffsaveTarget(target.Target, compression: ForeignTiffCompression.Deflate,
                        predictor: ForeignTiffPredictor.Horizontal, bigtiff: SizeOf(picture) > LargestClassicTiff, keep: keep);
                    break;
                default:
                    picture.WebpsaveTarget(target.Target, lossless: true, keep: keep);
                    break;
            }
        }
        catch (VipsException e)
        {
            target.ThrowFailure();
            throw new ArgumentException(
                $"{picture.Width}×{picture.Height} pixels cannot be written as {format}: {LibVips.Reason(e)}", e);
        }
        target.ThrowFailure(); // libvips does not always notice
        tags?.AddTo(stream);
    }

    /// <summary>The format of a file name.</summary>
    /// <exception cref="ArgumentException">It has none of the extensions that can be written.</exception>
    public static string FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => "png",
        ".jpg" or ".jpeg" or ".jpe" or ".jfif" => "jpeg",
        ".tif" or ".tiff" => "tiff",
        ".webp" => "webp",
        var other => throw new ArgumentException(
            $"'{path}' cannot be written: the extension '{other}' is none of .png, .jpg, .tif, .webp.", nameof(path)),
    };

    /// <summary>The depth at which a format holds an image.</summary>
    public static int DepthIn(string format, int bitDepth) => format is "png" or "tiff" ? bitDepth : 8;

    private static long SizeOf(Image picture) =>
        (long)picture.Width * picture.Height * picture.Bands * (picture.Format == BandFormat.Uchar ? 1 : 2);

    private static TiffTags? Tags(EncodedImage original, byte[]? exif)
    {
        using var stream = original.Stream();
        return TiffTags.Of(stream) ?? (exif is null ? null : TiffTags.OfExif(exif));
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
        if (image.Samples16 is { } words && DepthIn(format, 16) == 16)
        {
            var deep = scope.Keep(Image.NewFromMemory(words, width, height, channels, BandFormat.Ushort));
            return scope.Keep(deep.Copy(interpretation: grey ? Interpretation.Grey16 : Interpretation.Rgb16));
        }
        var plain = scope.Keep(Image.NewFromMemory(image.To8Bit().Samples8!, width, height, channels, BandFormat.Uchar));
        return scope.Keep(plain.Copy(interpretation: grey ? Interpretation.Bw : Interpretation.Srgb));
    }
}
