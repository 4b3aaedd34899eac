using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// MobileNetV2 1.0 without its classifier (Sandler et al., 2018; arXiv:1801.04381): inverted residual blocks, 2.2 million
/// weights, batch normalisation folded into the convolutions.
/// </summary>
[Backbone("mobilenet_v2", "MobileNetV2 1.0, seventeen blocks and a head, 2.2 million weights")]
public sealed class MobileNetV2 : Backbone
{
    private const int StemChannels = 32, HeadChannels = 1280;

    /// <summary>One block: output channels, stride, how many times wider inside.</summary>
    private static readonly (int Channels, int Stride, int Expansion)[] s_blocks =
    [
        (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6), (32, 1, 6), (64, 2, 6), (64, 1, 6), (64, 1, 6), (64, 1, 6),
        (96, 1, 6), (96, 1, 6), (96, 1, 6), (160, 2, 6), (160, 1, 6), (160, 1, 6), (320, 1, 6),
    ];

    private readonly FrozenConv2d stem, head;
    private readonly TorchSharp.Modules.ModuleList<Block> blocks;

    /// <summary>The network, all weights 0.</summary>
    public MobileNetV2(InputConvention convention) : base(convention)
    {
        var padding = convention == InputConvention.TensorFlow ? BorderPadding.TensorFlow : BorderPadding.Even;
        stem = new(3, StemChannels, kernel: 3, stride: 2, padding);
        blocks = [.. s_blocks.Select((block, i) => new Block(InputsOf(i), block.Channels, block.Stride, block.Expansion, padding))];
        head = new(s_blocks[^1].Channels, HeadChannels, kernel: 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; } =
    [
        .. s_blocks.Select((block, i) =>
            new BackboneStage($"block{i + 1}", block.Channels, s_blocks.Take(i + 1).Aggregate(2, (all, b) => all * b.Stride))),
        new("head", HeadChannels, 32),
    ];

    /// <inheritdoc/>
    protected override Tensor[] Compute(Tensor normalised)
    {
        var x = stem.forward(normalised).clamp(0, 6); // (N, 32, H/2, W/2)
        var stages = new List<Tensor>();
        foreach (var block in blocks) stages.Add(x = block.forward(x));
        return [.. stages, head.forward(x).clamp(0, 6)]; // … (N, 1280, H/32, W/32)
    }

    /// <summary>The convention of published weights, by the names in the file; null where they are not this network's.</summary>
    internal static InputConvention? ConventionOf(IReadOnlyCollection<string> names) =>
        names.Contains("op00.weight") && names.Contains("op61.weight") ? InputConvention.TensorFlow
        : names.Contains("features.1.conv.0.0.weight") && names.Contains("features.18.0.weight") ? InputConvention.Torchvision
        : null;

    /// <summary>Published weights under this network's own names, batch normalisation folded in.</summary>
    /// <returns>New tensors where something was folded; the caller's dispose scope owns them.</returns>
    internal static Dictionary<string, Tensor> Rename(IReadOnlyDictionary<string, Tensor> published)
    {
        if (published.ContainsKey("stem.weight")) return new(published);
        var renamed = new Dictionary<string, Tensor>();
        if (published.ContainsKey("op00.weight"))
        {
            // A list of operations in the order of the network; the sums of residual blocks have a number, too.
            var op = 0;
            foreach (var (name, isSum) in Operations())
            {
                if (!isSum)
                    foreach (var kind in new[] { "weight", "bias" })
                        if (published.TryGetValue($"op{op:00}.{kind}", out var tensor)) renamed[$"{name}.{kind}"] = tensor;
                op++;
            }
            return renamed;
        }
        Fold("features.0.0", "features.0.1", "stem");
        for (var i = 0; i < s_blocks.Length; i++)
        {
            var (theirs, ours, wide) = ($"features.{i + 1}.conv", $"blocks.{i}", s_blocks[i].Expansion > 1);
            if (wide) Fold($"{theirs}.0.0", $"{theirs}.0.1", $"{ours}.expand");
            Fold($"{theirs}.{(wide ? 1 : 0)}.0", $"{theirs}.{(wide ? 1 : 0)}.1", $"{ours}.depthwise");
            Fold($"{theirs}.{(wide ? 2 : 1)}", $"{theirs}.{(wide ? 3 : 2)}", $"{ours}.project");
        }
        Fold("features.18.0", "features.18.1", "head");
        return renamed;

        void Fold(string convolution, string norm, string ours)
        {
            if (!published.TryGetValue($"{convolution}.weight", out var weight) ||
                !published.TryGetValue($"{norm}.weight", out var gamma) || !published.TryGetValue($"{norm}.bias", out var beta) ||
                !published.TryGetValue($"{norm}.running_mean", out var mean) ||
                !published.TryGetValue($"{norm}.running_var", out var variance))
                return; // the missing weights are named when they are copied
            var scale = gamma.to(ScalarType.Float64) / (variance.to(ScalarType.Float64) + 1e-5).sqrt();
            renamed[$"{ours}.weight"] = (weight.to(ScalarType.Float64) * scale.reshape(-1, 1, 1, 1)).to(ScalarType.Float32);
            renamed[$"{ours}.bias"] = (beta.to(ScalarType.Float64) - mean.to(ScalarType.Float64) * scale).to(ScalarType.Float32);
        }
    }

    private static int InputsOf(int block) => block == 0 ? StemChannels : s_blocks[block - 1].Channels;

    private static IEnumerable<(string Name, bool IsSum)> Operations()
    {
        yield return ("stem", false);
        for (var i = 0; i < s_blocks.Length; i++)
        {
            if (s_blocks[i].Expansion > 1) yield return ($"blocks.{i}.expand", false);
            yield return ($"blocks.{i}.depthwise", false);
            yield return ($"blocks.{i}.project", false);
            if (s_blocks[i].Stride == 1 && InputsOf(i) == s_blocks[i].Channels) yield return ("", true);
        }
        yield return ("head", false);
    }

    /// <summary>Wider by 1×1 filters, each channel by itself, narrower by 1×1 filters; and the input added.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly FrozenConv2d? expand;
        private readonly FrozenConv2d depthwise, project;
        private readonly bool _adds;

        public Block(int inputs, int outputs, int stride, int expansion, BorderPadding padding) : base("block")
        {
            var inside = inputs * expansion;
            if (expansion > 1) expand = new(inputs, inside, kernel: 1);
            depthwise = new(inside, inside, kernel: 3, stride, padding, depthwise: true);
            project = new(inside, outputs, kernel: 1);
            _adds = stride == 1 && inputs == outputs;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var x = expand is null ? input : expand.forward(input).clamp(0, 6);
            x = project.forward(depthwise.forward(x).clamp(0, 6));
            return _adds ? input + x : x;
        }
    }
}
