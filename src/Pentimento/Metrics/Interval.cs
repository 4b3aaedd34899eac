using System.Globalization;

namespace Pentimento.Metrics;

/// <summary>An estimate with its confidence interval. The bounds are NaN where the sample is too small to tell.</summary>
/// <param name="Estimate">The value on the whole sample.</param>
/// <param name="Lower">The lower bound.</param>
/// <param name="Upper">The upper bound.</param>
public readonly record struct Interval(double Estimate, double Lower, double Upper)
{
    /// <summary>Whether the bounds are known.</summary>
    public bool HasBounds => !double.IsNaN(Lower) && !double.IsNaN(Upper);

    /// <summary>As in "0.814 [0.762, 0.861]", or the estimate alone without bounds.</summary>
    public override string ToString() => HasBounds
        ? string.Create(CultureInfo.InvariantCulture, $"{Estimate:G4} [{Lower:G4}, {Upper:G4}]")
        : Estimate.ToString("G4", CultureInfo.InvariantCulture);
}

/// <summary>Intervals for a share of successes.</summary>
public static class Binomial
{
    /// <summary>Wilson's score interval (1927), which stays inside [0, 1] and is honest for shares near 0 and 1.</summary>
    /// <param name="successes">From 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">0 gives NaN throughout.</param>
    /// <param name="confidence">The default value is 0.95.</param>
    /// <exception cref="ArgumentException">A count is negative, more successes than trials, or the confidence is outside (0,
    /// 1).</exception>
    public static Interval Wilson(long successes, long trials, double confidence = 0.95)
    {
        if (successes < 0 || successes > trials)
            throw new ArgumentException(
                $"{successes} successes of {trials} trials: the successes have to be between 0 and the trials.",
                    nameof(successes));
        Require.OpenUnit(confidence, "confidence", nameof(confidence));
        if (trials == 0) return new Interval(double.NaN, double.NaN, double.NaN);
        double n = trials, p = successes / n, z = Normal.Quantile(0.5 + confidence / 2), z2 = z * z;
        var centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        var half = z / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return new Interval(p, successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half);
    }
}
