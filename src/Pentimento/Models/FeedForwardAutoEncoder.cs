using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Model 1 of the reference experiments: fully connected layers to a code and back.
/// On small images 784 → 64 → 784; on large ones 196608 → 300 → 300 → 300 → 196608. ReLU inside, a sigmoid at the end.
/// </summary>
[Architecture("feed-forward", "model 1 of the reference: fully connected auto-encoder")]
public sealed class FeedForwardAutoEncoder : Network
{
    private const int LargeImage = 4096;
    private readonly TorchSharp.Modules.ModuleList<Layer> layers;

    /// <summary>
    /// A network with options "code" (64, or 300 for large images; 1 to 16,384: the code's width) and "depth" (1, or 2 for large
    /// images; 1 to 64: the layers to the code, and as many back).
    /// </summary>
    public FeedForwardAutoEncoder(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        var large = input.Count > LargeImage;
        var code = options.Get("code", large ? 300 : 64, 1, 16384);
        var depth = options.Get("depth", large ? 2 : 1, 1, 64);
        layers = new();
        layers.Add(new Linear(input.Count, code)); // (N, code)
        layers.Add(new Relu());
        for (var i = 1; i < 2 * depth - 1; i++)
        {
            layers.Add(new Linear(code, code)); // (N, code)
            layers.Add(new Relu());
        }
        layers.Add(new Linear(code, input.Count)); // (N, C·H·W)
        layers.Add(new Sigmoid());
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => false;

    /// <inheritdoc/>
    public override int? Reach => null;

    internal override IReadOnlyList<Layer> Layers => [.. layers];

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var x = Operations.Flatten(input); // (N, C·H·W)
        foreach (var layer in layers) x = layer.forward(x);
        return Operations.Unflatten(x, Input); // (N, C, H, W)
    }
}
