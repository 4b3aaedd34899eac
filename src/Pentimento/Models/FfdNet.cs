using Pentimento.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// FFDNet (Zhang et al., 2018; arXiv:1710.04026): 2×2 squares of pixels as channels, the noise level as a plane beside them,
/// 3×3 convolutions, and back to pixels.
/// </summary>
[Architecture("ffdnet", "FFDNet (2018): twelve 3×3 convolutions at half the size, told the noise level; loads the published " +
    "weights")]
public sealed class FfdNet : Network
{
    private const int Square = 2;
    private readonly PixelUnshuffle unshuffle = new(Square);
    private readonly Concat withLevel = new();
    private readonly ModuleList<Layer> model; // the published names
    private readonly PixelShuffle shuffle = new(Square);
    private readonly int _depth;

    /// <summary>
    /// A network with options "depth" (12 for colour, 15 for grey; 2 to 1,024: convolutions) and "width" (96 for colour, 64 for grey;
    /// 1 to 1,024: channels between them).
    /// </summary>
    public FfdNet(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int c = input.Channels, planes = c * Square * Square, width = options.Get("width", c == 1 ? 64 : 96, 1, 1024);
        _depth = options.Get("depth", c == 1 ? 15 : 12, 2, 1024);
        model = new(new Conv2d(planes + 1, width, gain: Conv2d.ReluGain), new Relu()); // (N, width, H/2, W/2)
        for (var i = 2; i < _depth; i++)
        {
            model.Add(new Conv2d(width, width, gain: Conv2d.ReluGain));
            model.Add(new Relu());
        }
        model.Add(new Conv2d(width, planes)); // (N, 4c, H/2, W/2)
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int? Reach => Square * _depth + Square - 1;

    /// <inheritdoc/>
    public override int Alignment => Square;

    /// <inheritdoc/>
    public override int NoiseLevels => 1;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input, Tensor? sigma)
    {
        var x = unshuffle.forward(Operations.RepeatToMultiple(input, Square)); // (N, 4c, H/2, W/2)
        x = withLevel.forward(x, NoiseLevelMap.Of(sigma ?? NoiseLevelMap.Estimate(input), x)); // (N, 4c + 1, H/2, W/2)
        foreach (var layer in model) x = layer.forward(x);
        return Operations.CutTo(shuffle.forward(x), input); // (N, c, H, W)
    }
}
