using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Finds the layers of a network that follow one another and nothing else: what one gives goes to the next alone.
/// </summary>
internal static class LayerChains
{
    /// <summary>
    /// Runs the network on an image and looks where tensors go. That nothing but the next layer reads a tensor (an addition, say,
    /// which is no layer) is proven by running it again with tensors in their place that have no values
    /// (<see cref="ChainReplay"/>).
    /// </summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="image">(1, C, H, W).</param>
    /// <param name="convolutions">The layers that are convolutions; only these are chained.</param>
    /// <returns>
    /// Each of these layers in one chain, unless it runs more than once or not at all, or not on what the convolution takes.
    /// </returns>
    public static IReadOnlyList<IReadOnlyList<Layer>> Of(
        Network network, Tensor image, IReadOnlyDictionary<Layer, SameConvolution> convolutions)
    {
        var calls = Calls(network, image);
        var layers = (
            from call in calls
            where convolutions.TryGetValue(call.Layer, out var convolution) && call.Is(convolution)
                && calls.Count(other => other.Layer == call.Layer) == 1
            select call.Layer).ToArray();
        var next = new Dictionary<Layer, Layer>();
        foreach (var layer in layers)
        {
            var output = calls.Single(call => call.Layer == layer).Output;
            var readers = calls.Where(call => ReferenceEquals(call.Input, output)).Select(call => call.Layer).ToArray();
            if (readers is [var reader] && layers.Contains(reader)) next[layer] = reader;
        }
        if (!Proven(network, image, next, convolutions))
            next = next
                .Where(link => Proven(network, image, new() { [link.Key] = link.Value }, convolutions)).ToDictionary();
        return [.. layers.Except(next.Values).Select(first => Chain(first, next))];
    }

    private static List<Layer> Chain(Layer first, Dictionary<Layer, Layer> next)
    {
        List<Layer> chain = [first];
        while (next.TryGetValue(chain[^1], out var following)) chain.Add(following);
        return chain;
    }

    /// <summary>A call of a layer. The network may have disposed the tensors; what counts is which they are.</summary>
    private sealed record Call(Layer Layer, Tensor Input, long[] InputShape, Tensor Output, long[] OutputShape)
    {
        public bool Is(SameConvolution convolution) => InputShape is [var count, var channels, var height, var width]
            && channels == convolution.Inputs && OutputShape.SequenceEqual([count, convolution.Outputs, height, width]);
    }

    private static List<Call> Calls(Network network, Tensor image)
    {
        var calls = new List<Call>();
        Tensor Record(Layer layer, Tensor input)
        {
            var output = layer.Evaluate(input);
            calls.Add(new Call(layer, input, input.shape, output, output.shape));
            return output;
        }
        Layer.StandIn(Record, () => network.forward(image));
        return calls;
    }

    private static bool Proven(
        Network network, Tensor image, Dictionary<Layer, Layer> next, IReadOnlyDictionary<Layer, SameConvolution> convolutions)
    {
        using var scope = NewDisposeScope();
        var steps = next.Keys.Union(next.Values).ToDictionary(layer => layer, layer => new ChainStep(
            layer.Evaluate, convolutions[layer].Outputs, next.ContainsValue(layer), next.GetValueOrDefault(layer)));
        return new ChainReplay(steps).Run(() => network.forward(image)) is not null;
    }
}
