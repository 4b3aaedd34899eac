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
    private readonly Matrix[][] _shapes; // matrices of one shape are made orthogonal together
    private readonly double? _emaDecay;

    /// <summary>An optimizer at step 0.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="emaDecay">Decay of the moving average of the weights per step, or null for none.</param>
    public Muon(ParameterBuffer parameters, double? emaDecay)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _emaDecay = emaDecay;
        var matrices = parameters.Parts.ToLookup(part => part.Shape.Length > 1 && part.Shape[0] > 1 && part.Shape[1] > 1);
        _adam = new FusedAdam(parameters, 0, emaDecay, matrices[false]);
        _shapes = [.. matrices[true]
            .Select(part => new Matrix(
                View(parameters.Values, part), View(parameters.Gradients, part), View(_adam.FirstMoment, part),
                _adam.Average is { } average ? View(average, part) : null))
            .GroupBy(matrix => (matrix.Values.shape[0], matrix.Values.shape[1]), (_, same) => same.ToArray())];

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
    public void Step(long step, double learningRate)
    {
        using var noGradient = no_grad();
        _adam.Step(step, learningRate);
        var remember = _emaDecay is { } decay ? FusedAdam.EmaDecayAt(decay, step) : 0;
        foreach (var matrices in _shapes)
        {
            using var scope = NewDisposeScope();
            foreach (var matrix in matrices) matrix.Momentum.mul_(Momentum).add_(matrix.Gradients);
            var nesterov = stack(matrices.Select(matrix => matrix.Gradients.add(matrix.Momentum, alpha: Momentum)));
            var updates = Orthogonalize(nesterov).to(ScalarType.Float32).unbind();
            var size = SizeOfAdams * Math.Sqrt(Math.Max(nesterov.shape[1], nesterov.shape[2]));
            for (var i = 0; i < matrices.Length; i++)
            {
                var (values, gradients, _, average) = matrices[i];
                values.add_(updates[i], alpha: -learningRate * size);
                average?.mul_(remember).add_(values, alpha: 1 - remember);
                gradients.zero_();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var matrix in _shapes.SelectMany(matrices => matrices)) matrix.Dispose();
        _adam.Dispose();
    }

    /// <summary>
    /// Matrices with the same singular vectors whose singular values are all near 1 (0.7 to 1.2), by five steps of a Newton-Schulz
    /// iteration in bfloat16.
    /// </summary>
    /// <param name="matrices">(B, R, C), float32.</param>
    /// <returns>(B, R, C), bfloat16; the caller's dispose scope owns it.</returns>
    internal static Tensor Orthogonalize(Tensor matrices)
    {
        const double a = 3.4445, b = -4.7750, c = 2.0315;
        var tall = matrices.shape[1] > matrices.shape[2];
        var x = tall ? matrices.transpose(1, 2) : matrices;
        x = x.div(x.square().sum([1, 2], keepdim: true).sqrt().add(1e-12)).to(ScalarType.BFloat16).contiguous();
        for (var i = 0; i < 5; i++)
        {
            var gram = x.bmm(x.transpose(1, 2));
            var polynomial = baddbmm(gram, gram, gram, (float)b, (float)c);
            x = baddbmm(polynomial, x, x, (float)a, 1); // the first two are multiplied, the third is added
        }
        return tall ? x.transpose(1, 2) : x;
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
