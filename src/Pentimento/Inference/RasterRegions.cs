using Pentimento.Imaging;

namespace Pentimento.Inference;

/// <summary>Rectangles and single channels of decoded images.</summary>
internal static class RasterRegions
{
    /// <summary>A copy of one rectangle.</summary>
    public static RasterImage Cut(this RasterImage image, PixelRegion region)
    {
        var shape = new ImageShape(image.Shape.Channels, region.Height, region.Width);
        var tile = Empty(shape, image.BitDepth);
        Copy(image, region, tile, region with { Top = 0, Left = 0 });
        return tile;
    }

    /// <summary>Overwrites one rectangle with a tile of that size, of the same channels and depth.</summary>
    public static void Paste(this RasterImage image, RasterImage tile, PixelRegion region) =>
        Copy(tile, region with { Top = 0, Left = 0 }, image, region);

    /// <summary>Moves a rectangle within the image to another row; the two may overlap.</summary>
    public static void Move(this RasterImage image, PixelRegion region, int top) =>
        Copy(image, region, image, region with { Top = top });

    /// <summary>A black image.</summary>
    public static RasterImage Empty(ImageShape shape, int bitDepth) => bitDepth == 8
        ? new RasterImage(shape, new byte[shape.Count])
        : new RasterImage(shape, new ushort[shape.Count]);

    private static void Copy(RasterImage source, PixelRegion from, RasterImage target, PixelRegion to)
    {
        if (source.Samples8 is { } bytes) Copy(bytes, source.Shape, from, target.Samples8!, target.Shape, to);
        else Copy(source.Samples16!, source.Shape, from, target.Samples16!, target.Shape, to);
    }

    private static void Copy<T>(
        T[] source, ImageShape sourceShape, PixelRegion from, T[] target, ImageShape targetShape, PixelRegion to)
    {
        var channels = sourceShape.Channels;
        for (var row = 0; row < from.Height; row++)
        {
            var start = ((long)(from.Top + row) * sourceShape.Width + from.Left) * channels;
            var end = ((long)(to.Top + row) * targetShape.Width + to.Left) * channels;
            Array.Copy(source, start, target, end, (long)from.Width * channels);
        }
    }
}
