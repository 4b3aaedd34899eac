using System.Numerics;
using System.Runtime.InteropServices;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// Loss and gradient of fully connected layers with ReLUs between them and a sigmoid at the end, under the mean squared error:
/// the chain rule by hand. The layers are so small that recording a graph, and each small operation on it, costs as much as the
/// matrix products; here those write straight into the gradients, and the loss and its gradient are one pass.
/// </summary>
internal sealed class DenseGradient : IDisposable
{
    private readonly Step[] _steps;
    private readonly ScalarType _type;
    private readonly float _weight;

    private DenseGradient(IEnumerable<Linear> layers, ScalarType type, float weight)
    {
        using var noGradient = no_grad();
        (_type, _weight) = (type, weight);
        _steps = [.. layers.Select(layer => new Step(layer, type))];
    }

    /// <summary>
    /// What gives the network's gradients, or null where it is not such a network, not on a CPU, or the loss another.
    /// </summary>
    /// <param name="network">Its parameters have gradients (<see cref="ParameterBuffer"/>).</param>
    /// <param name="precision">What the products compute in.</param>
    /// <param name="loss">The loss.</param>
    public static DenseGradient? For(Network network, Precision precision, LossWeights loss)
    {
        if (network.Layers is not { } layers || !loss.IsMse || layers.Count % 2 != 0) return null;
        var linear = layers.Where((_, i) => i % 2 == 0).OfType<Linear>().ToArray();
        var alternate = linear.Length == layers.Count / 2 && layers[^1] is Sigmoid
            && layers.SkipLast(1).Where((_, i) => i % 2 == 1).All(layer => layer is Relu);
        return alternate && linear[0].Weight.device_type == TorchSharp.DeviceType.CPU
            ? new(linear, precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32, (float)loss.Mse)
            : null;
    }

    /// <summary>Overwrites the gradients of the network's parameters.</summary>
    /// <param name="input">(N, C, H, W), float32.</param>
    /// <param name="target">Of the same shape.</param>
    /// <returns>The loss, a scalar, float32; the caller's dispose scope owns it.</returns>
    public Tensor Compute(Tensor input, Tensor target)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var inputs = new Tensor[_steps.Length]; // of each layer: (N, values)
        var x = input.flatten(1).to(_type);
        for (var i = 0; i < _steps.Length; i++)
        {
            inputs[i] = x;
            x = _steps[i].Forward(x);
            if (i < _steps.Length - 1) x = x.relu_();
        }
        var output = x.to(ScalarType.Float32).sigmoid_();
        var loss = _weight * OfOutput(output, target.contiguous(), _weight, _steps[^1].BiasGradient);
        var gradient = output.to(_type); // of the loss by what the layer gave, before its activation
        for (var i = _steps.Length - 1; i >= 0; i--)
        {
            _steps[i].Backward(inputs[i], gradient, hasBiasGradient: i == _steps.Length - 1);
            if (i > 0) gradient = gradient.mm(_steps[i].Weight).mul_(inputs[i].sign()); // a ReLU gives 0 or more
        }
        return tensor(loss).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in _steps) step.Dispose();
    }

    /// <summary>
    /// Replaces the outputs y = σ(z) by the gradient of <paramref name="weight"/> · mean (y − t)² by z, and sums it over the
    /// images for the bias.
    /// </summary>
    /// <returns>mean (y − t)².</returns>
    private static float OfOutput(Tensor output, Tensor target, float weight, Tensor biasGradient)
    {
        var values = Floats(output);
        var wanted = Floats(target);
        var sums = Floats(biasGradient);
        sums.Clear();
        var scale = 2 * weight / values.Length;
        var squares = 0.0;
        for (var row = 0; row < values.Length; row += sums.Length)
            squares += OfImage(values.Slice(row, sums.Length), wanted.Slice(row, sums.Length), scale, sums);
        return (float)(squares / values.Length);
    }

    private static float OfImage(Span<float> values, ReadOnlySpan<float> wanted, float scale, Span<float> sums)
    {
        var width = Vector<float>.Count;
        var squares = Vector<float>.Zero;
        var i = 0;
        for (; i <= values.Length - width; i += width)
        {
            var y = new Vector<float>(values[i..]);
            var difference = y - new Vector<float>(wanted[i..]);
            var gradient = difference * (y * (Vector<float>.One - y) * scale);
            squares += difference * difference;
            gradient.CopyTo(values[i..]);
            (new Vector<float>(sums[i..]) + gradient).CopyTo(sums[i..]);
        }
        var sum = Vector.Sum(squares);
        for (; i < values.Length; i++)
        {
            var (y, difference) = (values[i], values[i] - wanted[i]);
            sum += difference * difference;
            sums[i] += values[i] = difference * (y * (1 - y) * scale);
        }
        return sum;
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>
    /// One layer's weights and gradients: the network's own in float32, otherwise copies in the other type, cast to and from.
    /// </summary>
    private sealed class Step : IDisposable
    {
        private readonly Linear _layer;
        private readonly bool _cast;
        private readonly Tensor _ownWeightGradient, _weightGradient, _bias;

        public Step(Linear layer, ScalarType type)
        {
            (_layer, _cast) = (layer, type != ScalarType.Float32);
            _ownWeightGradient = layer.Weight.grad!.DetachFromDisposeScope();
            BiasGradient = layer.Bias.grad!.DetachFromDisposeScope();
            Weight = _cast ? layer.Weight.to(type).DetachFromDisposeScope() : layer.Weight;
            _bias = _cast ? layer.Bias.to(type).DetachFromDisposeScope() : layer.Bias;
            _weightGradient = _cast ? zeros_like(Weight).DetachFromDisposeScope() : _ownWeightGradient;
        }

        /// <summary>(out, in), in the type of the products.</summary>
        public Tensor Weight { get; }

        /// <summary>(out), float32.</summary>
        public Tensor BiasGradient { get; }

        public Tensor Forward(Tensor input)
        {
            if (_cast)
            {
                Weight.copy_(_layer.Weight);
                _bias.copy_(_layer.Bias);
            }
            return addmm(_bias, input, Weight.t(), 1, 1);
        }

        public void Backward(Tensor input, Tensor gradient, bool hasBiasGradient)
        {
            _weightGradient.addmm_(gradient.t(), input, 0, 1);
            if (_cast) _ownWeightGradient.copy_(_weightGradient);
            if (!hasBiasGradient) BiasGradient.copy_(gradient.sum([0L]));
        }

        public void Dispose()
        {
            _ownWeightGradient.Dispose();
            BiasGradient.Dispose();
            if (!_cast) return;
            Weight.Dispose();
            _bias.Dispose();
            _weightGradient.Dispose();
        }
    }
}
