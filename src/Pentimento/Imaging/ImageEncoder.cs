using NetVips;
using Pentimento.Imaging.Metadata;
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
        Save(Plain(Picture(image, format, scope)), format, stream);
    }

    /// <summary>Writes an image with the profile, the metadata and the further channels of the file that it was made from.</summary>
    /// <returns>What of it is not in the result, in words.</returns>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static IReadOnlyList<string> WriteLike(
        EncodedImage original, RasterImage image, bool isSrgb, string format, Stream stream)
    {
        LibVips.Load();
        using var scope = new VipsScope();
        var dressed = VipsErrors.Watch(original, () =>
        {
            var made = Dress(Picture(image, format, scope), original, isSrgb, format, scope);
            // Further channels are decoded here, so that their damage is not taken for a fault of the output.
            return made with { Picture = scope.Keep(made.Picture.CopyMemory()) };
        });
        Save(dressed, format, stream);
        return dressed.Remarks;
    }

    /// <summary>A picture with all that goes into its file.</summary>
    /// <param name="Picture">With the channels that come after the colours.</param>
    /// <param name="Metadata">What the file says about the picture.</param>
    /// <param name="Profile">The colour profile, or null.</param>
    /// <param name="IsConverted">Whether the colours are no longer those of the original.</param>
    /// <param name="Extra">What the channels after the colours mean, by the numbers of TIFF.</param>
    /// <param name="Remarks">What of the original is not in it, in words; more comes while it is written.</param>
    public readonly record struct Dressed(
        Image Picture, FileMetadata Metadata, byte[]? Profile, bool IsConverted, IReadOnlyList<int> Extra, List<string> Remarks);

    /// <summary>A picture without profile and metadata.</summary>
    public static Dressed Plain(Image picture) => new(picture, new FileMetadata(), null, false, [], []);

    /// <summary>Gives a picture what its original has: alpha and further channels, profile, metadata.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="VipsException">The original is damaged.</exception>
    public static Dressed Dress(Image picture, EncodedImage original, bool isSrgb, string format, VipsScope scope)
    {
        original = original with { IsLenient = true }; // its pixels have been read
        var opened = VipsLoader.Open(original, long.MaxValue, scope, asStored: true);
        var (width, height) = (opened.Upright.Width, opened.Upright.Height);
        if (opened.IsTurned) (width, height) = (height, width);
        if (height != picture.Height || width != picture.Width)
            throw new ArgumentException($"The image is {picture.Width}×{picture.Height}, " +
                $"'{original.Name}' is {width}×{height}.", nameof(picture));
        var metadata = FileMetadata.Of(original, opened);
        var remarks = metadata.Remarks.ToList();
        var (channels, meaning) = (picture.Bands, picture.Interpretation);
        IReadOnlyList<int> extra = [];
        if (opened.Extra.Count > 0)
        {
            var depth = picture.Format == BandFormat.Uchar ? 8 : 16;
            var upright = VipsLoader.Open(original, long.MaxValue, scope);
            var further = ImageDecoder.Extra(upright, original, depth, scope)!;
            (further, extra) = Fitting(further, opened, format, scope, remarks);
            if (extra.Count > 0)
                picture = scope.Keep(scope.Keep(picture.Bandjoin(further)).Copy(interpretation: meaning));
        }
        var isConverted = IsConverted(opened.Upright, isSrgb);
        var profile = isConverted ? (channels == 3 ? ColourProfile.Srgb : null) : ColourProfile.Of(opened.Upright);
        if (!isConverted && profile?.Fits(channels) == false)
        {
            remarks.Add("its colour profile is not one for such a picture and left out");
            profile = null;
        }
        return new Dressed(picture, metadata, profile?.Content, isConverted, extra, remarks);
    }

    /// <summary>Encodes a picture, from top to bottom as it comes.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="ArgumentException">The format cannot hold it.</exception>
    public static void Save(Dressed dressed, string format, Stream stream)
    {
        var picture = dressed.Picture;
        using var head = format == "tiff" ? null : new HeadStream(stream, HeadOf(dressed, format, out var behind), behind);
        using var target = new VipsTarget(head ?? stream);
        try
        {
            switch (format)
            {
                case "png":
                    picture.PngsaveTarget(target.Target, keep: ForeignKeep.None);
                    break;
                case "jpeg":
                    picture.JpegsaveTarget(target.Target,
                        q: JpegQuality, subsampleMode: ForeignSubsample.Off, background: [255], keep: ForeignKeep.None);
                    break;
                case "tiff":
                    picture.TiffsaveTarget(target.Target, compression: ForeignTiffCompression.Deflate,
                        predictor: ForeignTiffPredictor.Horizontal, bigtiff: SizeOf(picture) > LargestClassicTiff,
                        keep: ForeignKeep.None);
                    break;
                default:
                    picture.WebpsaveTarget(target.Target, lossless: true, keep: ForeignKeep.None);
                    break;
            }
        }
        catch (VipsException e)
        {
            target.ThrowFailure();
            throw new ArgumentException(
                $"{picture.Width}×{picture.Height} pixels cannot be written as {format}: {LibVips.Reason(e)}".TrimEnd(' ', ':'), e);
        }
        target.ThrowFailure(); // libvips does not always notice
        head?.Complete();
        if (format == "tiff") FinishTiff(dressed, stream);
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

    /// <summary>What changes the first bytes that libvips writes, and what goes behind the last.</summary>
    private static Func<byte[], byte[]?> HeadOf(Dressed dressed, string format, out byte[] behind)
    {
        behind = [];
        var (picture, metadata, profile, isConverted, extra, remarks) = dressed;
        if (format == "jpeg")
        {
            var segments = JpegMetadata.Head(metadata, profile, remarks);
            return start => start.Length < 2 ? null : [.. start.AsSpan(0, 2), .. segments, .. start.AsSpan(2)];
        }
        if (format == "png")
        {
            var chunks = PngMetadata.Head(
                metadata, profile, isConverted, picture.Bands - extra.Count, picture.Format == BandFormat.Uchar ? 8 : 16);
            return start => PngMetadata.WithHead(start, chunks);
        }
        var (before, after) = WebpMetadata.Chunks(metadata, profile, remarks);
        behind = [.. after.SelectMany(chunk => chunk.ToBytes())];
        return start => WebpMetadata.Head(start, picture.Width, picture.Height, extra.Count > 0, before, after);
    }

    // libvips invents a resolution where there is none, and calls every further channel alpha.
    private static void FinishTiff(Dressed dressed, Stream stream)
    {
        var (picture, metadata, profile, isConverted, extra, remarks) = dressed;
        var entries = TiffMetadata.Entries(
            metadata, profile, isConverted, picture.Format == BandFormat.Uchar ? 8 : 16, remarks);
        if (extra.Count > 0)
            entries = [.. entries, new TiffEntry(
                TiffTags.ExtraSamples, 3, extra.Count, [.. extra.SelectMany(meaning => new byte[] { (byte)meaning, 0 })])];
        TiffDirectory.Change(stream, TiffTags.OfResolution, entries);
    }

    /// <summary>Those of the further channels that a format can hold, and what they mean there.</summary>
    private static (Image Further, IReadOnlyList<int> Meaning) Fitting(
        Image further, OpenedImage opened, string format, VipsScope scope, List<string> remarks)
    {
        var extra = opened.Extra;
        var unknown = extra.Count(meaning => meaning is not (1 or 2));
        if (format == "tiff")
        {
            if (unknown > 0) remarks.Add(unknown == 1 ? "a channel besides the colours stays as it was, not cleaned"
                : $"{unknown} channels besides the colours stay as they were, not cleaned");
            return (further, [.. extra.Select(meaning => meaning == 1 ? 2 : meaning)]); // libvips has undone what 1 means
        }
        var (lost, alpha) = (extra.Count - (opened.Alpha is null ? 0 : 1), opened.Alpha);
        if (lost > 0) remarks.Add(lost == 1 ? "a channel besides the colours has no place in the format and is left out"
            : $"{lost} channels besides the colours have no place in the format and are left out");
        if (alpha is null) return (further, []);
        if (format == "jpeg") remarks.Add("what could be seen through lies over white");
        return (scope.Keep(further.ExtractBand(alpha.Value)), [2]);
    }

    private static bool IsConverted(Image source, bool isSrgb) =>
        source.Interpretation is Interpretation.Cmyk or Interpretation.Lab or Interpretation.Labs or Interpretation.Xyz
        || (isSrgb && ColourProfile.Of(source)?.Fits(source.Bands < 3 ? 1 : 3) == true);

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
