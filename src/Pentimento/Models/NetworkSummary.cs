using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>One row of a <see cref="NetworkSummary"/>.</summary>
/// <param name="Layer">The layer with its sizes.</param>
/// <param name="Output">The shape of its output for one image, as in "16×256×256".</param>
/// <param name="Parameters">Its trainable values.</param>
/// <param name="MultiplyAdds">Its multiplications, each with an addition, per image.</param>
public sealed record LayerSummary(string Layer, string Output, long Parameters, long MultiplyAdds);

/// <summary>What a network is made of: its layers in the order in which they run.</summary>
public sealed class NetworkSummary
{
    private NetworkSummary(IReadOnlyList<LayerSummary> layers) => Layers = layers;

    /// <summary>The layers, in the order in which they run.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>All trainable values.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiplications, each with an addition, per image.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>Runs the network once on an empty image, in evaluation mode, and lists what ran.</summary>
    public static NetworkSummary Of(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var training = network.training;
        network.eval();
        try
        {
            var device = network.parameters().First().device;
            var image = zeros([1, network.Input.Channels, network.Input.Height, network.Input.Width], device: device);
            var calls = NetworkTrace.Of(() => network.forward(image));
            return new NetworkSummary([
                .. from call in calls
                   where call.Computation is Layer
                   let layer = (Layer)call.Computation
                   select new LayerSummary(
                       layer.Description,
                       string.Join('×', call.OutputShape.Skip(1)),
                       layer.parameters().Sum(p => p.numel()),
                       call.MultiplyAdds)]);
        }
        finally
        {
            network.train(training);
        }
    }
}
