using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Models 2 and 3 of the reference experiments: five 3×3 convolutions with batch normalisation and no activation.
/// In evaluation mode it is one affine map, an 11×11 linear filter away from the border.
/// </summary>
[Architecture("convolutional", "models 2 and 3 of the reference: 3×3 convolutions, batch norm, no activation")]
public sealed class ConvolutionalAutoEncoder : Network
{
    private readonly Conv2d conv1, conv2, conv3;
    private readonly ConvTranspose2d deconv1, deconv2;
    private readonly BatchNorm2d norm1, norm2, norm3, norm4;

    /// <summary>
    /// A network with options "a" (16) and "b" (8 for grey, 64 for colour images): the channels of the two stages, 1 to 4,096.
    /// </summary>
    public ConvolutionalAutoEncoder(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int c = input.Channels, a = options.Get("a", 16, 1, 4096), b = options.Get("b", c == 1 ? 8 : 64, 1, 4096);
        conv1 = new(c, a);
        norm1 = new(a);
        conv2 = new(a, b);
        norm2 = new(b);
        deconv1 = new(b, b);
        norm3 = new(b);
        deconv2 = new(b, a);
        norm4 = new(a);
        conv3 = new(a, c);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int? Reach => 5;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var x = norm1.forward(conv1.forward(input)); // (N, a, H, W)
        x = norm2.forward(conv2.forward(x)); // (N, b, H, W)
        x = norm3.forward(deconv1.forward(x)); // (N, b, H, W)
        x = norm4.forward(deconv2.forward(x)); // (N, a, H, W)
        return conv3.forward(x); // (N, c, H, W)
    }
}
