using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

/// <summary>Pictures to write and read back, and how far two of them are apart.</summary>
internal static class Pictures
{
    /// <summary>Smooth slopes, different in each channel and in each direction.</summary>
    public static RasterImage Slopes(int channels, int height, int width, int bitDepth = 8)
    {
        var shape = new ImageShape(channels, height, width);
        double Value(int i) => (i % channels) switch
        {
            0 => (double)(i / channels % width) / width,
            1 => (double)(i / channels / width) / height,
            _ => 0.5 + 0.5 * Math.Sin(i / channels * 0.01),
        };
        var indices = Enumerable.Range(0, (int)shape.Count);
        return bitDepth == 8
            ? new RasterImage(shape, indices.Select(i => (byte)(Value(i) * 255)).ToArray())
            : new RasterImage(shape, indices.Select(i => (ushort)(Value(i) * 65535)).ToArray());
    }

    public static Image Vips(RasterImage image, Enums.Interpretation? meaning = null)
    {
        var (bands, height, width) = image.Shape;
        var vips = image.Samples8 is { } bytes
            ? Image.NewFromMemory(bytes, width, height, bands, Enums.BandFormat.Uchar)
            : Image.NewFromMemory(image.Samples16!, width, height, bands, Enums.BandFormat.Ushort);
        var grey = bands < 3;
        return vips.Copy(interpretation: meaning ?? (image.BitDepth, grey) switch
        {
            (8, true) => Enums.Interpretation.Bw,
            (8, false) => Enums.Interpretation.Srgb,
            (_, true) => Enums.Interpretation.Grey16,
            _ => Enums.Interpretation.Rgb16,
        });
    }

    public static int Value(RasterImage image, int row, int column, int channel)
    {
        var at = (row * image.Shape.Width + column) * image.Shape.Channels + channel;
        return image.Samples8 is { } bytes ? bytes[at] : image.Samples16![at];
    }

    public static int LargestDifference(RasterImage a, RasterImage b)
    {
        Assert.Equal(a.Shape, b.Shape);
        Assert.Equal(a.BitDepth, b.BitDepth);
        return a.Samples8 is { } bytes
            ? bytes.Zip(b.Samples8!, (x, y) => Math.Abs(x - y)).Max()
            : a.Samples16!.Zip(b.Samples16!, (x, y) => Math.Abs(x - y)).Max();
    }
}
