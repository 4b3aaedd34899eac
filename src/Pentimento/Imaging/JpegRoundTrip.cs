using NetVips;

namespace Pentimento.Imaging;

/// <summary>An image as it comes back from a JPEG file, which is never on a disk.</summary>
internal static class JpegRoundTrip
{
    /// <summary>Encodes and decodes.</summary>
    /// <param name="image">8 bit, 1 or 3 channels.</param>
    /// <param name="quality">1 to 100.</param>
    public static RasterImage Of(RasterImage image, int quality)
    {
        LibVips.Load();
        var (channels, height, width) = image.Shape;
        using var scope = new VipsScope();
        var picture = scope.Keep(Image.NewFromMemory(image.Samples8!, width, height, channels, Enums.BandFormat.Uchar));
        var meaning = channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb;
        var content = scope.Keep(picture.Copy(interpretation: meaning)).JpegsaveBuffer(q: quality);
        var decoded = scope.Keep(Image.JpegloadBuffer(content));
        return new RasterImage(image.Shape, decoded.WriteToMemory<byte>());
    }
}
