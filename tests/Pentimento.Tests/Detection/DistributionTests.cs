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
        Assert.Equal(1, gaussian.Distance(query) / expected, 1e-3);
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
    public void Logistic_regression_ends_where_the_gradient_is_zero()
    {
        using var scope = NewDisposeScope();
        var x = Random(30, 4, 3) - 3;
        var target = x.select(1, 0).gt(0.3).to(ScalarType.Float32);
        var counts = linspace(0.5, 1.5, 30, ScalarType.Float64);
        const double penalty = 0.7;
        var (weights, bias) = LogisticRegression.Fit(x, target, counts, penalty, CancellationToken.None);
        var residual = ((x.mv(weights) + bias).sigmoid() - target).to(ScalarType.Float64) * counts;
        var gradient = x.to(ScalarType.Float64).t().mv(residual) + penalty * weights.to(ScalarType.Float64);
        Assert.Equal(0, gradient.abs().max().item<double>(), 1e-4);
        Assert.Equal(0, residual.sum().item<double>(), 1e-4);
    }

    [Fact]
    public void Classes_that_can_be_separated_keep_finite_weights()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -2f, -1, 1, 2 }).reshape(4, 1);
        var (weights, bias) = LogisticRegression.Fit(
            x, tensor(new[] { 0f, 0, 1, 1 }), ones(4, ScalarType.Float64), 0.01, CancellationToken.None);
        Assert.True(weights[0].item<float>() > 0);
        Assert.Equal(0, bias.item<float>(), 1e-4);
    }
}
