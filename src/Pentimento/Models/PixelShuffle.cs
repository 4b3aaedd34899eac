using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Channels to pixels (Shi et al., 2016; arXiv:1609.05158): (N, C·r², H, W) → (N, C, H·r, W·r).</summary>
public sealed class PixelShuffle(int factor) : Layer
{
    /// <summary>r.</summary>
    public int Factor => factor;

    /// <inheritdoc/>
    public override string Description => $"PixelShuffle({factor})";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => nn.functional.pixel_shuffle(input, factor);
}

/// <summary>
/// Pixels to channels: (N, C, H·r, W·r) → (N, C·r², H, W). Channel c·r² + y·r + x has the pixels of channel c in row y and
/// column x of each r×r square.
/// </summary>
public sealed class PixelUnshuffle(int factor) : Layer
{
    /// <summary>r.</summary>
    public int Factor => factor;

    /// <inheritdoc/>
    public override string Description => $"PixelUnshuffle({factor})";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => nn.functional.pixel_unshuffle(input, factor);
}
