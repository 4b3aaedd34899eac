using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

/// <summary>A network of given layers, through which images flow as a delegate says.</summary>
internal sealed class FlowNetwork : Network
{
    private readonly TorchSharp.Modules.ModuleList<Layer> layers;
    private readonly Func<Layer[], Tensor, Tensor> _flow;

    public FlowNetwork(int channels, Layer[] layers, Func<Layer[], Tensor, Tensor> flow)
        : base(new ImageShape(channels, 16, 18), new ArchitectureOptions())
    {
        this.layers = new(layers);
        _flow = flow;
        RegisterComponents();
        Randomise(this, 7);
    }

    /// <summary>One layer after the other.</summary>
    public FlowNetwork(int channels, params Layer[] layers)
        : this(channels, layers, (all, x) => all.Aggregate(x, (y, layer) => layer.forward(y)))
    {
    }

    public override bool AnySize => true;

    public override int? Reach => null;

    public override Tensor forward(Tensor input) => _flow([.. layers], input);

    /// <summary>Weights, and statistics and biases as a trained network has them.</summary>
    public static void Randomise(Network network, int seed)
    {
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)seed);
        network.Initialise(seed);
        foreach (var norm in network.modules().OfType<BatchNorm2d>())
            foreach (var (name, values) in norm.state_dict())
                if (name is "weight") values.uniform_(0.5, 1.5, generator);
                else if (name is "running_var") values.uniform_(0.2, 2, generator);
                else if (name is "bias" or "running_mean") values.normal_(0, 0.2, generator);
        network.eval();
    }
}
