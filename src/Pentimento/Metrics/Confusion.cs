namespace Pentimento.Metrics;

/// <summary>
/// The four counts of a two-class decision and what follows from them. A rate whose denominator is zero is undefined and NaN:
/// precision when nothing was called positive, recall when there is no positive, specificity when there is no negative.
/// </summary>
/// <param name="TruePositives">Positives called positive.</param>
/// <param name="FalsePositives">Negatives called positive.</param>
/// <param name="TrueNegatives">Negatives called negative.</param>
/// <param name="FalseNegatives">Positives called negative.</param>
public readonly record struct Confusion(long TruePositives, long FalsePositives, long TrueNegatives, long FalseNegatives)
{
    /// <summary>How many samples are really positive.</summary>
    public long Positives => TruePositives + FalseNegatives;

    /// <summary>How many samples are really negative.</summary>
    public long Negatives => TrueNegatives + FalsePositives;

    /// <summary>How many samples there are.</summary>
    public long Total => Positives + Negatives;

    /// <summary>The share of right decisions; NaN without samples.</summary>
    public double Accuracy => Ratio(TruePositives + TrueNegatives, Total);

    /// <summary>The share of positives among those called positive; NaN when nothing was called positive.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>The share of positives that were found (sensitivity, true positive rate); NaN without positives.</summary>
    public double Recall => Ratio(TruePositives, Positives);

    /// <summary>The share of negatives left in peace (true negative rate); NaN without negatives.</summary>
    public double Specificity => Ratio(TrueNegatives, Negatives);

    /// <summary>The share of negatives called positive, 1 − specificity: the false alarm rate; NaN without negatives.</summary>
    public double FalsePositiveRate => Ratio(FalsePositives, Negatives);

    /// <summary>
    /// The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN): 0 when there are positives and none was found,
    /// NaN only when there is neither a positive nor one called so.
    /// </summary>
    public double F1 => Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>The mean of recall and specificity, 0.5 for any guess blind to the image; NaN when a class is absent.</summary>
    public double BalancedAccuracy => (Recall + Specificity) / 2;

    /// <summary>The same decisions with the other class called positive.</summary>
    public Confusion Swapped => new(TrueNegatives, FalseNegatives, TruePositives, FalsePositives);

    /// <summary>The counts of both together.</summary>
    public static Confusion operator +(Confusion a, Confusion b) => new(
        a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives,
        a.TrueNegatives + b.TrueNegatives, a.FalseNegatives + b.FalseNegatives);

    /// <summary>Counts decisions.</summary>
    /// <param name="called">Whether each sample was called positive.</param>
    /// <param name="positive">Whether it is.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Confusion Of(ReadOnlySpan<bool> called, ReadOnlySpan<bool> positive)
    {
        Require.SameLength(called.Length, positive.Length, nameof(positive));
        Span<long> counts = stackalloc long[4];
        counts.Clear();
        for (var i = 0; i < called.Length; i++) counts[(called[i] ? 2 : 0) + (positive[i] ? 1 : 0)]++;
        return new Confusion(counts[3], counts[2], counts[0], counts[1]);
    }

    /// <summary>
    /// Counts the decisions of a threshold: a sample is called positive when its score is at least the threshold.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or the threshold is NaN.</exception>
    public static Confusion At(double threshold, ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        Require.Finite(scores, nameof(scores));
        if (double.IsNaN(threshold))
            throw new ArgumentException("The threshold is NaN; it has to be a number.", nameof(threshold));
        var called = new bool[scores.Length];
        for (var i = 0; i < called.Length; i++) called[i] = scores[i] >= threshold;
        return Of(called, positive);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}
