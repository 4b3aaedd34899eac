namespace Pentimento.Imaging;

/// <summary>
/// Colour to grey and back. Grey is Pillow's "L": luma by ITU-R 601-2, L = 0.299 R + 0.587 G + 0.114 B on the values as stored,
/// computed as (19595 R + 38470 G + 7471 B + 32768) / 65536 in whole numbers. Grey to colour repeats the value three times.
/// </summary>
internal static class GreyRule
{
    public static RasterImage Convert(RasterImage image, int channels)
    {
        if (image.Shape.Channels == channels) return image;
        var shape = image.Shape with { Channels = channels };
        return (image.Samples8, image.Samples16, channels) switch
        {
            ({ } s, _, 1) => new RasterImage(shape, ToGrey(s)),
            ({ } s, _, 3) => new RasterImage(shape, Repeat(s)),
            (_, { } s, 1) => new RasterImage(shape, ToGrey(s)),
            (_, { } s, 3) => new RasterImage(shape, Repeat(s)),
            _ => throw new ArgumentException(
                $"The number of channels {channels} is neither 1 (grey) nor 3 (colour).", nameof(channels)),
        };
    }

    private static byte[] ToGrey(byte[] rgb)
    {
        var grey = new byte[rgb.Length / 3];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u + rgb[3 * i + 2] * 7471u + 32768u) >> 16);
        return grey;
    }

    private static ushort[] ToGrey(ushort[] rgb)
    {
        var grey = new ushort[rgb.Length / 3];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (ushort)((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u + rgb[3 * i + 2] * 7471u + 32768u) >> 16);
        return grey;
    }

    private static T[] Repeat<T>(T[] grey)
    {
        var rgb = new T[grey.Length * 3];
        for (var i = 0; i < grey.Length; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
        return rgb;
    }
}
