using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// Puts tiles side by side and hands each complete row of them to a file; while that is encoded, the next one fills.
/// </summary>
/// <param name="file">Where they go; not disposed.</param>
/// <param name="shape">The whole picture.</param>
/// <param name="bitDepth">8 or 16.</param>
/// <param name="height">The most rows that a tile has.</param>
internal sealed class RowBand(ImageRowWriter file, ImageShape shape, int bitDepth, int height)
{
    private RasterImage? _rows, _other;

    /// <summary>Takes a tile; they come row by row, each row from left to right.</summary>
    public void Write(Tensor tile, PixelRegion region)
    {
        _rows ??= RasterRegions.Empty(shape with { Height = height }, bitDepth);
        _rows.Paste(tile, region with { Top = 0 });
        if (region.Right < shape.Width) return;
        file.Write(_rows, region.Height);
        (_rows, _other) = (_other, _rows); // the file has these now, and is done with the others
    }
}
