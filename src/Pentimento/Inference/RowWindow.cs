using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>The rows of a file that the tiles at hand need; asked for from top to bottom.</summary>
/// <param name="file">Where they come from; not disposed.</param>
/// <param name="height">The most rows that a region has.</param>
internal sealed class RowWindow(ImageRowReader file, int height)
{
    private readonly RasterImage _rows = RasterRegions.Empty(file.Shape with { Height = height }, file.BitDepth);
    private int _top, _bottom;

    /// <summary>The pixels of a region.</summary>
    /// <returns>(C, h, w), float32 in [0, 1]; the caller's dispose scope owns it.</returns>
    public Tensor Read(PixelRegion region)
    {
        if (region.Top > _top)
        {
            if (_bottom > region.Top) _rows.MoveUp(region.Top - _top, _bottom - region.Top);
            _top = region.Top;
        }
        if (region.Bottom > _bottom)
        {
            file.Read(_rows, _bottom - _top, region.Bottom - _bottom);
            _bottom = region.Bottom;
        }
        return _rows.ToTensor(region with { Top = region.Top - _top });
    }
}
