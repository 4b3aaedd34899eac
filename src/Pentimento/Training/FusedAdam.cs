using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// Adam (Kingma and Ba, 2015; arXiv:1412.6980) and, with weight decay, AdamW (arXiv:1711.05101), with β 0.9 and 0.999 and ε 1e-8.
/// On a CPU one pass over the arrays updates the moments, the weights and their moving average and clears the gradients;
/// every value is its own sum, so the result does not depend on the number of threads.
/// </summary>
internal sealed class FusedAdam : IOptimizer
{
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;
    private const int Block = 1 << 19; // smaller ones are done before another thread has woken up
    private readonly ParameterBuffer _parameters;
    private readonly float _weightDecay;
    private readonly double? _emaDecay;
    private readonly (int Start, int Length)[] _ranges, _blocks;

    /// <summary>An optimizer at step 0.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="weightDecay">Decoupled weight decay, or 0.</param>
    /// <param name="emaDecay">Decay of the moving average of the weights per step, or null for none.</param>
    /// <param name="parts">The parameters that are its own to update, or null for all.</param>
    public FusedAdam(
        ParameterBuffer parameters, double weightDecay, double? emaDecay, IEnumerable<ParameterBuffer.Part>? parts = null)
    {
        (_parameters, _weightDecay, _emaDecay) = (parameters, (float)weightDecay, emaDecay);
        _ranges = [.. parts?.Select(part => (part.Start, part.Length)) ?? [(0, (int)parameters.Values.numel())]];
        _blocks = [.. from range in _ranges
                      from start in Blocks(range.Start, range.Length)
                      select (start, Math.Min(Block, range.Start + range.Length - start))];
        using var noGradient = no_grad();
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        if (emaDecay is not null) Average = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor FirstMoment { get; }

    /// <inheritdoc/>
    public Tensor SecondMoment { get; }

    /// <inheritdoc/>
    public Tensor? Average { get; }

    /// <inheritdoc/>
    public void Step(long step, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var emaDecay = _emaDecay is { } decay ? EmaDecayAt(decay, step) : 0;
        var update = new Update(
            1 - (float)learningRate * _weightDecay, (float)(learningRate / (1 - Math.Pow(Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))), emaDecay);
        if (_parameters.Values.device_type == TorchSharp.DeviceType.CPU) StepOnCpu(update);
        else StepOnDevice(update);
    }

    /// <summary>
    /// The decay of the moving average in a step: as many steps as there have been count, so that it does not remember the
    /// random start.
    /// </summary>
    internal static float EmaDecayAt(double decay, long step) => (float)Math.Min(decay, step / (step + 10.0));

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        Average?.Dispose();
    }

    /// <summary>The numbers of one step: value = value · Shrink − Rate · m / (√v · RootScale + ε).</summary>
    private readonly record struct Update(float Shrink, float Rate, float RootScale, float EmaDecay);

    private void StepOnDevice(Update u)
    {
        foreach (var (start, length) in _ranges)
        {
            var (values, gradients) = (_parameters.Values.narrow(0, start, length), _parameters.Gradients.narrow(0, start, length));
            var (first, second) = (FirstMoment.narrow(0, start, length), SecondMoment.narrow(0, start, length));
            first.mul_(Beta1).add_(gradients, alpha: 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradients, gradients, 1 - Beta2);
            values.mul_(u.Shrink).addcdiv_(first, second.sqrt().mul_(u.RootScale).add_(Epsilon), -u.Rate);
            Average?.narrow(0, start, length).mul_(u.EmaDecay).add_(values, alpha: 1 - u.EmaDecay);
            gradients.zero_();
        }
    }

    private void StepOnCpu(Update u)
    {
        if (_blocks.Length == 1) UpdateBlock(u, _blocks[0].Start, _blocks[0].Length);
        else Parallel.For(0, _blocks.Length, block => UpdateBlock(u, _blocks[block].Start, _blocks[block].Length));
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
            var g = new Vector<float>(gradients[i..]);
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
            var g = gradients[i];
            var m = first[i] = first[i] * Beta1 + g * (1 - Beta1);
            var v = second[i] = second[i] * Beta2 + g * g * (1 - Beta2);
            values[i] = values[i] * u.Shrink - m * u.Rate / (MathF.Sqrt(v) * u.RootScale + Epsilon);
            if (average.Length > 0) average[i] = average[i] * u.EmaDecay + values[i] * (1 - u.EmaDecay);
        }
        gradients.Clear();
    }

    private static IEnumerable<int> Blocks(int start, int length)
    {
        for (var block = start; block < start + length; block += Block) yield return block;
    }

    private static Span<float> Floats(Tensor tensor, int start, int length) =>
        MemoryMarshal.Cast<byte, float>(tensor.bytes).Slice(start, length);
}
