using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>max(x, 0).</summary>
public sealed class Relu : Layer
{
    /// <inheritdoc/>
    public override string Description => "ReLU";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => input.relu();
}

/// <summary>1 / (1 + e⁻ˣ): into (0, 1).</summary>
public sealed class Sigmoid : Layer
{
    /// <inheritdoc/>
    public override string Description => "Sigmoid";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => input.sigmoid();
}
