using System.Runtime.InteropServices;
using NetVips;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>From the bytes of a file to grey or RGB samples, by the rules in <see cref="ImageFile"/>'s remarks.</summary>
internal static class ImageDecoder
{
    private const int RowsAtOnce = 16;

    public static RasterImage Decode(EncodedImage file, ImageReadOptions options)
    {
        options.Validated(isWhole: true);
        try
        {
            return VipsErrors.Watch(file, () => Whole(file, options));
        }
        catch (InvalidDataException e) when (!file.IsLenient && JpegWarning.Remark(e) is not null)
        {
            return VipsErrors.Watch(file, () => Whole(file with { IsLenient = true }, options));
        }
    }

    /// <summary>Grey or RGB samples of 8 or 16 bit, as libvips gives them when they are asked for from top to bottom.</summary>
    /// <param name="file">Must outlive the image.</param>
    /// <param name="options">Channels are not looked at.</param>
    /// <param name="scope">Owns the image.</param>
    /// <param name="held">See <see cref="VipsLoader.Open"/>.</param>
    /// <param name="opened">The file as it was opened.</param>
    /// <param name="remarks">Gets what is lost of the pixels; may be null.</param>
    /// <exception cref="VipsException">It is damaged; the same is thrown by whatever decodes the pixels.</exception>
    /// <inheritdoc cref="VipsLoader.Open" path="/exception"/>
    public static Image Colours(
        EncodedImage file, ImageReadOptions options, VipsScope scope, Action<long>? held, out OpenedImage opened,
        ICollection<string>? remarks)
    {
        options.Validated(isWhole: false);
        opened = VipsLoader.Open(file, options.MaxPixels, scope, held);
        var all = SampleRange.WholeNumbers(opened, file, scope, remarks);
        var colour = all.Bands == opened.Colours ? all : scope.Keep(all.ExtractBand(0, n: opened.Colours));
        var rgb = GreyOrRgb(colour, options.ToSrgb, scope);
        return opened.Alpha is { } alpha && options.Alpha == AlphaRule.OverWhite
            ? OverWhite(rgb, scope.Keep(all.ExtractBand(opened.Colours + alpha)), scope) : rgb;
    }

    /// <summary>The channels of a file that come after the colours, upright, at the depth asked for; null where there are none.</summary>
    public static Image? Extra(OpenedImage opened, EncodedImage file, int bitDepth, VipsScope scope)
    {
        var all = SampleRange.WholeNumbers(opened, file, scope, null);
        var count = all.Bands - opened.Colours;
        return count == 0 ? null : AtDepth(scope.Keep(all.ExtractBand(opened.Colours, n: count)), bitDepth, scope);
    }

    private static RasterImage Whole(EncodedImage file, ImageReadOptions options)
    {
        using var scope = new VipsScope();
        var held = 0L;
        var image = Colours(file, options, scope, bytes =>
        {
            ReadingLimits.ThrowIfTooLarge(file.Name, bytes, "decoding it"); // before a picture that has to be turned is decoded
            held = bytes;
        }, out _, null);
        long values = (long)image.Width * image.Height * (image.Format == BandFormat.Uchar ? 1 : 2);
        var converted = options.Channels is { } other && other != image.Bands ? other : 0;
        using var room = ReadingLimits.Take(file.Name, held + values * (image.Bands + converted));
        var raster = Samples(image, file, scope);
        return options.Channels is { } channels ? GreyRule.Convert(raster, channels) : raster;
    }

    private static Image GreyOrRgb(Image colour, bool toSrgb, VipsScope scope)
    {
        var depth = colour.Format == BandFormat.Uchar ? 8 : 16;
        return colour.Interpretation switch
        {
            Interpretation.Cmyk => scope.Keep(colour.IccTransform("srgb", embedded: true, inputProfile: "cmyk",
                intent: Intent.Relative, blackPointCompensation: true, depth: depth)),
            Interpretation.Lab or Interpretation.Labs or Interpretation.Xyz =>
                scope.Keep(colour.Colourspace(Interpretation.Rgb16)),
            _ when toSrgb && ColourProfile.Of(colour) is { } profile && profile.Fits(colour.Bands) =>
                Transformed(colour, depth, scope),
            _ => colour,
        };
    }

    private static Image Transformed(Image colour, int depth, VipsScope scope)
    {
        try
        {
            return scope.Keep(colour.IccTransform("srgb", embedded: true, intent: Intent.Relative,
                blackPointCompensation: true, depth: depth));
        }
        catch (VipsException)
        {
            return colour; // The profile cannot be used. No pixel has been decoded here, so this is not the picture's damage.
        }
    }

    private static Image OverWhite(Image colour, Image alpha, VipsScope scope)
    {
        double white = colour.Format == BandFormat.Uchar ? 255 : 65535;
        var joined = scope.Keep(colour.Bandjoin(AtDepth(alpha, white == 255 ? 8 : 16, scope)));
        return scope.Keep(joined.Flatten(background: Enumerable.Repeat(white, colour.Bands).ToArray(), maxAlpha: white));
    }

    private static Image AtDepth(Image image, int bitDepth, VipsScope scope) => (image.Format, bitDepth) switch
    {
        (BandFormat.Uchar, 16) => scope.Keep(scope.Keep(image.Linear([257.0], [0.0])).Cast(BandFormat.Ushort)),
        (BandFormat.Ushort, 8) => scope.Keep(scope.Keep(image.Linear([1 / 257.0], [0.5])).Cast(BandFormat.Uchar)),
        _ => image,
    };

    // Row by row: libvips would write all of it into memory of its own first, and be copied.
    private static RasterImage Samples(Image image, EncodedImage file, VipsScope scope)
    {
        var shape = new ImageShape(image.Bands, image.Height, image.Width);
        if (image.Format is not (BandFormat.Uchar or BandFormat.Ushort) || image.Bands is not (1 or 3))
            throw new InvalidDataException($"{file.Name}: its colours cannot be converted ({image.Bands} channels of {image.Format})");
        var bytes = image.Format == BandFormat.Uchar ? new byte[shape.Count] : null;
        var deep = bytes is null ? new ushort[shape.Count] : null;
        var target = bytes is null ? MemoryMarshal.AsBytes(deep.AsSpan()) : bytes;
        var rows = scope.Keep(Region.New(image));
        var row = image.Width * image.Bands * (bytes is null ? 2L : 1L);
        for (var y = 0; y < image.Height; y += RowsAtOnce)
            rows.Fetch(0, y, image.Width, Math.Min(RowsAtOnce, image.Height - y)).CopyTo(target[(int)(y * row)..]);
        return bytes is null ? new RasterImage(shape, deep!) : new RasterImage(shape, bytes);
    }
}
