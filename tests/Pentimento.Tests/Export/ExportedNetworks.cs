using Pentimento.Export;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Export;

/// <summary>Networks as if trained, and as ONNX without anything around them.</summary>
internal static class ExportedNetworks
{
    public static Network Create(string name, ImageShape shape, params (string Name, int Value)[] options)
    {
        var network = Architectures.Create(name, shape, options.ToDictionary(o => o.Name, o => o.Value));
        return AsTrained(network);
    }

    /// <summary>Random weights, and biases, scales and statistics that training would have moved from 0 and 1.</summary>
    public static Network AsTrained(Network network)
    {
        network.Initialise(1);
        using (no_grad())
        using (var generator = new Generator(2))
            foreach (var (name, values) in network.state_dict())
                if (name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("running_mean", StringComparison.Ordinal))
                    values.uniform_(-0.3, 0.3, generator);
                else if ((name.Contains("norm", StringComparison.Ordinal) || name.Contains("scale", StringComparison.Ordinal))
                    && values.is_floating_point())
                    values.uniform_(0.5, 1.5, generator);
        network.eval();
        return network;
    }

    public static OnnxSession Export(Network network)
    {
        var graph = new OnnxGraph();
        List<string> given = [graph.Input("image", OnnxType.Float, "batch", $"{network.Input.Channels}", "height", "width")];
        if (network.TakesNoiseLevel) given.Add(network.NoiseLevels == 1 ? graph.Input("sigma", OnnxType.Float, "batch")
            : graph.Input("sigma", OnnxType.Float, "batch", "2"));
        var output = NetworkOperators.Write(graph, network, [.. given]);
        graph.Output(output, "output", OnnxType.Float, "batch", $"{network.Input.Channels}", "height", "width");
        return OnnxSession.Of(graph);
    }

    public static Tensor Images(int count, ImageShape shape, int seed = 5)
    {
        using var generator = new Generator((ulong)seed);
        return rand([count, shape.Channels, shape.Height, shape.Width], generator: generator);
    }
}
