using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>One computation of a <see cref="NetworkGraph"/>.</summary>
/// <param name="Computation">A layer, which belongs to the network, or an operation.</param>
/// <param name="Inputs">The values that go in: first those that the network is given, then the outputs of the nodes.</param>
/// <param name="Channels">The second size of what comes out: channels, or values.</param>
internal sealed record GraphNode(IComputation Computation, IReadOnlyList<int> Inputs, long Channels);

/// <summary>
/// What a network computes from what, in evaluation mode: read off one run of its <c>forward</c>, by which tensors went where.
/// </summary>
internal sealed class NetworkGraph
{
    private const double Tolerance = 1e-4;

    private NetworkGraph(int inputs, IReadOnlyList<GraphNode> nodes, int output) =>
        (Inputs, Nodes, Output) = (inputs, nodes, output);

    /// <summary>How many values the network is given: 1, the image, or 2, with its noise level.</summary>
    public int Inputs { get; }

    /// <summary>The computations, in an order in which they can run.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>The value that the network gives back.</summary>
    public int Output { get; }

    /// <summary>Runs the network on a random image, notes the data flow, and tries the graph on images of another size.</summary>
    /// <param name="network">On any device; left in the mode that it is in.</param>
    /// <exception cref="NotSupportedException">
    /// The network does something that is neither a <see cref="Layer"/> nor one of <see cref="Operations"/>.
    /// </exception>
    public static NetworkGraph Of(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var training = network.training;
        network.eval();
        try
        {
            var graph = Read(network);
            graph.Try(network);
            return graph;
        }
        finally
        {
            network.train(training);
        }
    }

    /// <summary>Runs the computations.</summary>
    /// <param name="given">
    /// The image, (N, C, H, W), float32, and where there are two, the noise levels, (N) or (N, 2); not disposed.
    /// </param>
    /// <returns>(N, C, H, W), what the network gives; the caller's dispose scope owns it.</returns>
    public Tensor Run(params Tensor[] given)
    {
        using var scope = NewDisposeScope();
        List<Tensor> values = [.. given];
        foreach (var node in Nodes) values.Add(node.Computation.Run([.. node.Inputs.Select(i => values[i])]));
        return values[Output].MoveToOuterDisposeScope();
    }

    private static NetworkGraph Read(Network network)
    {
        var given = Random(network, 1, network.Input.Height, network.Input.Width);
        Tensor? output = null;
        var calls = NetworkTrace.Of(() => output = Forward(network, given));
        var values = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        foreach (var value in given) values.Add(value, values.Count);
        var nodes = new List<GraphNode>();
        foreach (var call in calls)
        {
            var inputs = new List<int>();
            foreach (var input in call.Inputs)
                inputs.Add(values.TryGetValue(input, out var value) ? value
                    : throw Unknown(network, $"an input of {call.Computation.Description}", nodes));
            values[call.Output] = given.Length + nodes.Count;
            nodes.Add(new GraphNode(call.Computation, inputs, call.OutputShape[1]));
        }
        return values.TryGetValue(output!, out var result) ? new NetworkGraph(given.Length, nodes, result)
            : throw Unknown(network, "what it gives back", nodes);
    }

    /// <summary>Finds what data flow does not show: numbers, sizes and choices that depend on the image.</summary>
    private void Try(Network network)
    {
        var (_, height, width) = network.Input;
        var given = network.AnySize ? Random(network, 2, height + 5, width + 11) : Random(network, 2, height, width);
        Tensor expected = Forward(network, given), found = Run(given);
        if (!found.shape.SequenceEqual(expected.shape) || !found.allclose(expected, Tolerance, Tolerance, equal_nan: true))
            throw new NotSupportedException(
                $"The network {network.Architecture} cannot be read as a graph: what it does depends on the image or its size.");
    }

    private static Tensor Forward(Network network, Tensor[] given) =>
        given.Length == 2 ? network.forward(given[0], given[1]) : network.forward(given[0]);

    private static Tensor[] Random(Network network, int count, int height, int width)
    {
        using var generator = new Generator(1);
        var device = network.parameters().First().device;
        var images = rand([count, network.Input.Channels, height, width], generator: generator).to(device);
        if (!network.TakesNoiseLevel) return [images];
        long[] levels = network.NoiseLevels == 1 ? [count] : [count, network.NoiseLevels];
        return [images, rand(levels, generator: generator).to(device)];
    }

    private static NotSupportedException Unknown(Network network, string what, List<GraphNode> before) => new(
        $"The network {network.Architecture} cannot be read as a graph: {what} (after " +
        $"{before.LastOrDefault()?.Computation.Description ?? "nothing"}) is made by something that is neither a layer nor one " +
        $"of {nameof(Operations)}.");
}
