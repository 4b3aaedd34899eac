using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Export;

/// <summary>Networks as ONNX operators: how each layer and each operation between layers is written.</summary>
internal sealed class NetworkOperators
{
    private readonly OnnxGraph _graph;
    private readonly Dictionary<IntPtr, string> _names;

    private NetworkOperators(OnnxGraph graph, Network network) =>
        (_graph, _names) = (graph, network.state_dict().ToDictionary(entry => entry.Value.Handle, entry => entry.Key));

    /// <summary>Adds a network to a graph.</summary>
    /// <param name="graph">What it is written into.</param>
    /// <param name="network">Lives until the graph is written.</param>
    /// <param name="given">The image, (N, C, H, W), preprocessed, and its noise level, (N), where it is told.</param>
    /// <returns>The value that comes out: (N, C, H, W).</returns>
    /// <exception cref="NotSupportedException">It has a part that this does not know; the message names it.</exception>
    public static string Write(OnnxGraph graph, Network network, params string[] given)
    {
        var operators = new NetworkOperators(graph, network);
        var read = NetworkGraph.Of(network);
        List<string> values = [.. given];
        foreach (var node in read.Nodes)
            values.Add(operators.Write(node, [.. node.Inputs.Select(i => values[i])])
                ?? throw new NotSupportedException(
                    $"The network {network.Architecture} has {node.Computation.Description}, which cannot be exported to ONNX."));
        return values[read.Output];
    }

    private string? Write(GraphNode node, string[] x) => node.Computation switch
    {
        Conv2d conv => _graph.Add(
            "Conv", [.. x, Weights(conv.Weight), .. conv.Bias is { } bias ? new[] { Weights(bias) } : []],
            ("pads", Sides(conv.Padding)), ("strides", new[] { conv.Stride, conv.Stride }), ("group", conv.Groups)),
        ConvTranspose2d conv => _graph.Add( // runtimes are faster with it, and fold what follows into it
            "Conv", [.. x, Weights(conv.Weight, conv.AsConvolution), Weights(conv.Bias)], ("pads", Sides(conv.Padding))),
        Linear linear => _graph.Add("Gemm", [.. x, Weights(linear.Weight), Weights(linear.Bias)], ("transB", 1L)),
        BatchNorm2d norm => _graph.Add(
            "BatchNormalization",
            [.. x, Weights(norm.Weight), Weights(norm.Bias), Weights(norm.RunningMean), Weights(norm.RunningVariance)],
            ("epsilon", (float)BatchNorm2d.Epsilon)),
        PixelNorm norm => Normalise(norm, x),
        ChannelScale scale => _graph.Add("Mul", [.. x, Weights(scale.Weight)]),
        Relu => _graph.Add("Relu", x),
        Sigmoid => _graph.Add("Sigmoid", x),
        SimpleGate => _graph.Add("Mul", [Channels(x[0], 0, node.Channels), Channels(x[0], node.Channels, node.Channels)]),
        Add => _graph.Add("Add", x),
        Subtract => _graph.Add("Sub", x),
        Concat => _graph.Add("Concat", x, ("axis", 1L)),
        PixelShuffle shuffle => _graph.Add("DepthToSpace", x, ("blocksize", (long)shuffle.Factor), ("mode", "CRD")),
        PixelUnshuffle unshuffle => Unshuffle(unshuffle.Factor, node.Channels, x),
        Flatten => _graph.Add("Flatten", x),
        Unflatten { Shape: var (c, h, w) } => _graph.Add("Reshape", [.. x, _graph.Numbers(-1, c, h, w)]),
        ExtendToMultiple extend => Extend(extend, Extend(extend, x[0], 2), 3),
        CutTo => _graph.Add("Slice", [x[0], _graph.Numbers(0, 0), Size(x[1]), _graph.Numbers(2, 3)]),
        Planes { Count: var count } => Spread(x[0], x[1], count),
        _ => null,
    };

    private string Normalise(PixelNorm norm, string[] x)
    {
        var pixels = _graph.Add("Transpose", x, ("perm", new[] { 0L, 2L, 3L, 1L })); // (N, H, W, C)
        var normal = _graph.Add(
            "LayerNormalization", [pixels, Weights(norm.Weight), Weights(norm.Bias)], ("epsilon", (float)PixelNorm.Epsilon));
        return _graph.Add("Transpose", [normal], ("perm", new[] { 0L, 3L, 1L, 2L }));
    }

    private string Channels(string x, long first, long count) =>
        _graph.Add("Slice", [x, _graph.Numbers(first), _graph.Numbers(first + count), _graph.Numbers(1)]);

    /// <summary>SpaceToDepth puts the channels of one pixel side by side, PyTorch those of one plane.</summary>
    private string Unshuffle(int factor, long channels, string[] x)
    {
        var blocks = _graph.Add("SpaceToDepth", x, ("blocksize", (long)factor));
        long pixels = factor * factor, planes = channels / pixels;
        long[] order = [.. from plane in Range(planes) from pixel in Range(pixels) select pixel * planes + plane];
        return _graph.Add("Gather", [blocks, _graph.Numbers(order)], ("axis", 1L));
    }

    /// <summary>Takes rows or columns by their places. (Pad cannot mirror an image that is smaller than what is missing.)</summary>
    private string Extend(ExtendToMultiple extend, string x, long dimension)
    {
        var one = _graph.Numbers(1);
        var length = _graph.Add("Shape", [x], ("start", dimension), ("end", dimension + 1));
        var last = _graph.Add("Sub", [length, one]);
        var missing = _graph.Add("Mod", [_graph.Add("Neg", [length]), _graph.Numbers(extend.Multiple)]);
        var all = _graph.Add("Add", [length, missing]);
        var places = _graph.Add("Range", [Scalar(_graph.Numbers(0)), Scalar(all), Scalar(one)]);
        if (extend.Mirrored)
        {
            var period = _graph.Add("Max", [_graph.Add("Add", [last, last]), one]);
            places = _graph.Add("Mod", [places, period]);
            places = _graph.Add("Min", [places, _graph.Add("Sub", [period, places])]);
        }
        else
        {
            places = _graph.Add("Min", [places, last]);
        }
        return _graph.Add("Gather", [x, places], ("axis", dimension));

        string Scalar(string number) => _graph.Add("Squeeze", [number]);
    }

    private string Spread(string numbers, string like, int planes)
    {
        var count = _graph.Add("Shape", [like], ("end", 1L));
        var shape = _graph.Add("Concat", [count, _graph.Numbers(planes), Size(like)], ("axis", 0L)); // (N, K, H, W)
        return _graph.Add("Expand", [_graph.Add("Reshape", [numbers, _graph.Numbers(-1, planes, 1, 1)]), shape]);
    }

    /// <summary>(H, W).</summary>
    private string Size(string images) => _graph.Add("Shape", [images], ("start", 2L), ("end", 4L));

    /// <summary>A constant under a weight's own name: the weight, or what it is turned into.</summary>
    private string Weights(Tensor weight, Func<Tensor>? turned = null) =>
        _graph.Weights(_names[weight.Handle], turned ?? (() => weight));

    private static long[] Sides(long padding) => [padding, padding, padding, padding];

    private static IEnumerable<long> Range(long count)
    {
        for (var i = 0L; i < count; i++) yield return i;
    }
}
