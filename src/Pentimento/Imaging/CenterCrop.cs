namespace Pentimento.Imaging;

/// <summary>torchvision's CenterCrop: black is added where the image is smaller, then the middle is cut out.</summary>
internal static class CenterCrop
{
    public static RasterImage Apply(RasterImage image, int height, int width)
    {
        var shape = image.Shape;
        if (shape.Height == height && shape.Width == width) return image;
        var target = shape with { Height = height, Width = width };
        int top = Offset(shape.Height, height), left = Offset(shape.Width, width);
        return image.Samples8 is { } bytes
            ? new RasterImage(target, Cut(bytes, shape, target, top, left))
            : new RasterImage(target, Cut(image.Samples16!, shape, target, top, left));
    }

    /// <summary>Where the crop starts in the image; negative where black comes first. Python rounds halves to even.</summary>
    internal static int Offset(int length, int crop) =>
        length < crop ? -((crop - length) / 2) : (int)Math.Round((length - crop) / 2.0, MidpointRounding.ToEven);

    private static T[] Cut<T>(T[] source, ImageShape from, ImageShape to, int top, int left)
    {
        var target = new T[to.Count];
        int firstColumn = Math.Max(0, -left), columns = Math.Min(to.Width, from.Width - left) - firstColumn;
        for (var y = Math.Max(0, -top); y < Math.Min(to.Height, from.Height - top); y++)
        {
            var sourceStart = ((y + top) * from.Width + firstColumn + left) * from.Channels;
            source.AsSpan(sourceStart, columns * from.Channels)
                .CopyTo(target.AsSpan((y * to.Width + firstColumn) * to.Channels));
        }
        return target;
    }
}
