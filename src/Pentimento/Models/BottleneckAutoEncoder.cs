using Pentimento.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A convolutional auto-encoder with a bottleneck: convolutions of stride 2 down to at most 8×8 places, a fully connected layer to the
/// code, and the same way back with pixel shuffles. What the code has no room for is not reconstructed.
/// </summary>
[Architecture("bottleneck", "convolutional auto-encoder with a small code")]
public sealed class BottleneckAutoEncoder : Network
{
    private readonly Coder coder;

    /// <summary>
    /// A network with options "width" (16, 1 to 1,024: channels of the first level, doubled at each further one up to four times),
    /// "levels" (1 to 10; as many as bring the longer side to 8 places or fewer) and "code" (32, or 128 for images of 64 pixels a side or
    /// more; 1 to 16,384).
    /// </summary>
    public BottleneckAutoEncoder(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        coder = new(input, options);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => false;

    /// <inheritdoc/>
    public override int? Reach => null;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => coder.Decode(coder.Encode(coder.Look(input)), input);
}

/// <summary>
/// The same with a code that is a normal distribution (Kingma and Welling, 2014; arXiv:1312.6114). Its loss, the mean squared error
/// and the divergence of the code times "beta" / 1000 a value, is a bound on the likelihood of images with noise of variance beta / 2000.
/// </summary>
[Architecture("variational", "variational auto-encoder: the code is a distribution")]
public sealed class VariationalAutoEncoder : Network, IVariational
{
    private readonly Coder coder;
    private readonly Linear spread; // to the logarithm of the variance of each number of the code
    private readonly double _weight;

    /// <summary>A network with the options of <see cref="BottleneckAutoEncoder"/>, and "beta" (20, 0 to 1,000,000).</summary>
    public VariationalAutoEncoder(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        coder = new(input, options);
        spread = new(coder.Values, coder.CodeLength);
        _weight = options.Get("beta", 20, 0, 1_000_000) / 1000.0 / input.Count;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override bool AnySize => false;

    /// <inheritdoc/>
    public override int? Reach => null;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => coder.Decode(coder.Encode(coder.Look(input)), input);

    /// <inheritdoc/>
    public (Tensor Output, Tensor Divergence) Draw(Tensor input, Generator generator)
    {
        var (mean, logVariance) = Distribution(input);
        var noise = empty_like(mean).normal_(0, 1, generator.On(mean.device));
        return (coder.Decode(mean + noise * (logVariance / 2).exp(), input), Divergence(mean, logVariance));
    }

    /// <inheritdoc/>
    public (Tensor Output, Tensor Divergence) Expect(Tensor input)
    {
        var (mean, logVariance) = Distribution(input);
        return (coder.Decode(mean, input), Divergence(mean, logVariance));
    }

    private Tensor Divergence(Tensor mean, Tensor logVariance) =>
        (mean.square() + logVariance.exp() - 1 - logVariance).sum([1]) * (_weight / 2);

    private (Tensor Mean, Tensor LogVariance) Distribution(Tensor input)
    {
        var seen = coder.Look(input);
        return (coder.Encode(seen), spread.forward(seen).clamp(-12, 12));
    }
}

/// <summary>Encoder and decoder of the auto-encoders with a bottleneck.</summary>
internal sealed class Coder : nn.Module
{
    private const int CoarseSide = 8;
    private readonly ModuleList<Conv2d> down, up;
    private readonly Linear squeeze, widen;
    private readonly Conv2d tail;
    private readonly Relu relu = new();
    private readonly PixelShuffle shuffle = new(2);
    private readonly ImageShape _coarse;
    private readonly int _multiple;

    /// <param name="input">The shape of the images.</param>
    /// <param name="options">Those of <see cref="BottleneckAutoEncoder"/>.</param>
    public Coder(ImageShape input, ArchitectureOptions options) : base("coder")
    {
        var longer = Math.Max(input.Height, input.Width);
        var enough = 1;
        while ((longer - 1 >> enough) + 1 > CoarseSide) enough++;
        int width = options.Get("width", 16, 1, 1024), levels = options.Get("levels", enough, 1, 10);
        CodeLength = options.Get("code", longer >= 64 ? 128 : 32, 1, 16384);
        _multiple = 1 << levels;
        long[] channels = [input.Channels, .. Enumerable.Range(0, levels).Select(level => (long)width << Math.Min(level, 2))];
        _coarse = new ImageShape(
            (int)channels[^1], (input.Height - 1) / _multiple + 1, (input.Width - 1) / _multiple + 1);
        (down, up) = (new(), new());
        for (var level = 0; level < levels; level++)
        {
            var inner = channels[levels - level];
            down.Add(new(channels[level], channels[level + 1], stride: 2, gain: Conv2d.ReluGain));
            up.Add(new(inner, 4 * (level == levels - 1 ? width : channels[levels - level - 1]), gain: Conv2d.ReluGain));
        }
        squeeze = new(Values, CodeLength);
        widen = new(CodeLength, Values);
        tail = new(width, input.Channels);
        RegisterComponents();
    }

    /// <summary>How many numbers the code has.</summary>
    public int CodeLength { get; }

    /// <summary>How many values <see cref="Look"/> gives for an image.</summary>
    public long Values => _coarse.Count;

    /// <summary>(N, C, H, W) → (N, values).</summary>
    public Tensor Look(Tensor input)
    {
        var x = Operations.ExtendToMultiple(input, _multiple);
        foreach (var convolution in down) x = relu.forward(convolution.forward(x)); // half the height and width
        return Operations.Flatten(x);
    }

    /// <summary>(N, values) → (N, code).</summary>
    public Tensor Encode(Tensor seen) => squeeze.forward(seen);

    /// <summary>(N, code) → (N, C, H, W) as the images in <paramref name="like"/>.</summary>
    public Tensor Decode(Tensor code, Tensor like)
    {
        var x = Operations.Unflatten(relu.forward(widen.forward(code)), _coarse);
        foreach (var convolution in up) x = relu.forward(shuffle.forward(convolution.forward(x))); // twice the height and width
        return Operations.CutTo(tail.forward(x), like);
    }
}
