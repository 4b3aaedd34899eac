using NetVips;

namespace Pentimento.Imaging;

/// <summary>A picture out of focus.</summary>
internal static class GaussianBlur
{
    /// <summary>Convolves every channel with a Gaussian.</summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="sigma">Standard deviation in pixels, above 0.</param>
    public static RasterImage Of(RasterImage image, double sigma)
    {
        LibVips.Load();
        var (channels, height, width) = image.Shape;
        using var scope = new VipsScope();
        if (image.Samples8 is { } bytes)
        {
            var picture = scope.Keep(Image.NewFromMemory(bytes, width, height, channels, Enums.BandFormat.Uchar));
            return new RasterImage(image.Shape, scope.Keep(picture.Gaussblur(sigma)).WriteToMemory<byte>());
        }
        var deep = scope.Keep(Image.NewFromMemory(image.Samples16!, width, height, channels, Enums.BandFormat.Ushort));
        return new RasterImage(image.Shape, scope.Keep(deep.Gaussblur(sigma)).WriteToMemory<ushort>());
    }
}
