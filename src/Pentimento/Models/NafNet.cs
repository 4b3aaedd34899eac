using Pentimento.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// NAFNet, "nonlinear activation free" (Chen et al., 2022; arXiv:2204.04676): a U-Net of blocks with layer normalisation,
/// depthwise convolutions and gates. Its channel attention is left out, because a mean over the whole image would make tiles
/// differ from it. As <see cref="UNet"/> it works on squares of pixels as channels.
/// </summary>
[Architecture("nafnet", "NAFNet (2022) without global attention: depthwise convolutions and gates, blind, any size")]
public sealed class NafNet : Network
{
    private readonly PixelUnshuffle unshuffle;
    private readonly PixelShuffle shuffle;
    private readonly Conv2d head, tail;
    private readonly ModuleList<ModuleList<NafBlock>> encoder, decoder;
    private readonly ModuleList<NafBlock> middle;
    private readonly ModuleList<Conv2d> down, widen;
    private readonly PixelShuffle up = new(2);
    private readonly Add skip = new(), correct = new();
    private readonly int _squares, _levels, _blocks, _middle;

    /// <summary>
    /// A network with options "width" (48, 1 to 1,024: channels of the first level, doubled at each further one), "levels" (3, 1 to
    /// 8), "blocks" (2, 0 to 64: on each side of a level), "middle" (4, 0 to 64: those of the last level) and "squares" (2, 1 to 16:
    /// the side of the squares of pixels that become channels).
    /// </summary>
    public NafNet(ImageShape input, ArchitectureOptions options) : base(input, options)
    {
        int width = options.Get("width", 48, 1, 1024), c = input.Channels;
        (_levels, _blocks) = (options.Get("levels", 3, 1, 8), options.Get("blocks", 2, 0, 64));
        _middle = options.Get("middle", 4, 0, 64);
        _squares = options.Get("squares", 2, 1, 16);
        var planes = c * _squares * _squares;
        (unshuffle, shuffle) = (new(_squares), new(_squares));
        head = new(planes, width);
        (encoder, down, widen, decoder) = (new(), new(), new(), new());
        for (var level = 0; level < _levels - 1; level++)
        {
            long channels = (long)width << level;
            encoder.Add(Blocks(_blocks, channels));
            down.Add(new(channels, 2 * channels, kernel: 2, stride: 2));
            widen.Add(new(2 * channels, 4 * channels, kernel: 1, hasBias: false));
            decoder.Add(Blocks(_blocks, channels));
        }
        middle = Blocks(_middle, (long)width << (_levels - 1));
        tail = new(width, planes);
        RegisterComponents();

        static ModuleList<NafBlock> Blocks(int count, long channels) =>
            new([.. Enumerable.Range(0, count).Select(_ => new NafBlock(channels))]);
    }

    /// <inheritdoc/>
    public override bool AnySize => true;

    /// <inheritdoc/>
    public override int Alignment => _squares << (_levels - 1);

    /// <summary>One 3×3 convolution in every block; see <see cref="UNet.Reach"/>.</summary>
    public override int? Reach
    {
        get
        {
            var reach = 2 * _squares + Alignment - 1; // head and tail
            for (var level = 0; level < _levels - 1; level++) reach += 2 * _blocks * (_squares << level);
            return reach + _middle * Alignment;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var image = Operations.ExtendToMultiple(input, Alignment);
        var x = head.forward(unshuffle.forward(image)); // (N, width, H/s, W/s)
        var skips = new Stack<Tensor>();
        for (var level = 0; level < _levels - 1; level++)
        {
            skips.Push(x = encoder[level].Through(x));
            x = down[level].forward(x); // twice the channels, half the height and width
        }
        x = middle.Through(x);
        for (var level = _levels - 2; level >= 0; level--)
        {
            using var scope = NewDisposeScope(); // all but the result of a level is given back at once
            x = skip.forward(up.forward(widen[level].forward(x)), skips.Pop());
            x = decoder[level].Through(x).MoveToOuterDisposeScope();
        }
        x = shuffle.forward(tail.forward(x)); // (N, c, H, W)
        return Operations.CutTo(correct.forward(image, x), input);
    }

    /// <summary>Mixes neighbours, then channels; both are added to the input: (N, C, H, W) → (N, C, H, W).</summary>
    private sealed class NafBlock : nn.Module<Tensor, Tensor>
    {
        private readonly PixelNorm norm1, norm2;
        private readonly Conv2d expand1, depthwise, project1, expand2, project2;
        private readonly SimpleGate gate = new();
        private readonly ChannelScale scale1, scale2;
        private readonly Add add = new();

        public NafBlock(long channels) : base("block")
        {
            (norm1, norm2) = (new(channels), new(channels));
            expand1 = new(channels, 2 * channels, kernel: 1);
            depthwise = new(2 * channels, 2 * channels, groups: (int)(2 * channels));
            project1 = new(channels, channels, kernel: 1);
            expand2 = new(channels, 2 * channels, kernel: 1);
            project2 = new(channels, channels, kernel: 1);
            (scale1, scale2) = (new(channels), new(channels));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var x = gate.forward(depthwise.forward(expand1.forward(norm1.forward(input)))); // (N, C, H, W)
            var y = add.forward(input, scale1.forward(project1.forward(x)));
            x = gate.forward(expand2.forward(norm2.forward(y))); // (N, C, H, W)
            return add.forward(y, scale2.forward(project2.forward(x)));
        }
    }
}
