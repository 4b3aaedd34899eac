using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// What consecutive convolutions do along the border of an image, as deep as their padding is felt. What a pixel takes of the
/// input is linear in the input, wherever the pixel lies. Along an edge it is the same for all pixels of a row, so each row is a
/// convolution with a kernel of its own; each corner is a matrix. That is as cheap as the convolution in the middle.
/// </summary>
internal sealed class FoldedBorder : IDisposable
{
    private readonly int _depth, _reach, _window;
    private readonly Tensor[] _edgeWeights = new Tensor[4], _edgeBiases = new Tensor[4]; // (out·depth, in, window, 2·reach + 1)
    private readonly Tensor _cornerWeights, _cornerBiases; // (4, in·window², out·depth²), (4, 1, out·depth²)

    /// <summary>Computes the kernels.</summary>
    /// <param name="layers">In the order in which they run.</param>
    /// <param name="depth">How many rows and columns along the border differ from the middle.</param>
    /// <param name="type">In which it runs.</param>
    /// <param name="device">Where it runs.</param>
    public FoldedBorder(IReadOnlyList<SameConvolution> layers, int depth, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        (_depth, _reach) = (depth, layers.Sum(layer => layer.Reach));
        _window = depth + _reach;
        var first = new Place(depth, _window, 0, 0);
        var middle = new Place(1, 2 * _reach + 1, _reach, depth);
        var last = new Place(depth, _window, _reach, depth + 1);

        Tensor Keep(Tensor values) => values.to(type).to(device).DetachFromDisposeScope();
        SameConvolution[] turned = [.. layers.Select(layer => layer.Transposed())]; // in which the left edge is the upper one
        var (upright, sideways) = (BlackImage(layers), BlackImage(turned));
        for (var edge = 0; edge < 4; edge++)
        {
            var (along, constant) = edge < 2 ? (layers, upright) : (turned, sideways);
            var rows = edge % 2 == 0 ? first : last;
            _edgeWeights[edge] = Keep(Kernels(along, rows, middle));
            _edgeBiases[edge] = Keep(Constants(constant, rows, middle));
        }
        (Place, Place)[] corners = [(first, first), (first, last), (last, first), (last, last)];
        _cornerWeights = Keep(stack([.. corners.Select(c => Kernels(layers, c.Item1, c.Item2).flatten(1).t())]));
        _cornerBiases = Keep(stack([.. corners.Select(c => Constants(upright, c.Item1, c.Item2).unsqueeze(0))]));
    }

    /// <summary>Puts the right values along the border.</summary>
    /// <param name="output">(N, out, H, W), right in the middle.</param>
    /// <param name="images">(N, in, H, W); neither side is below depth + reach.</param>
    public void Overwrite(Tensor output, Tensor images)
    {
        for (var edge = 0; edge < 4; edge++)
        {
            var (from, to) = edge < 2 ? (images, output) : (images.transpose(2, 3), output.transpose(2, 3));
            var atEnd = edge % 2 == 1;
            var rows = CheckedConvolution.Of(
                Part(from, 2, atEnd, _window).contiguous(), _edgeWeights[edge], _edgeBiases[edge], padding: (0, _reach));
            Part(to, 2, atEnd, _depth).copy_(rows.reshape(to.shape[0], to.shape[1], _depth, to.shape[3]));
        }
        long count = images.shape[0], outputs = output.shape[1];
        var windows = stack([.. Corners(images, _window)]).reshape(4, count, -1);
        var values = (windows.matmul(_cornerWeights) + _cornerBiases).view(4, count, outputs, _depth, _depth).unbind();
        var place = 0;
        foreach (var corner in Corners(output, _depth)) corner.copy_(values[place++]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _edgeWeights.Concat(_edgeBiases)) tensor.Dispose();
        _cornerWeights.Dispose();
        _cornerBiases.Dispose();
    }

    private static Tensor Part(Tensor images, int dimension, bool atEnd, int count) =>
        images.narrow(dimension, atEnd ? images.shape[dimension] - count : 0, count);

    private static IEnumerable<Tensor> Corners(Tensor images, int count) =>
        from rows in new[] { false, true }
        from columns in new[] { false, true }
        select Part(Part(images, 2, rows, count), 3, columns, count);

    /// <summary>What each pixel of a place takes of the input: (out·rows·columns, in, window, window).</summary>
    private static Tensor Kernels(IReadOnlyList<SameConvolution> layers, Place rows, Place columns)
    {
        var outputs = layers[^1].Outputs;
        var pixels = zeros([outputs, rows.Count, columns.Count, outputs, rows.Window, columns.Window], ScalarType.Float64);
        var itself = eye(outputs, dtype: ScalarType.Float64);
        for (var row = 0; row < rows.Count; row++)
            for (var column = 0; column < columns.Count; column++)
                pixels.select(1, row).select(1, column).select(2, rows.InWindow + row).select(2, columns.InWindow + column)
                    .copy_(itself);
        return layers.Reverse().Aggregate(
            pixels.view(-1, outputs, rows.Window, columns.Window), (taken, layer) => layer.Adjoint(taken));
    }

    /// <summary>The answer to a black image just large enough to have a middle: what the biases come to at each place.</summary>
    private Tensor BlackImage(IReadOnlyList<SameConvolution> layers) => layers.Aggregate(
        zeros([1, layers[0].Inputs, 2 * _depth + 1, 2 * _depth + 1], ScalarType.Float64), (x, layer) => layer.Apply(x));

    private static Tensor Constants(Tensor blackImage, Place rows, Place columns) =>
        blackImage.narrow(2, rows.InBlackImage, rows.Count).narrow(3, columns.InBlackImage, columns.Count).flatten();

    /// <summary>Where pixels lie in one direction: first, last, or anywhere between.</summary>
    /// <param name="Count">How many of them have kernels of their own.</param>
    /// <param name="Window">How many inputs they take between them.</param>
    /// <param name="InWindow">The place of the first of them among these inputs.</param>
    /// <param name="InBlackImage">Its place in <see cref="BlackImage"/>.</param>
    private sealed record Place(int Count, int Window, int InWindow, int InBlackImage);
}
