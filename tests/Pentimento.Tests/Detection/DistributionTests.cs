using Pentimento.Detection;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class DistributionTests
{
    private static Tensor Random(long rows, long columns, ulong seed)
    {
        using var generator = new Generator(seed);
        var mixed = randn([columns, columns], generator: generator);
        return randn([rows, columns], generator: generator).matmul(mixed) + 3;
    }

    [Theory]
    [InlineData(80, 6)] // more samples than values
    [InlineData(9, 30)] // fewer
    public void The_shrunk_distance_is_that_of_the_covariance_written_out(int samples, int values)
    {
        using var scope = NewDisposeScope();
        var x = Random(samples, values, 1);
        using var gaussian = ShrunkGaussian.Fit(x);
        var y = x.to(ScalarType.Float64);
        var (mean, deviation) = (y.mean([0]), y.std(0, unbiased: false));
        y = (y - mean) / deviation;
        var covariance = y.t().matmul(y) / samples;
        var target = eye(values, dtype: ScalarType.Float64) * (covariance.trace() / values);
        // Ledoit and Wolf (2004), lemma 3.4: how far samples' own covariances are from their mean.
        var spread = Enumerable.Range(0, samples).Sum(
            i => (outer(y[i], y[i]) - covariance).square().sum().item<double>()) / ((double)samples * samples);
        var distance = (covariance - target).square().sum().item<double>();
        var shrinkage = Math.Min(spread, distance) / distance;
        Assert.Equal(shrinkage, gaussian.Shrinkage, 1e-6);
        var shrunk = target * shrinkage + covariance * (1 - shrinkage);
        var query = Random(1, values, 2)[0];
        var z = (query.to(ScalarType.Float64) - mean) / deviation;
        var expected = z.dot(linalg.inv(shrunk).mv(z)).item<double>() / values;
        // As a share of how far each sample is from what the others make of it.
        var unseen = Enumerable.Range(0, samples).Average(i =>
        {
            var others = shrunk - outer(y[i], y[i]) * ((1 - shrinkage) / samples);
            return y[i].dot(linalg.inv(others).mv(y[i])).item<double>() * Math.Pow(samples / (samples - 1.0), 2);
        });
        Assert.Equal(1, gaussian.Distance(query) / (expected * values / unseen), 1e-3);
    }

    [Fact]
    public void A_value_that_never_varies_does_not_decide_alone()
    {
        using var scope = NewDisposeScope();
        var x = cat([Random(40, 5, 1), ones(40, 1)], 1);
        using var gaussian = ShrunkGaussian.Fit(x);
        Assert.True(double.IsFinite(gaussian.Distance(zeros(6))));
        Assert.InRange(gaussian.Distance(x[3]), 0, 5);
    }

    [Fact]
    public void Penalised_least_squares_end_where_the_gradient_is_zero()
    {
        using var scope = NewDisposeScope();
        var (x, isPositive, counts) = Classes();
        const double penalty = 0.7;
        var (weights, bias, _) = RidgeClassifier.Fit(x, isPositive, counts, penalty, [], CancellationToken.None);
        var residual = (x.mv(weights) + bias - (2 * isPositive - 1)).to(ScalarType.Float64) * counts;
        // The kernel is a mean over the values, so the penalty is on their sum of squares; the bias counts as one more.
        var gradient = x.to(ScalarType.Float64).t().mv(residual) + 4 * penalty * weights.to(ScalarType.Float64);
        Assert.Equal(0, gradient.abs().max().item<double>(), 1e-3);
        Assert.Equal(0, residual.sum().item<double>() + penalty * bias.item<float>(), 1e-3);
    }

    [Fact]
    public void What_least_squares_say_of_a_held_out_fold_is_what_a_fit_without_it_says()
    {
        using var scope = NewDisposeScope();
        var (x, isPositive, counts) = Classes();
        int[][] folds = [[0, 3, 4], [], [7]];
        var (_, _, heldOut) = RidgeClassifier.Fit(x, isPositive, counts, 0.2, folds, CancellationToken.None);
        foreach (var fold in folds.Where(fold => fold.Length > 0))
        {
            var rest = tensor(Enumerable.Range(0, 30).Where(i => !fold.Contains(i)).Select(i => (long)i).ToArray());
            var (weights, bias, _) = RidgeClassifier.Fit(
                x.index_select(0, rest), isPositive.index_select(0, rest), counts.index_select(0, rest), 0.2, [], CancellationToken.None);
            foreach (var i in fold) Assert.Equal((x[i].dot(weights) + bias).item<float>(), heldOut[i], 1e-4);
        }
        Assert.Equal(0, heldOut[1]);
    }

    private static (Tensor X, Tensor IsPositive, Tensor Counts) Classes()
    {
        var x = Random(30, 4, 3) - 3;
        return (x, x.select(1, 0).gt(0.3).to(ScalarType.Float64), linspace(0.5, 1.5, 30, ScalarType.Float64));
    }
}
