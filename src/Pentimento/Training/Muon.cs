using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// Muon (Jordan et al., 2024; kellerjordan.github.io/posts/muon): the momentum of each weight matrix is made nearly orthogonal
/// before it is taken as the update, so that every direction moves as far, the rare ones too. A convolution's weights are a
/// matrix with a row for each channel that it gives. Vectors and depthwise convolutions are <see cref="FusedAdam"/>'s.
/// Updates are scaled to the size of Adam's (Liu et al., 2025; arXiv:2502.16982), so one learning rate does for both.
/// </summary>
internal sealed class Muon : IOptimizer
{
    private const float Momentum = 0.95f;
    private const double SizeOfAdams = 0.2; // root mean square of an update, in learning rates
    private readonly FusedAdam _adam;
    private readonly Tensor _gradients; // the buffer's
    private readonly Matrix[] _matrices;
    private readonly double? _emaDecay;

    /// <summary>An optimizer at step 0.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="emaDecay">Decay of the moving average of the weights per step, or null for none.</param>
    public Muon(ParameterBuffer parameters, double? emaDecay)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_gradients, _emaDecay) = (parameters.Gradients, emaDecay);
        var matrices = parameters.Parts.ToLookup(part => part.Shape.Length > 1 && part.Shape[0] > 1 && part.Shape[1] > 1);
        _adam = new FusedAdam(parameters, 0, emaDecay, matrices[false]);
        _matrices = [.. matrices[true].Select(part => new Matrix(
            View(parameters.Values, part), View(parameters.Gradients, part), View(_adam.FirstMoment, part),
            _adam.Average is { } average ? View(average, part) : null))];

        static Tensor View(Tensor flat, ParameterBuffer.Part part) =>
            flat.narrow(0, part.Start, part.Length).view(part.Shape[0], -1).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor FirstMoment => _adam.FirstMoment;

    /// <inheritdoc/>
    public Tensor SecondMoment => _adam.SecondMoment;

    /// <inheritdoc/>
    public Tensor? Average => _adam.Average;

    /// <inheritdoc/>
    public void Step(long step, double learningRate, double? clip)
    {
        using var noGradient = no_grad();
        if (clip is { } largest && FusedAdam.ScaleTo(largest, _gradients) is var scale and < 1) _gradients.mul_(scale);
        _adam.Step(step, learningRate, null);
        var remember = _emaDecay is { } decay ? FusedAdam.EmaDecayAt(decay, step) : 0;
        foreach (var matrix in _matrices)
        {
            using var scope = NewDisposeScope();
            matrix.Momentum.mul_(Momentum).add_(matrix.Gradients);
            var update = Orthogonalize(matrix.Gradients.add(matrix.Momentum, alpha: Momentum)); // Nesterov's
            var size = SizeOfAdams * Math.Sqrt(Math.Max(update.shape[0], update.shape[1]));
            matrix.Values.add_(update.to(ScalarType.Float32), alpha: -learningRate * size);
            matrix.Average?.mul_(remember).add_(matrix.Values, alpha: 1 - remember);
            matrix.Gradients.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var matrix in _matrices) matrix.Dispose();
        _adam.Dispose();
    }

    /// <summary>
    /// A matrix with the same singular vectors whose singular values are all near 1 (0.7 to 1.2), by five steps of a Newton-Schulz
    /// iteration in bfloat16.
    /// </summary>
    /// <param name="matrix">(R, C), float32.</param>
    /// <returns>(R, C), bfloat16; the caller's dispose scope owns it.</returns>
    internal static Tensor Orthogonalize(Tensor matrix)
    {
        const double a = 3.4445, b = -4.7750, c = 2.0315;
        var tall = matrix.shape[0] > matrix.shape[1];
        var x = tall ? matrix.t() : matrix;
        x = x.div(x.norm().add(1e-12)).to(ScalarType.BFloat16).contiguous();
        for (var i = 0; i < 5; i++)
        {
            var gram = x.mm(x.t());
            x = x.mul(a).addmm(gram.mul(b).addmm(gram, gram, beta: 1, alpha: (float)c), x, beta: 1, alpha: 1);
        }
        return tall ? x.t() : x;
    }

    private sealed record Matrix(Tensor Values, Tensor Gradients, Tensor Momentum, Tensor? Average) : IDisposable
    {
        public void Dispose()
        {
            Values.Dispose();
            Gradients.Dispose();
            Momentum.Dispose();
            Average?.Dispose();
        }
    }
}
