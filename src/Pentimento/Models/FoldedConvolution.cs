using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Consecutive convolutions as one. Each of them pads its input with zeros, so near the border one kernel does not do what they
/// do: there every row and column has a kernel of its own (<see cref="FoldedBorder"/>). Images that are nothing but border
/// go through the convolutions. All kernels are computed in float64.
/// </summary>
internal sealed class FoldedConvolution : IDisposable
{
    private readonly BlockedConvolution _whole;
    private readonly List<BlockedConvolution> _layers = [];
    private readonly FoldedBorder? _border;
    private readonly int _smallest;

    /// <summary>Folds convolutions.</summary>
    /// <param name="layers">In the order in which they run; one alone stays what it is.</param>
    /// <param name="type">In which it runs: float32 or bfloat16.</param>
    /// <param name="device">Where it runs.</param>
    public FoldedConvolution(IReadOnlyList<SameConvolution> layers, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var whole = layers.Aggregate((first, next) => first.Then(next));
        Description = $"Conv2d({whole.Inputs} → {whole.Outputs}, {whole.Side}×{whole.Side})";
        MultiplyAdds = whole.MultiplyAdds;
        _whole = new BlockedConvolution(whole, type, device);
        // The first convolution pads the image itself, as the folded one does; the others make the difference.
        var depth = whole.Reach - layers[0].Reach;
        if (depth == 0) return;
        _smallest = depth + whole.Reach;
        foreach (var layer in layers) _layers.Add(new BlockedConvolution(layer, type, device));
        _border = new FoldedBorder(layers, depth, type, device);
    }

    /// <summary>As of a layer: "Conv2d(3 → 3, 11×11)".</summary>
    public string Description { get; }

    /// <summary>Multiplications, each with an addition, per pixel; the border adds little.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Whether it runs plane by plane whatever the layout of the images.</summary>
    public bool IsBlocked => _whole.IsBlocked;

    /// <summary>(N, in, H, W) → (N, out, H, W), of any size; the caller's dispose scope owns it.</summary>
    public Tensor Run(Tensor images)
    {
        if (images.shape[2] < _smallest || images.shape[3] < _smallest)
            return _layers.Aggregate(images, (x, layer) => layer.Run(x));
        var output = _whole.Run(images);
        _border?.Overwrite(output, images);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _whole.Dispose();
        foreach (var layer in _layers) layer.Dispose();
        _border?.Dispose();
    }
}
