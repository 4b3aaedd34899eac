using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>Model 2 with an activation behind every normalisation: nothing of it can be folded but the normalisations.</summary>
[Architecture(Name, "model 2 with activations")]
internal sealed class ConvolutionalWithRelu : Network
{
    public const string Name = "convolutional-relu";
    private readonly TorchSharp.Modules.ModuleList<Layer> layers;

    public ConvolutionalWithRelu(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int c = input.Channels, a = 16, b = c == 1 ? 8 : 64;
        layers = new(
            new Conv2d(c, a), new BatchNorm2d(a), new Relu(),
            new Conv2d(a, b), new BatchNorm2d(b), new Relu(),
            new ConvTranspose2d(b, b), new BatchNorm2d(b), new Relu(),
            new ConvTranspose2d(b, a), new BatchNorm2d(a), new Relu(),
            new Conv2d(a, c));
        RegisterComponents();
    }

    public override bool AnySize => true;

    public override int? Reach => 5;

    public override Tensor forward(Tensor input)
    {
        foreach (var layer in layers) input = layer.forward(input);
        return input;
    }
}
