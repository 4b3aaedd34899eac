using Pentimento.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A residual U-Net for denoising. U-Net: Ronneberger et al., 2015 (arXiv:1505.04597); residual blocks without normalisation and
/// additive skips as in DRUNet: Zhang et al., 2021 (arXiv:2008.13751); without biases it scales with its input and so
/// generalises over noise levels: Mohan et al., 2020 (arXiv:1906.05478). It works on squares of pixels as channels, as FFDNet
/// does (arXiv:1710.04026), because the full resolution costs most and needs it least.
/// </summary>
[Architecture("unet", "residual U-Net for denoising, any size; blind, or told one noise level (sigma=1) or those of brightness and " +
    "colour (sigma=2)")]
public sealed class UNet : Network
{
    private readonly PixelUnshuffle unshuffle;
    private readonly PixelShuffle shuffle;
    private readonly Conv2d head, tail;
    private readonly ModuleList<ModuleList<ResidualBlock>> encoder, decoder;
    private readonly ModuleList<ResidualBlock> middle;
    private readonly ModuleList<Conv2d> down, widen;
    private readonly PixelShuffle up = new(2);
    private readonly Add skip = new(), correct = new();
    private readonly Concat withLevel = new();
    private readonly int _squares, _levels, _blocks, _middle, _refine, _sigma;

    /// <summary>
    /// A network with options "width" (48, 1 to 1,024: channels of the first level, doubled at each further one), "levels" (3, 1 to
    /// 8), "blocks" (1, 0 to 64: residual blocks on each side of a level), "middle" (2, 0 to 64: those of the last level), "refine"
    /// (0 to 64; with one level 0: further ones at the end of the first, as in Restormer: Zamir et al., 2022; arXiv:2111.09881),
    /// "squares" (2, 1 to 16: the side of the squares of pixels that become channels), "bias" (1, or 0 for none) and "sigma" (0; 1
    /// for the noise level as input, 2 for those of brightness and colour).
    /// </summary>
    public UNet(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int width = options.Get("width", 48, 1, 1024), c = input.Channels;
        (_levels, _blocks) = (options.Get("levels", 3, 1, 8), options.Get("blocks", 1, 0, 64));
        (_middle, _refine) = (options.Get("middle", 2, 0, 64), options.Get("refine", 0, 0, _levels > 1 ? 64 : 0));
        _squares = options.Get("squares", 2, 1, 16);
        _sigma = options.Get("sigma", 0, 0, 2);
        var bias = options.Get("bias", 1, 0, 1) == 1;
        int area = _squares * _squares, planes = c * area;
        (unshuffle, shuffle) = (new(_squares), new(_squares));
        head = new(planes + _sigma, width, hasBias: bias);
        (encoder, down, widen, decoder) = (new(), new(), new(), new());
        for (var level = 0; level < _levels - 1; level++)
        {
            long channels = (long)width << level;
            encoder.Add(Blocks(_blocks, channels));
            down.Add(new(channels, 2 * channels, kernel: 2, stride: 2, hasBias: bias));
            widen.Add(new(2 * channels, 4 * channels, kernel: 1, hasBias: bias));
            decoder.Add(Blocks(_blocks + (level == 0 ? _refine : 0), channels));
        }
        middle = Blocks(_middle, (long)width << (_levels - 1));
        tail = new(width, planes, hasBias: bias);
        RegisterComponents();

        ModuleList<ResidualBlock> Blocks(int count, long channels) =>
            new([.. Enumerable.Range(0, count).Select(_ => new ResidualBlock(channels, bias))]);
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int NoiseLevels => _sigma;

    /// <inheritdoc/>
    public override int Alignment => _squares << (_levels - 1);

    /// <summary>A 3×3 convolution reaches one pixel of its level to each side; where levels change, squares join in.</summary>
    public override int? Reach
    {
        get
        {
            var reach = 2 * _squares + Alignment - 1 + 2 * _refine * _squares; // head, tail and before it
            for (var level = 0; level < _levels - 1; level++) reach += 4 * _blocks * (_squares << level);
            return reach + 2 * _middle * Alignment;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input, Tensor? sigma)
    {
        var image = Operations.ExtendToMultiple(input, Alignment);
        var skips = new Stack<Tensor>(Encode(image, input, sigma));
        var x = skips.Pop();
        for (var level = _levels - 2; level >= 0; level--)
        {
            using var scope = NewDisposeScope(); // all but the result of a level is given back at once
            x = skip.forward(up.forward(widen[level].forward(x)), skips.Pop());
            x = decoder[level].Through(x).MoveToOuterDisposeScope();
        }
        x = shuffle.forward(tail.forward(x)); // (N, c, H, W)
        return Operations.CutTo(correct.forward(image, x), input);
    }

    internal override bool CanGrow(string option) => option is "blocks" or "middle" or "refine" or "sigma";

    /// <summary>
    /// Blocks that the smaller network lacks start as the identity (as in Net2Net: Chen et al., 2015; arXiv:1511.05641), and what
    /// it is not told of noise levels counts nothing.
    /// </summary>
    internal override void GrowFrom(IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var (name, module) in named_modules())
            if (module is ResidualBlock block && !tensors.Keys.Any(key => key.StartsWith(name + ".", StringComparison.Ordinal)))
                block.BecomeIdentity();
        var all = state_dict();
        foreach (var (name, tensor) in tensors) all[name] = tensor;
        using var scope = NewDisposeScope();
        const string first = "head.weight"; // (width, planes and levels, 3, 3)
        if (all.TryGetValue(first, out var weights) && weights.shape[1] < head.Weight.shape[1])
            all[first] = cat([weights, zeros_like(head.Weight).narrow(1, weights.shape[1], head.Weight.shape[1] - weights.shape[1])
                .to(weights.dtype)], 1);
        LoadWeights(all);
    }

    /// <summary>The levels of the encoder, as features of a picture.</summary>
    internal IReadOnlyList<BackboneStage> EncoderStages =>
        [.. Enumerable.Range(0, _levels).Select(level =>
            new BackboneStage($"level{level + 1}", Options.Values["width"] << level, _squares << level))];

    /// <summary>What the encoder makes of images, at every level.</summary>
    /// <param name="input">(N, C, H, W), float32.</param>
    /// <returns>(N, channels, rows, columns) for each of <see cref="EncoderStages"/>; the caller's dispose scope owns them.</returns>
    internal Tensor[] Encode(Tensor input) => Encode(Operations.ExtendToMultiple(input, Alignment), input, null);

    private Tensor[] Encode(Tensor image, Tensor input, Tensor? sigma)
    {
        var x = unshuffle.forward(image); // (N, c·s², H/s, W/s)
        if (_sigma > 0) x = withLevel.forward(x, NoiseLevelMap.Of(sigma ?? NoiseLevelMap.Estimate(input), x, _sigma, Alignment));
        x = head.forward(x); // (N, width, H/s, W/s)
        var levels = new Tensor[_levels];
        for (var level = 0; level < _levels - 1; level++)
        {
            levels[level] = x = encoder[level].Through(x);
            x = down[level].forward(x); // twice the channels, half the height and width
        }
        levels[^1] = middle.Through(x);
        return levels;
    }
}
