namespace Pentimento.Metrics;

/// <summary>
/// Scores of two classes in falling order, sorted once, so that a curve or one resample of the bootstrap is a single pass.
/// A weight says how often a sample counts; equal scores form one step.
/// </summary>
internal sealed class RankedScores
{
    private readonly double[] _scores;  // falling
    private readonly bool[] _positive;

    public RankedScores(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        Require.SameLength(scores.Length, positive.Length, nameof(positive));
        Require.Finite(scores, nameof(scores));
        Require.BothClasses(positive, nameof(positive));
        (_scores, _positive) = (scores.ToArray(), positive.ToArray());
        Array.Sort(_scores, _positive);
        Array.Reverse(_scores);
        Array.Reverse(_positive);
        PositiveRanks = RanksOf(true);
        NegativeRanks = RanksOf(false);
    }

    /// <summary>Where the positives stand in the order.</summary>
    public int[] PositiveRanks { get; }

    /// <summary>Where the negatives stand in the order.</summary>
    public int[] NegativeRanks { get; }

    public int Count => _scores.Length;

    /// <summary>Walks down the distinct scores; calls with the score and the counts of samples at or above it.</summary>
    public void Walk(Action<double, long, long> step)
    {
        long positives = 0, negatives = 0;
        for (var i = 0; i < _scores.Length; i++)
        {
            if (_positive[i]) positives++;
            else negatives++;
            if (EndsStep(i)) step(_scores[i], positives, negatives);
        }
    }

    /// <summary>The probability that a positive scores above a negative, ties counting half.</summary>
    public double Auroc(ReadOnlySpan<int> weights)
    {
        long positives = 0, negatives = 0, tiedPositives = 0, tiedNegatives = 0, twiceArea = 0;
        for (var i = 0; i < _scores.Length; i++)
        {
            if (_positive[i]) tiedPositives += weights[i];
            else tiedNegatives += weights[i];
            if (!EndsStep(i)) continue;
            twiceArea += tiedNegatives * (2 * positives + tiedPositives); // a trapezium of the curve
            positives += tiedPositives;
            negatives += tiedNegatives;
            tiedPositives = tiedNegatives = 0;
        }
        return twiceArea / (2.0 * positives * negatives);
    }

    /// <summary>Σ (recallₖ − recallₖ₋₁) · precisionₖ over the steps.</summary>
    public double AveragePrecision(ReadOnlySpan<int> weights)
    {
        long positives = 0, called = 0, tied = 0;
        double sum = 0;
        for (var i = 0; i < _scores.Length; i++)
        {
            called += weights[i];
            if (_positive[i]) tied += weights[i];
            if (!EndsStep(i)) continue;
            positives += tied;
            if (tied > 0) sum += (double)tied * positives / called;
            tied = 0;
        }
        return sum / positives;
    }

    private bool EndsStep(int i) => i == _scores.Length - 1 || _scores[i + 1] != _scores[i];

    private int[] RanksOf(bool positive) => [.. Enumerable.Range(0, _positive.Length).Where(i => _positive[i] == positive)];
}
