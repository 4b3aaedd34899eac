using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// x + conv(ReLU(conv(x))), 3×3, without normalisation (as in EDSR: Lim et al., 2017; arXiv:1707.02921):
/// (N, C, H, W) → (N, C, H, W).
/// </summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly Relu relu = new();
    private readonly Add add = new();

    public ResidualBlock(long channels, bool hasBias) : base("block")
    {
        conv1 = new(channels, channels, hasBias: hasBias, gain: Conv2d.ReluGain);
        conv2 = new(channels, channels, hasBias: hasBias, gain: 0.1); // starts near the identity
        RegisterComponents();
    }

    /// <summary>Gives back its input from now on, until it learns more.</summary>
    public void BecomeIdentity()
    {
        using var noGradient = no_grad();
        foreach (var parameter in conv2.parameters()) parameter.zero_();
    }

    public override Tensor forward(Tensor input) =>
        add.forward(input, conv2.forward(relu.forward(conv1.forward(input))));
}
