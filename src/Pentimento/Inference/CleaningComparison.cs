using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// A picture before cleaning, after it, and the difference, side by side, pixel for pixel: the middle of the picture, all of it where it
/// is small. The difference is drawn around mid-grey, <see cref="Gain"/> times as strong as it is.
/// </summary>
internal static class CleaningComparison
{
    /// <summary>What the difference is multiplied by.</summary>
    public const float Gain = 4;

    /// <summary>The longest side of what is shown, in pixels.</summary>
    public const int Side = 512;

    private const int Gap = 8, RowsAtOnce = 16;

    /// <summary>The part of a file that is shown.</summary>
    /// <param name="rows">Nothing of it has been read; not disposed.</param>
    /// <param name="cancellation">Looked at between a few rows.</param>
    /// <returns>(C, h, w), float32 in [0, 1]; the caller disposes it.</returns>
    public static Tensor Middle(ImageRowReader rows, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (shape, shown) = (rows.Shape, Shown(rows.Shape));
        var middle = empty(shape.Channels, shown.Height, shown.Width);
        var few = RasterRegions.Empty(shape with { Height = RowsAtOnce }, rows.BitDepth);
        rows.Skip(shown.Top);
        for (var top = 0; top < shown.Height; top += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var count = Math.Min(RowsAtOnce, shown.Height - top);
            rows.Read(few, 0, count);
            middle.narrow(1, top, count).copy_(few.ToTensor(new PixelRegion(0, shown.Left, count, shown.Width)));
        }
        return middle.MoveToOuterDisposeScope();
    }

    /// <summary>The part of a picture that is shown.</summary>
    /// <inheritdoc cref="Middle(ImageRowReader, CancellationToken)" path="/returns"/>
    public static Tensor Middle(RasterImage image) => image.ToTensor(Shown(image.Shape));

    /// <summary>The three side by side, 8 bit.</summary>
    /// <param name="before">As <see cref="Middle(RasterImage)"/> gives it; not disposed.</param>
    /// <param name="after">Of the same shape; not disposed.</param>
    public static RasterImage Draw(Tensor before, Tensor after)
    {
        using var scope = NewDisposeScope();
        var gap = ones(before.shape[0], before.shape[1], Gap);
        return RasterImage.FromTensor(cat([before, gap, after, gap, (after - before) * Gain + 0.5], 2));
    }

    private static PixelRegion Shown(ImageShape shape)
    {
        int height = Math.Min(Side, shape.Height), width = Math.Min(Side, shape.Width);
        return new PixelRegion((shape.Height - height) / 2, (shape.Width - width) / 2, height, width);
    }
}
