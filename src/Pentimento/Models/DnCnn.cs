using Pentimento.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// DnCNN (Zhang et al., 2017; arXiv:1608.03981): 3×3 convolutions that give the noise, which is taken off. Batch normalisation
/// is left out, as in the weights that its authors publish, where it is folded into the convolutions.
/// </summary>
[Architecture("dncnn", "DnCNN (2017): twenty 3×3 convolutions, blind; loads the published weights")]
public sealed class DnCnn : Network
{
    private readonly ModuleList<Layer> model; // the published names
    private readonly Subtract subtract = new();
    private readonly int _depth;

    /// <summary>
    /// A network with options "depth" (20, 2 to 1,024: convolutions) and "width" (64, 1 to 1,024: channels between them).
    /// </summary>
    public DnCnn(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int c = input.Channels, width = options.Get("width", 64, 1, 1024);
        _depth = options.Get("depth", 20, 2, 1024);
        model = new(new Conv2d(c, width, gain: Conv2d.ReluGain), new Relu()); // (N, width, H, W)
        for (var i = 2; i < _depth; i++)
        {
            model.Add(new Conv2d(width, width, gain: Conv2d.ReluGain));
            model.Add(new Relu());
        }
        model.Add(new Conv2d(width, c, gain: 0.1)); // (N, c, H, W)
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int? Reach => _depth;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var noise = input;
        foreach (var layer in model) noise = layer.forward(noise);
        return subtract.forward(input, noise);
    }
}
