using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>a + b, as in a residual or skip connection.</summary>
public sealed class Add : MergeLayer
{
    /// <inheritdoc/>
    public override string Description => "Add";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor first, Tensor second) => first + second;
}

/// <summary>a − b, as where a network gives the noise.</summary>
public sealed class Subtract : MergeLayer
{
    /// <inheritdoc/>
    public override string Description => "Subtract";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor first, Tensor second) => first - second;
}

/// <summary>The channels of a, then those of b: (N, a, H, W), (N, b, H, W) → (N, a + b, H, W).</summary>
public sealed class Concat : MergeLayer
{
    /// <inheritdoc/>
    public override string Description => "Concat";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor first, Tensor second) => cat([first, second], 1);
}
