using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// Adam (Kingma and Ba, 2015; arXiv:1412.6980) and, with weight decay, AdamW (arXiv:1711.05101), with β 0.9 and 0.999 and ε 1e-8.
/// On a CPU one pass over the arrays updates the moments, the weights and their moving average and clears the gradients;
/// every value is its own sum, so the result does not depend on the number of threads.
/// </summary>
internal sealed class FusedAdam : IDisposable
{
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;
    private const int Block = 1 << 19; // smaller ones are done before another thread has woken up
    private readonly ParameterBuffer _parameters;
    private readonly float _weightDecay;
    private readonly double? _emaDecay;

    /// <summary>An optimizer at step 0.</summary>
    public FusedAdam(ParameterBuffer parameters, double weightDecay, double? emaDecay)
    {
        (_parameters, _weightDecay, _emaDecay) = (parameters, (float)weightDecay, emaDecay);
        using var noGradient = no_grad();
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        if (emaDecay is not null) Average = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>(P), float32.</summary>
    public Tensor FirstMoment { get; }

    /// <summary>(P), float32.</summary>
    public Tensor SecondMoment { get; }

    /// <summary>(P), float32: the moving average of the weights, or null where none is kept.</summary>
    public Tensor? Average { get; }

    /// <summary>Updates the weights from the gradients, and sets these to zero.</summary>
    /// <param name="step">How many steps there have been with this one: 1 for the first.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    /// <param name="clip">The largest Euclidean norm of the gradients, or null.</param>
    public void Step(long step, double learningRate, double? clip)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradientScale = 1f;
        if (clip is { } largest)
        {
            var norm = _parameters.Gradients.norm().item<float>();
            if (norm > largest) gradientScale = (float)(largest / norm);
        }
        // As many steps as there have been count, so that the average does not remember the random start.
        var emaDecay = _emaDecay is { } decay ? (float)Math.Min(decay, step / (step + 10.0)) : 0;
        var update = new Update(
            gradientScale, 1 - (float)learningRate * _weightDecay, (float)(learningRate / (1 - Math.Pow(Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))), emaDecay);
        if (_parameters.Values.device_type == TorchSharp.DeviceType.CPU) StepOnCpu(update);
        else StepOnDevice(update);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        Average?.Dispose();
    }

    /// <summary>The numbers of one step: value = value · Shrink − Rate · m / (√v · RootScale + ε).</summary>
    private readonly record struct Update(float GradientScale, float Shrink, float Rate, float RootScale, float EmaDecay);

    private void StepOnDevice(Update u)
    {
        var (values, gradients) = (_parameters.Values, _parameters.Gradients);
        gradients.mul_(u.GradientScale);
        FirstMoment.mul_(Beta1).add_(gradients, alpha: 1 - Beta1);
        SecondMoment.mul_(Beta2).addcmul_(gradients, gradients, 1 - Beta2);
        values.mul_(u.Shrink).addcdiv_(FirstMoment, SecondMoment.sqrt().mul_(u.RootScale).add_(Epsilon), -u.Rate);
        Average?.mul_(u.EmaDecay).add_(values, alpha: 1 - u.EmaDecay);
        gradients.zero_();
    }

    private void StepOnCpu(Update u)
    {
        var length = (int)_parameters.Values.numel();
        var blocks = (length + Block - 1) / Block;
        if (blocks == 1) UpdateBlock(u, 0, length);
        else Parallel.For(0, blocks, block => UpdateBlock(u, block * Block, Math.Min(Block, length - block * Block)));
    }

    private void UpdateBlock(Update u, int start, int length)
    {
        var values = Floats(_parameters.Values, start, length);
        var gradients = Floats(_parameters.Gradients, start, length);
        var first = Floats(FirstMoment, start, length);
        var second = Floats(SecondMoment, start, length);
        var average = Average is null ? [] : Floats(Average, start, length);
        var width = Vector<float>.Count;
        var i = 0;
        for (; i <= length - width; i += width)
        {
            var g = new Vector<float>(gradients[i..]) * u.GradientScale;
            var m = new Vector<float>(first[i..]) * Beta1 + g * (1 - Beta1);
            var v = new Vector<float>(second[i..]) * Beta2 + g * g * (1 - Beta2);
            var value = new Vector<float>(values[i..]) * u.Shrink
                - m * u.Rate / (Vector.SquareRoot(v) * u.RootScale + new Vector<float>(Epsilon));
            m.CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            value.CopyTo(values[i..]);
            if (average.Length > 0)
                (new Vector<float>(average[i..]) * u.EmaDecay + value * (1 - u.EmaDecay)).CopyTo(average[i..]);
        }
        for (; i < length; i++)
        {
            var g = gradients[i] * u.GradientScale;
            var m = first[i] = first[i] * Beta1 + g * (1 - Beta1);
            var v = second[i] = second[i] * Beta2 + g * g * (1 - Beta2);
            values[i] = values[i] * u.Shrink - m * u.Rate / (MathF.Sqrt(v) * u.RootScale + Epsilon);
            if (average.Length > 0) average[i] = average[i] * u.EmaDecay + values[i] * (1 - u.EmaDecay);
        }
        gradients.Clear();
    }

    private static Span<float> Floats(Tensor tensor, int start, int length) =>
        MemoryMarshal.Cast<byte, float>(tensor.bytes).Slice(start, length);
}
