using CsCheck;
using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class IntervalTests
{
    [Fact]
    public void The_bootstrap_of_a_mean_has_the_width_of_the_central_limit_theorem()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 400).Select(_ => random.NextDouble()).ToArray();
        var interval = Bootstrap.Mean(values);
        Assert.Equal(values.Average(), interval.Estimate, 1e-12);
        var deviation = Math.Sqrt(values.Average(v => Math.Pow(v - interval.Estimate, 2)) / values.Length);
        Assert.Equal(2 * 1.96 * deviation, interval.Upper - interval.Lower, 0.1 * 4 * deviation);
        Assert.InRange(interval.Estimate, interval.Lower, interval.Upper);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_seed_another()
    {
        double[] values = [1, 5, 2, 8, 3, 9, 4];
        Assert.Equal(Bootstrap.Mean(values), Bootstrap.Mean(values));
        Assert.NotEqual(Bootstrap.Mean(values), Bootstrap.Mean(values, new BootstrapOptions { Seed = 1 }));
    }

    [Fact]
    public void More_confidence_is_a_wider_interval()
    {
        double[] values = [1, 5, 2, 8, 3, 9, 4];
        Interval narrow = Bootstrap.Mean(values, new() { Confidence = 0.5 }),
            wide = Bootstrap.Mean(values, new() { Confidence = 0.99 });
        Assert.True(wide.Lower < narrow.Lower && narrow.Upper < wide.Upper);
    }

    [Fact]
    public void The_fast_intervals_of_rankings_equal_the_general_ones()
    {
        var random = new Random(5);
        var positive = Enumerable.Range(0, 60).Select(i => i < 30).ToArray();
        var scores = positive.Select(p => Math.Round(random.NextDouble() * 10 + (p ? 3 : 0))).ToArray();
        var options = new BootstrapOptions { Resamples = 4000 };
        foreach (var (fast, measure) in new (Interval, Func<double[], bool[], double>)[]
        {
            (Bootstrap.Auroc(scores, positive, options), (s, p) => Ranking.Auroc(s, p)),
            (Bootstrap.AveragePrecision(scores, positive, options), (s, p) => Ranking.AveragePrecision(s, p)),
        })
        {
            var general = Bootstrap.Stratified(positive, drawn =>
                measure([.. drawn.ToArray().Select(i => scores[i])], [.. drawn.ToArray().Select(i => positive[i])]), options);
            Assert.Equal(general.Estimate, fast.Estimate, 1e-12);
            Assert.Equal(general.Lower, fast.Lower, 0.01); // other random draws, the same distribution
            Assert.Equal(general.Upper, fast.Upper, 0.01);
        }
    }

    [Fact]
    public void An_interval_of_auroc_covers_the_truth_about_as_often_as_it_says()
    {
        var random = new Random(9);
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var positive = Enumerable.Range(0, 100).Select(i => i < 50).ToArray();
        var covered = Enumerable.Range(0, 200).Count(_ =>
        {
            var scores = positive.Select(p => Gaussian() + (p ? 1 : 0)).ToArray();
            var interval = Bootstrap.Auroc(scores, positive, new() { Resamples = 300 });
            return interval.Lower <= 0.7602 && 0.7602 <= interval.Upper; // Φ(1 / √2)
        });
        Assert.InRange(covered, 178, 199);
    }

    [Fact]
    public void Any_statistic_can_be_resampled()
    {
        double[] values = [1, 5, 2, 8, 3, 9, 4];
        var interval = Bootstrap.Of(values.Length, drawn => drawn.ToArray().Max(i => values[i]));
        Assert.Equal((9, 9), (interval.Estimate, interval.Upper));
        Assert.True(interval.Lower < 9);
        Assert.Throws<ArgumentException>(() => Bootstrap.Of(3, _ => double.NaN));
    }

    [Fact]
    public void Too_small_a_sample_has_no_bounds_and_says_so()
    {
        var interval = Bootstrap.Mean([3]);
        Assert.Equal(3, interval.Estimate);
        Assert.False(interval.HasBounds);
        Assert.Equal("3", interval.ToString());
        Assert.False(Bootstrap.Auroc([1, 2, 3], [false, true, true]).HasBounds);
        Assert.Equal("0.5 [0.25, 0.75]", new Interval(0.5, 0.25, 0.75).ToString());
        Assert.Throws<ArgumentException>(() => Bootstrap.Mean([]));
        Assert.Throws<ArgumentException>(() => Bootstrap.Mean([1, double.NaN]));
        Assert.Contains("99 resamples",
            Assert.Throws<ArgumentException>(() => Bootstrap.Mean([1, 2], new() { Resamples = 99 })).Message);
        Assert.Throws<ArgumentException>(() => Bootstrap.Mean([1, 2], new() { Confidence = 1 }));
    }

    [Theory]
    // The roots of (k/n − p)² = z² p (1 − p) / n, found by bisection in Python, not by the closed form.
    [InlineData(8, 10, 0.49016247153664, 0.94331784854562)]
    [InlineData(0, 10, 0, 0.27753279986289)]
    [InlineData(10, 10, 0.72246720013711, 1)]
    [InlineData(500, 1000, 0.46906960036810, 0.53093039963190)]
    public void Wilsons_interval_is_where_the_score_test_turns(long successes, long trials, double lower, double upper)
    {
        var interval = Binomial.Wilson(successes, trials);
        Assert.Equal((double)successes / trials, interval.Estimate);
        Assert.Equal(lower, interval.Lower, 1e-12);
        Assert.Equal(upper, interval.Upper, 1e-12);
    }

    [Fact]
    public void Impossible_counts_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Binomial.Wilson(11, 10));
        Assert.Throws<ArgumentException>(() => Binomial.Wilson(-1, 10));
        Assert.False(Binomial.Wilson(0, 0).HasBounds);
    }

    [Theory]
    [InlineData(0.5, 0)] // the others by bisection of erfc in Python
    [InlineData(0.9, 1.2815515655446004)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.995, 2.5758293035489004)]
    [InlineData(1e-6, -4.753424308822899)]
    [InlineData(1e-20, -9.262340089798408)]
    public void The_normal_quantile_is_exact(double p, double expected) => Assert.Equal(expected, Normal.Quantile(p), 1e-12);

    [Fact]
    public void Quantiles_interpolate_between_order_statistics()
    {
        Assert.Equal((1, 2.5, 4),
            (Quantiles.Of([4, 1, 3, 2], 0), Quantiles.Of([4, 1, 3, 2], 0.5), Quantiles.Of([4, 1, 3, 2], 1)));
        Assert.Equal(1.3, Quantiles.Of([4, 1, 3, 2], 0.1), 1e-12);
        Gen.Double[-5, 5].Array[1, 30].Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((values, p, q) =>
            Assert.True(p > q || Quantiles.Of(values, p) <= Quantiles.Of(values, q)));
        Assert.Throws<ArgumentException>(() => Quantiles.Of([1], 1.1));
    }
}
