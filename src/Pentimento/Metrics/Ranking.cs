namespace Pentimento.Metrics;

/// <summary>
/// How well a score orders two classes, whatever the threshold. A higher score speaks for the positive class; for anomaly
/// detection the anomalous images are the positives.
/// </summary>
public static class Ranking
{
    /// <summary>
    /// The area under the ROC curve: the probability that a positive scores above a negative, ties counting half (mid-ranks).
    /// 0.5 is chance, 1 is perfect.
    /// </summary>
    /// <param name="scores">One finite score per sample.</param>
    /// <param name="positive">Whether the sample is positive; both classes have to occur.</param>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static double Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive) =>
        new RankedScores(scores, positive).Auroc(Ones(scores.Length));

    /// <summary>
    /// Average precision, Σ (recallₖ − recallₖ₋₁) · precisionₖ over the distinct thresholds (scikit-learn's definition: no
    /// interpolation). Chance is the share of positives.
    /// </summary>
    /// <param name="scores">One finite score per sample.</param>
    /// <param name="positive">Whether the sample is positive; both classes have to occur.</param>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive) =>
        new RankedScores(scores, positive).AveragePrecision(Ones(scores.Length));

    internal static int[] Ones(int count)
    {
        var ones = new int[count];
        Array.Fill(ones, 1);
        return ones;
    }
}

/// <summary>
/// The receiver operating characteristic. Point k belongs to the rule "positive when score ≥ Thresholds[k]"; the thresholds fall,
/// from +∞ (nothing positive, the point (0, 0)) to the lowest score (everything positive, (1, 1)).
/// </summary>
/// <param name="Thresholds">+∞, then the distinct scores, falling.</param>
/// <param name="FalsePositiveRate">The share of negatives called positive, in [0, 1], rising.</param>
/// <param name="TruePositiveRate">The share of positives called positive, in [0, 1], rising.</param>
public sealed record RocCurve(double[] Thresholds, double[] FalsePositiveRate, double[] TruePositiveRate)
{
    /// <summary>The curve of some scores.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static RocCurve Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var ranked = new RankedScores(scores, positive);
        double positives = ranked.PositiveRanks.Length, negatives = ranked.NegativeRanks.Length;
        List<double> thresholds = [double.PositiveInfinity], falsePositive = [0], truePositive = [0];
        ranked.Walk((score, above, aboveNegative) =>
        {
            thresholds.Add(score);
            falsePositive.Add(aboveNegative / negatives);
            truePositive.Add(above / positives);
        });
        return new RocCurve([.. thresholds], [.. falsePositive], [.. truePositive]);
    }
}

/// <summary>
/// Precision against recall. Point k belongs to the rule "positive when score ≥ Thresholds[k]"; thresholds fall and recall rises.
/// The customary invented point at recall 0 is left out.
/// </summary>
/// <param name="Thresholds">The distinct scores, falling.</param>
/// <param name="Precision">The share of positives among those called positive, in [0, 1].</param>
/// <param name="Recall">The share of positives called positive, in [0, 1], rising to 1.</param>
public sealed record PrecisionRecallCurve(double[] Thresholds, double[] Precision, double[] Recall)
{
    /// <summary>The curve of some scores.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static PrecisionRecallCurve Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var ranked = new RankedScores(scores, positive);
        double positives = ranked.PositiveRanks.Length;
        List<double> thresholds = [], precision = [], recall = [];
        ranked.Walk((score, above, aboveNegative) =>
        {
            thresholds.Add(score);
            precision.Add(above / (double)(above + aboveNegative));
            recall.Add(above / positives);
        });
        return new PrecisionRecallCurve([.. thresholds], [.. precision], [.. recall]);
    }
}
