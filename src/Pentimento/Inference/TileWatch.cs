using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>Sees a picture as it is cleaned, tile by tile; the tiles cover it once.</summary>
/// <param name="before">(C, h, w), float32 in [0, 1], on the CPU; the tile's dispose scope owns it.</param>
/// <param name="after">As it is written but for the rounding; of the same shape.</param>
/// <param name="region">Where the tile lies.</param>
internal delegate void TileWatch(Tensor before, Tensor after, PixelRegion region);
