using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// All trainable values of a network side by side in one tensor, and their gradients in another. The network's own parameters
/// become views of it, so that an optimizer works on one array, whatever the number of layers.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly Tensor[] _gradientViews;
    private readonly Part[] _parts;

    /// <summary>Moves the network's parameters into one buffer.</summary>
    /// <param name="network">Its parameters are float32, on one device.</param>
    /// <param name="channelsLast">Whether convolution weights are laid out with their channels last.</param>
    public ParameterBuffer(Network network, bool channelsLast)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var parameters = network.parameters().ToArray();
        var device = parameters[0].device;
        Values = empty([network.ParameterCount], ScalarType.Float32, device).DetachFromDisposeScope();
        Gradients = zeros([network.ParameterCount], ScalarType.Float32, device).DetachFromDisposeScope();
        _gradientViews = new Tensor[parameters.Length];
        _parts = new Part[parameters.Length];
        long offset = 0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i];
            var view = View(Values, offset, parameter.shape, channelsLast);
            view.copy_(parameter);
            parameter.set_(view);
            parameter.grad = _gradientViews[i] = View(Gradients, offset, parameter.shape, channelsLast).DetachFromDisposeScope();
            _parts[i] = new((int)offset, parameter.shape);
            offset += parameter.numel();
        }
    }

    /// <summary>(P), float32.</summary>
    public Tensor Values { get; }

    /// <summary>(P), float32; backward passes add to it.</summary>
    public Tensor Gradients { get; }

    /// <summary>Where each parameter lies, in order and without gaps.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Shortens the gradients, as one vector, to a Euclidean norm of at most so much.</summary>
    public void ClipGradients(double largest)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var scale = Gradients.norm().reciprocal().mul(largest).clamp_max(1);
        // A GPU multiplies sooner than it answers: to ask it is to wait for all that it has still to do.
        if (Gradients.device_type == DeviceType.CPU && scale.item<float>() == 1) return;
        Gradients.mul_(scale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var view in _gradientViews) view.Dispose();
        Gradients.Dispose();
        Values.Dispose();
    }

    private static Tensor View(Tensor flat, long offset, long[] shape, bool channelsLast)
    {
        var part = flat.narrow(0, offset, shape.Aggregate(1L, (product, n) => product * n));
        return channelsLast && shape.Length == 4
            ? part.view(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2)
            : part.view(shape);
    }

    /// <summary>One parameter in the buffer.</summary>
    /// <param name="Start">Its first value.</param>
    /// <param name="Shape">Its shape; the first dimension is the slowest in memory, whatever the layout.</param>
    public readonly record struct Part(int Start, long[] Shape)
    {
        /// <summary>How many values it has.</summary>
        public int Length => (int)Shape.Aggregate(1L, (product, n) => product * n);
    }
}
