namespace Pentimento.Metrics;

/// <summary>
/// The scores of normal samples that took no part in training, and what they say about a new score. If a new normal sample is
/// drawn like these, its p-value is at most α with probability at most α, whatever the distribution (split conformal prediction;
/// Vovk, Gammerman and Shafer, 2005), and so is the false alarm rate of <see cref="Threshold"/>.
/// </summary>
public sealed class ConformalScores
{
    private readonly double[] _rising;

    /// <summary>Keeps the scores; higher means more anomalous.</summary>
    /// <exception cref="ArgumentException">There is no score, or one is NaN or infinite.</exception>
    public ConformalScores(ReadOnlySpan<double> scores)
    {
        Require.NotEmpty(scores.Length, nameof(scores));
        Require.Finite(scores, nameof(scores));
        _rising = scores.ToArray();
        Array.Sort(_rising);
    }

    /// <summary>How many scores there are; no p-value is below 1 / (Count + 1).</summary>
    public int Count => _rising.Length;

    /// <summary>The scores, rising.</summary>
    public ReadOnlySpan<double> Scores => _rising;

    /// <summary>The conformal p-value (1 + #{calibration ≥ score}) / (n + 1), in (0, 1]; small means anomalous.</summary>
    /// <exception cref="ArgumentException">The score is NaN.</exception>
    public double PValue(double score)
    {
        if (double.IsNaN(score)) throw new ArgumentException("The score is NaN; it has to be a number.", nameof(score));
        int low = 0, high = _rising.Length; // the first score that is not below
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_rising[middle] < score) low = middle + 1;
            else high = middle;
        }
        return (1.0 + _rising.Length - low) / (_rising.Length + 1);
    }

    /// <summary>
    /// The lowest threshold of the rule "anomalous when score ≥ threshold" that flags a new normal sample with a probability
    /// of at most <paramref name="falseAlarmRate"/>: just above the k-th highest score, k = ⌊rate · (n + 1)⌋, which is the rule
    /// "p-value ≤ rate". With too few scores for the rate (k = 0) it is +∞ and nothing is ever flagged.
    /// </summary>
    /// <param name="falseAlarmRate">Between 0 and 1.</param>
    /// <exception cref="ArgumentException"><paramref name="falseAlarmRate"/> is outside (0, 1).</exception>
    public double Threshold(double falseAlarmRate)
    {
        Require.OpenUnit(falseAlarmRate, "false alarm rate", nameof(falseAlarmRate));
        var k = (int)Math.Floor(falseAlarmRate * (_rising.Length + 1) + 1e-9); // 0.29 · 100 is a little below 29 in binary
        return k == 0 ? double.PositiveInfinity : Math.BitIncrement(_rising[^k]);
    }

    /// <summary>
    /// Mean + <paramref name="deviations"/> standard deviations (of the population), a common rule that promises no rate.
    /// </summary>
    public double MeanPlusDeviations(double deviations = 1)
    {
        var mean = _rising.Average();
        return mean + deviations * Math.Sqrt(_rising.Average(s => (s - mean) * (s - mean)));
    }
}
