namespace Pentimento.Metrics;

/// <summary>Quantiles of a sample.</summary>
public static class Quantiles
{
    /// <summary>
    /// The quantile by linear interpolation between the order statistics (NumPy's default, Hyndman and Fan's type 7).
    /// </summary>
    /// <param name="values">Finite, at least one, in any order.</param>
    /// <param name="q">From 0 (the minimum) to 1 (the maximum).</param>
    /// <exception cref="ArgumentException">There is no value, one is NaN or infinite, or <paramref name="q"/> is outside [0,
    /// 1].</exception>
    public static double Of(ReadOnlySpan<double> values, double q)
    {
        Require.NotEmpty(values.Length, nameof(values));
        Require.Finite(values, nameof(values));
        if (!(q is >= 0 and <= 1)) throw new ArgumentException($"The quantile {q} is not between 0 and 1.", nameof(q));
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var place = q * (sorted.Length - 1);
        var below = (int)place;
        return below == sorted.Length - 1 ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }
}
