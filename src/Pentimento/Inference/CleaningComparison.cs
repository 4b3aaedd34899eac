using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// A picture before cleaning, after it, and the difference, side by side, pixel for pixel: the middle of the picture, all of it where it
/// is small. The difference is drawn around mid-grey, <see cref="Gain"/> times as strong as it is.
/// </summary>
internal sealed class CleaningComparison : IDisposable
{
    /// <summary>What the difference is multiplied by.</summary>
    public const float Gain = 4;

    /// <summary>The longest side of what is shown, in pixels.</summary>
    public const int Side = 512;

    private const int Gap = 8;
    private readonly PixelRegion _shown;
    private readonly Tensor _picture; // (C, h, 3·w + 2 gaps)

    /// <summary>Nothing seen yet: white.</summary>
    /// <param name="shape">The picture's.</param>
    public CleaningComparison(ImageShape shape)
    {
        int height = Math.Min(Side, shape.Height), width = Math.Min(Side, shape.Width);
        _shown = new PixelRegion((shape.Height - height) / 2, (shape.Width - width) / 2, height, width);
        _picture = ones(shape.Channels, height, 3 * width + 2 * Gap).DetachFromDisposeScope();
    }

    /// <summary>Looks at a tile; see <see cref="TileWatch"/>.</summary>
    public void Add(Tensor before, Tensor after, PixelRegion region)
    {
        int top = Math.Max(region.Top, _shown.Top), bottom = Math.Min(region.Bottom, _shown.Bottom);
        int left = Math.Max(region.Left, _shown.Left), right = Math.Min(region.Right, _shown.Right);
        if (top >= bottom || left >= right) return;
        using var scope = NewDisposeScope();
        Tensor[] panels = [Cut(before), Cut(after), (Cut(after) - Cut(before)) * Gain + 0.5];
        for (var i = 0; i < panels.Length; i++)
            _picture.narrow(1, top - _shown.Top, bottom - top)
                .narrow(2, left - _shown.Left + i * (_shown.Width + Gap), right - left).copy_(panels[i].clamp(0, 1));

        Tensor Cut(Tensor tile) => tile.narrow(1, top - region.Top, bottom - top).narrow(2, left - region.Left, right - left);
    }

    /// <summary>The three side by side, 8 bit.</summary>
    public RasterImage Picture() => RasterImage.FromTensor(_picture);

    /// <inheritdoc/>
    public void Dispose() => _picture.Dispose();
}
