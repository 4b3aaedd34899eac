using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// SqueezeNet 1.1 without its classifier (Iandola et al., 2016; arXiv:1602.07360): fire modules, 0.7 million weights.
/// </summary>
[Backbone("squeezenet1_1", "SqueezeNet 1.1, nine stages, 0.7 million weights")]
public sealed class SqueezeNet : Backbone
{
    private static readonly (string Name, int Squeeze, int Expand)[] s_fires =
    [
        ("fire2", 16, 64), ("fire3", 16, 64), ("fire4", 32, 128), ("fire5", 32, 128),
        ("fire6", 48, 192), ("fire7", 48, 192), ("fire8", 64, 256), ("fire9", 64, 256),
    ];

    // In torchvision's file: features.0 is the first convolution, and the fire modules have these numbers.
    private static readonly int[] s_torchvisionFires = [3, 4, 6, 7, 9, 10, 11, 12];

    private readonly FrozenConv2d conv1;
    private readonly Fire fire2, fire3, fire4, fire5, fire6, fire7, fire8, fire9;

    /// <summary>The network, all weights 0.</summary>
    public SqueezeNet(InputConvention convention) : base(convention)
    {
        conv1 = new(3, 64, kernel: 3, stride: 2, BorderPadding.None);
        Fire At(int i) => new(i == 0 ? 64 : 2 * s_fires[i - 1].Expand, s_fires[i].Squeeze, s_fires[i].Expand);
        (fire2, fire3, fire4, fire5) = (At(0), At(1), At(2), At(3));
        (fire6, fire7, fire8, fire9) = (At(4), At(5), At(6), At(7));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; } =
    [
        new("conv1", 64, 2),
        .. s_fires.Select((fire, i) => new BackboneStage(fire.Name, 2 * fire.Expand, i < 2 ? 4 : i < 4 ? 8 : 16)),
    ];

    /// <inheritdoc/>
    protected override Tensor[] Compute(Tensor normalised)
    {
        var c1 = conv1.forward(normalised).relu(); // (N, 64, H/2, W/2)
        var f2 = fire2.forward(Pool(c1)); // (N, 128, H/4, W/4)
        var f3 = fire3.forward(f2);
        var f4 = fire4.forward(Pool(f3)); // (N, 256, H/8, W/8)
        var f5 = fire5.forward(f4);
        var f6 = fire6.forward(Pool(f5)); // (N, 384, H/16, W/16)
        var f7 = fire7.forward(f6);
        var f8 = fire8.forward(f7); // (N, 512, H/16, W/16)
        return [c1, f2, f3, f4, f5, f6, f7, f8, fire9.forward(f8)];
    }

    /// <summary>The convention of published weights, by the names in the file; null where they are not this network's.</summary>
    internal static InputConvention? ConventionOf(IReadOnlyCollection<string> names) =>
        names.Contains("fire2.squeeze1x1.weight") ? InputConvention.Caffe
        : names.Contains("features.3.squeeze.weight") ? InputConvention.Torchvision : null;

    /// <summary>Published weights under this network's own names.</summary>
    internal static Dictionary<string, Tensor> Rename(IReadOnlyDictionary<string, Tensor> published)
    {
        if (!published.ContainsKey("features.0.weight")) return new(published);
        var renamed = new Dictionary<string, Tensor>();
        foreach (var kind in new[] { "weight", "bias" })
        {
            Take($"features.0.{kind}", $"conv1.{kind}");
            for (var i = 0; i < s_fires.Length; i++)
                foreach (var (theirs, ours) in new[] { ("squeeze", "squeeze1x1"), ("expand1x1", "expand1x1"), ("expand3x3", "expand3x3") })
                    Take($"features.{s_torchvisionFires[i]}.{theirs}.{kind}", $"{s_fires[i].Name}.{ours}.{kind}");
        }
        return renamed;

        void Take(string theirs, string ours)
        {
            if (published.TryGetValue(theirs, out var tensor)) renamed[ours] = tensor;
        }
    }

    // The last window may hang over the border, as in Caffe.
    private static Tensor Pool(Tensor input) => nn.functional.max_pool2d(input, 3, 2, ceil_mode: true);

    /// <summary>Few 1×1 filters, then many 1×1 and 3×3 ones side by side.</summary>
    private sealed class Fire : nn.Module<Tensor, Tensor>
    {
        private readonly FrozenConv2d squeeze1x1, expand1x1, expand3x3;

        public Fire(int inputs, int squeeze, int expand) : base("fire")
        {
            squeeze1x1 = new(inputs, squeeze, kernel: 1);
            expand1x1 = new(squeeze, expand, kernel: 1);
            expand3x3 = new(squeeze, expand, kernel: 3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var squeezed = squeeze1x1.forward(input).relu();
            return cat([expand1x1.forward(squeezed), expand3x3.forward(squeezed)], 1).relu();
        }
    }
}
