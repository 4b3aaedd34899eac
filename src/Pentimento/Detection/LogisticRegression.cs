using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Logistic regression with a quadratic penalty, by Newton's method on one coefficient a sample instead of one a feature: there are
/// far fewer samples than features (Zhu and Hastie, Kernel logistic regression, 2005, with the linear kernel).
/// </summary>
internal static class LogisticRegression
{
    private const int MostRounds = 25;

    /// <summary>Fits.</summary>
    /// <param name="samples">(N, D), float32, centred; not disposed.</param>
    /// <param name="isPositive">(N), float32, 0 or 1.</param>
    /// <param name="counts">(N), float64: how often each sample counts; they sum to N.</param>
    /// <param name="penalty">On the squared length of the weights, against the sum over the samples.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>Weights (D) and bias (1), float32; the caller's dispose scope owns them.</returns>
    public static (Tensor Weights, Tensor Bias) Fit(
        Tensor samples, Tensor isPositive, Tensor counts, double penalty, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var n = samples.shape[0];
        var target = isPositive.to(ScalarType.Float64);
        var kernel = samples.matmul(samples.t()).to(ScalarType.Float64);
        var coefficients = zeros(n, ScalarType.Float64);
        var bias = 0.0;
        var unit = ones(n, ScalarType.Float64);
        for (var round = 0; round < MostRounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var chance = (kernel.mv(coefficients) + bias).sigmoid();
            var curvature = counts * chance * (1 - chance) + 1e-9;
            var working = kernel.mv(coefficients) + bias + (target - chance) * counts / curvature;
            // (K + penalty · diag(1 / curvature)) a = working − bias, and a sums to 0.
            var factor = linalg.cholesky(kernel + diag(penalty / curvature));
            var solved = cholesky_solve(stack([working, unit], 1), factor);
            var newBias = solved.select(1, 0).sum().item<double>() / solved.select(1, 1).sum().item<double>();
            var next = solved.select(1, 0) - newBias * solved.select(1, 1);
            var change = (next - coefficients).abs().max().item<double>() + Math.Abs(newBias - bias);
            coefficients.copy_(next);
            bias = newBias;
            if (change < 1e-8 * (1 + coefficients.abs().max().item<double>())) break;
        }
        var weights = samples.t().to(ScalarType.Float64).mv(coefficients).to(ScalarType.Float32);
        return (weights.MoveToOuterDisposeScope(), tensor(new[] { (float)bias }).MoveToOuterDisposeScope());
    }

}
