using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Least squares on −1 and +1 with a quadratic penalty, by one coefficient a sample instead of one a value: there are far fewer samples
/// than values (Rifkin, Yeo and Poggio, Regularized least-squares classification, 2003). What it would say of samples without having seen
/// them follows from the same matrix, without fitting anew.
/// </summary>
internal static class RidgeClassifier
{
    /// <summary>Fits.</summary>
    /// <param name="samples">(N, D), float32, standardised; not disposed.</param>
    /// <param name="isPositive">(N), float64, 0 or 1.</param>
    /// <param name="counts">(N), float64: how often each sample counts.</param>
    /// <param name="penalty">On the squared length of the weights, for values that are 1 on average.</param>
    /// <param name="folds">Positions of samples that are left out together; may be empty.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>
    /// Weights (D) and bias (1), float32, which the caller's dispose scope owns; and for every sample of a fold what weights and bias say
    /// that were fitted without its fold, 0 for the rest.
    /// </returns>
    public static (Tensor Weights, Tensor Bias, double[] HeldOut) Fit(
        Tensor samples, Tensor isPositive, Tensor counts, double penalty, IReadOnlyList<IReadOnlyList<int>> folds,
        CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var (n, d) = (samples.shape[0], samples.shape[1]);
        var target = 2 * isPositive - 1;
        var kernel = samples.matmul(samples.t()).to(ScalarType.Float64) / d + 1; // the bias is the weight of one more value, 1
        cancel.ThrowIfCancellationRequested();
        var factor = linalg.cholesky(kernel + diag(penalty / counts));
        var heldOut = new double[n];
        Tensor coefficients;
        if (folds.Count == 0) coefficients = cholesky_solve(target.unsqueeze(1), factor).squeeze(1);
        else
        {
            var inverse = cholesky_solve(eye(n, dtype: ScalarType.Float64), factor);
            coefficients = inverse.mv(target);
            foreach (var fold in folds.Where(fold => fold.Count > 0))
            {
                cancel.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                var left = tensor(fold.Select(i => (long)i).ToArray());
                var block = inverse.index_select(0, left).index_select(1, left);
                var said = target.index_select(0, left) - linalg.solve(block, coefficients.index_select(0, left));
                foreach (var (i, value) in fold.Zip(said.data<double>().ToArray())) heldOut[i] = value;
            }
        }
        var weights = samples.t().mv(coefficients.to(ScalarType.Float32)) / d;
        var bias = coefficients.sum().to(ScalarType.Float32).reshape(1);
        return (weights.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope(), heldOut);
    }
}
