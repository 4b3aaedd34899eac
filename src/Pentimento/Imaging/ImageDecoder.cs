using System.Runtime.InteropServices;
using NetVips;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>From the bytes of a file to grey or RGB samples, by the rules in <see cref="ImageFile"/>'s remarks.</summary>
internal static class ImageDecoder
{
    public static RasterImage Decode(EncodedImage file, ImageReadOptions options)
    {
        options.Validated(isWhole: true);
        using var scope = new VipsScope();
        try
        {
            var raster = Samples(Colours(file, options, scope));
            return options.Channels is { } channels ? GreyRule.Convert(raster, channels) : raster;
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{file.Name}: {VipsLoader.Reason(file, e)}", e);
        }
    }

    /// <summary>Grey or RGB samples of 8 or 16 bit, as libvips gives them when they are asked for from top to bottom.</summary>
    /// <exception cref="VipsException">It is damaged; the same is thrown by whatever decodes the pixels.</exception>
    /// <inheritdoc cref="VipsLoader.Open" path="/exception"/>
    public static Image Colours(EncodedImage file, ImageReadOptions options, VipsScope scope, Action<long>? held = null)
    {
        options.Validated(isWhole: false);
        var image = VipsLoader.Open(file, options.MaxPixels, scope, held);
        var (colour, alpha) = Split(WholeNumbers(image, file, scope), scope);
        colour = GreyOrRgb(colour, options.ToSrgb, scope);
        return alpha is not null && options.Alpha == AlphaRule.OverWhite ? OverWhite(colour, alpha, scope) : colour;
    }

    /// <summary>The alpha channel of a file, upright, at the depth asked for; null where there is none.</summary>
    public static Image? Alpha(Image upright, EncodedImage file, int bitDepth, VipsScope scope)
    {
        var (_, alpha) = Split(WholeNumbers(upright, file, scope), scope);
        return alpha is null ? null : AtDepth(alpha, bitDepth, scope);
    }

    /// <summary>Colour channels and the first channel after them; channels after that are left out.</summary>
    private static (Image Colour, Image? Alpha) Split(Image image, VipsScope scope)
    {
        var colours = ColourBands(image);
        if (image.Bands == colours) return (image, null);
        return (scope.Keep(image.ExtractBand(0, n: colours)), scope.Keep(image.ExtractBand(colours)));
    }

    private static int ColourBands(Image image) => Math.Min(image.Bands, image.Interpretation switch
    {
        Interpretation.Bw or Interpretation.Grey16 => 1,
        Interpretation.Cmyk => 4,
        _ => image.Bands < 3 ? 1 : 3,
    });

    /// <summary>Floating-point samples on [0, 1] become 16 bit; AVIF of 10 and 12 bits is stretched to 16.</summary>
    private static Image WholeNumbers(Image image, EncodedImage file, VipsScope scope)
    {
        if (image.Interpretation is Interpretation.Lab or Interpretation.Labs or Interpretation.Xyz) return image;
        switch (image.Format)
        {
            case BandFormat.Uchar:
                return image;
            case BandFormat.Ushort:
                return Stretch(image, scope);
            case BandFormat.Float or BandFormat.Double:
                break;
            default:
                throw new InvalidDataException(
                    $"{file.Name}: samples of the type {image.Format} are not supported; 1 to 16 bit and floating point are");
        }
        CheckUnitScale(file);
        var scaled = scope.Keep(scope.Keep(scope.Keep(image.Cast(BandFormat.Float)).Linear([65535.0], [0.0])).Rint());
        var meaning = image.Bands < 3 ? Interpretation.Grey16 : Interpretation.Rgb16;
        return scope.Keep(scope.Keep(scaled.Cast(BandFormat.Ushort)).Copy(interpretation: meaning));
    }

    // Reads the file once more, because libvips would clip what is out of range without a word.
    private static void CheckUnitScale(EncodedImage file)
    {
        using var scope = new VipsScope();
        var values = scope.Keep(VipsLoader.Open(file, long.MaxValue, scope).Cast(BandFormat.Float));
        using var region = Region.New(values);
        for (var row = 0; row < values.Height; row++)
            foreach (var value in MemoryMarshal.Cast<byte, float>(region.Fetch(0, row, values.Width, 1)))
                if (!(value is >= 0 and <= 1))
                    throw new InvalidDataException(
                        $"{file.Name}: a floating-point image must hold values from 0 to 1, not {value:R} (row {row})");
    }

    private static Image Stretch(Image image, VipsScope scope)
    {
        if (!image.Contains("heif-bitdepth") || image.Get("heif-bitdepth") is not int bits || bits >= 16) return image;
        double white = ((1 << bits) - 1) << (16 - bits);
        var stretched = scope.Keep(image.Linear([65535 / white], [0.5]));
        return scope.Keep(stretched.Cast(BandFormat.Ushort));
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

    private static RasterImage Samples(Image image)
    {
        var shape = new ImageShape(image.Bands, image.Height, image.Width);
        return image.Format == BandFormat.Uchar
            ? new RasterImage(shape, image.WriteToMemory<byte>())
            : new RasterImage(shape, image.WriteToMemory<ushort>());
    }
}
