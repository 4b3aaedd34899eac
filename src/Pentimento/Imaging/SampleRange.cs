using System.Globalization;
using System.Runtime.InteropServices;
using NetVips;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>
/// From samples of any type to whole numbers of 8 or 16 bit. The values of signed and of 32-bit samples stay what they are where they
/// fit; floating point on [0, 1] is stretched; what has no scale that can be known is refused.
/// </summary>
internal static class SampleRange
{
    // Counts of a sensor end far below it; pictures that use 32 bits come near to all of them.
    private const double FullScale = 1 << 24;

    /// <summary>Samples of 8 or 16 bit.</summary>
    /// <param name="opened">The picture.</param>
    /// <param name="file">Its file, which is read once more to know the values.</param>
    /// <param name="scope">Owns the result.</param>
    /// <param name="remarks">Gets what is lost; may be null.</param>
    /// <exception cref="InvalidDataException">The values have no scale that can be known.</exception>
    public static Image WholeNumbers(OpenedImage opened, EncodedImage file, VipsScope scope, ICollection<string>? remarks)
    {
        var image = opened.Upright;
        if (image.Interpretation is Interpretation.Lab or Interpretation.Labs or Interpretation.Xyz) return image;
        switch (image.Format)
        {
            case BandFormat.Uchar:
                return image;
            case BandFormat.Ushort:
                return Stretch(image, scope);
            case BandFormat.Float or BandFormat.Double:
                CheckUnitScale(file);
                remarks?.Add("its floating-point samples became 16-bit whole numbers");
                return Deep(image, 65535, scope);
            case BandFormat.Char:
                Highest(file);
                return scope.Keep(image.Cast(BandFormat.Uchar));
            case BandFormat.Short or BandFormat.Int or BandFormat.Uint:
                var highest = Highest(file);
                if (highest <= ushort.MaxValue) return Deep(image, 1, scope);
                if (highest < FullScale)
                    throw new InvalidDataException($"{file.Name}: its whole numbers of 32 bits go up to {Text(highest)}, so that their "
                        + "scale cannot be known: up to 65535 they are kept as they are, and from 2^24 on white is the largest there is");
                remarks?.Add("its 32-bit samples were scaled to 16 bits");
                return Deep(image, 65535.0 / (image.Format == BandFormat.Int ? int.MaxValue : uint.MaxValue), scope);
            default:
                throw new InvalidDataException($"{file.Name}: samples of the type {image.Format} have no meaning as a picture");
        }
    }

    private static Image Deep(Image image, double factor, VipsScope scope)
    {
        var scaled = factor == 1 ? image
            : scope.Keep(scope.Keep(scope.Keep(image.Cast(BandFormat.Double)).Linear([factor], [0.0])).Rint());
        var meaning = image.Interpretation == Interpretation.Cmyk ? Interpretation.Cmyk
            : image.Bands < 3 || image.Interpretation is Interpretation.Bw or Interpretation.Grey16
                ? Interpretation.Grey16 : Interpretation.Rgb16;
        return scope.Keep(scope.Keep(scaled.Cast(BandFormat.Ushort)).Copy(interpretation: meaning));
    }

    // AVIF of 10 and 12 bits.
    private static Image Stretch(Image image, VipsScope scope)
    {
        if (!image.Contains("heif-bitdepth") || image.Get("heif-bitdepth") is not int bits || bits >= 16) return image;
        double white = ((1 << bits) - 1) << (16 - bits);
        var stretched = scope.Keep(image.Linear([65535 / white], [0.5]));
        return scope.Keep(stretched.Cast(BandFormat.Ushort));
    }

    // Both read the file once more, because libvips would clip what is out of range without a word.
    private static void CheckUnitScale(EncodedImage file)
    {
        foreach (var (row, values) in Rows(file))
            foreach (var value in values)
                if (!(value is >= 0 and <= 1))
                    throw new InvalidDataException($"{file.Name}: a floating-point image must hold values from 0 to 1, "
                        + $"not {((float)value).ToString("R", CultureInfo.InvariantCulture)} (row {row})");
    }

    private static double Highest(EncodedImage file)
    {
        var highest = 0.0;
        foreach (var (row, values) in Rows(file))
            foreach (var value in values)
            {
                if (value < 0)
                    throw new InvalidDataException($"{file.Name}: a picture's values begin at 0, but there is {Text(value)} (row {row})");
                highest = Math.Max(highest, value);
            }
        return highest;
    }

    private static IEnumerable<(int Row, double[] Values)> Rows(EncodedImage file)
    {
        using var scope = new VipsScope();
        var values = scope.Keep(VipsLoader.Open(file, long.MaxValue, scope).Upright.Cast(BandFormat.Double));
        using var region = Region.New(values);
        for (var row = 0; row < values.Height; row++)
            yield return (row, MemoryMarshal.Cast<byte, double>(region.Fetch(0, row, values.Width, 1)).ToArray());
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
