using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// An auto-encoder of the values at each place by themselves, with 1×1 convolutions: for features of a backbone, which say of a place
/// what is around it (Shi, Yang and Qi, 2021: deep feature reconstruction; arXiv:2012.07122).
/// </summary>
[Architecture("pointwise", "auto-encoder of each place by itself, for features")]
public sealed class PointwiseAutoEncoder : Network
{
    private readonly Conv2d narrow, encode, decode, widen;
    private readonly Relu relu = new();

    /// <summary>A network with options "hidden" (256: values of the inner layers) and "code" (64), each 1 to 16,384.</summary>
    public PointwiseAutoEncoder(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int hidden = options.Get("hidden", 256, 1, 16384), code = options.Get("code", 64, 1, 16384);
        narrow = new(input.Channels, hidden, kernel: 1, gain: Conv2d.ReluGain);
        encode = new(hidden, code, kernel: 1);
        decode = new(code, hidden, kernel: 1, gain: Conv2d.ReluGain);
        widen = new(hidden, input.Channels, kernel: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int? Reach => 0;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var code = encode.forward(relu.forward(narrow.forward(input))); // (N, code, H, W)
        return widen.forward(relu.forward(decode.forward(code))); // (N, C, H, W)
    }
}
