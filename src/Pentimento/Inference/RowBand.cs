using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>Puts tiles side by side and hands each complete row of them to a file.</summary>
/// <param name="file">Where they go; not disposed.</param>
/// <param name="shape">The whole picture.</param>
/// <param name="bitDepth">8 or 16.</param>
internal sealed class RowBand(ImageRowWriter file, ImageShape shape, int bitDepth)
{
    private RasterImage? _rows;

    /// <summary>Takes a tile; they come row by row, each row from left to right.</summary>
    public void Write(Tensor tile, PixelRegion region)
    {
        _rows ??= RasterRegions.Empty(shape with { Height = region.Height }, bitDepth);
        _rows.Paste(RasterImage.FromTensor(tile, bitDepth), region with { Top = 0 });
        if (region.Right < shape.Width) return;
        file.Write(_rows);
        _rows = null; // the file has it now
    }
}
