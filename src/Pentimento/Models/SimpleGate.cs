using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// The first half of the channels times the second (Chen et al., 2022; arXiv:2204.04676): (N, 2C, H, W) → (N, C, H, W). NAFNet's
/// only nonlinearity.
/// </summary>
public sealed class SimpleGate : Layer
{
    /// <inheritdoc/>
    public override string Description => "SimpleGate";

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input)
    {
        var half = input.shape[1] / 2;
        return input.narrow(1, 0, half) * input.narrow(1, half, half);
    }
}
