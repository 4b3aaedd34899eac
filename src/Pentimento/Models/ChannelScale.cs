using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Every channel times a learned number that starts at 0: (N, C, H, W) → (N, C, H, W).</summary>
public sealed class ChannelScale : Layer
{
    private readonly Parameter weight; // (C, 1, 1)

    /// <summary>Scales of <paramref name="channels"/> channels.</summary>
    public ChannelScale(long channels)
    {
        WeightLimit.Count(channels);
        weight = new Parameter(zeros(channels, 1, 1));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description => $"ChannelScale({weight.shape[0]})";

    internal Tensor Weight => weight;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => input * weight.to(input.dtype);
}
