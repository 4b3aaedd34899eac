namespace Pentimento.Metrics;

/// <summary>How intervals are drawn.</summary>
public sealed record BootstrapOptions
{
    /// <summary>How many resamples are drawn, at least 100. The default value is 2000.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>The share of resamples inside the interval, between 0 and 1. The default value is 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The seed of the resampling: the same seed and sample give the same interval. The default value is 0.</summary>
    public int Seed { get; init; }

    internal BootstrapOptions Checked()
    {
        if (Resamples < 100)
            throw new ArgumentException(
                $"{Resamples} resamples are too few for an interval; it takes at least 100.", nameof(Resamples));
        Require.OpenUnit(Confidence, "confidence", nameof(Confidence));
        return this;
    }
}

/// <summary>
/// Percentile bootstrap intervals (Efron, 1979): the statistic on many resamples drawn with replacement. They speak of the choice
/// of test images, not of training anew, and they are too narrow for a handful of samples. A sample of fewer than two
/// (per class, where there are classes) has NaN bounds.
/// </summary>
public static class Bootstrap
{
    /// <summary>The mean.</summary>
    /// <param name="values">Finite, at least one.</param>
    /// <param name="options">Defaults when null.</param>
    /// <exception cref="ArgumentException">There is no value, or one is NaN or infinite.</exception>
    public static Interval Mean(ReadOnlySpan<double> values, BootstrapOptions? options = null)
    {
        Require.NotEmpty(values.Length, nameof(values));
        Require.Finite(values, nameof(values));
        var sample = values.ToArray();
        var random = Start(ref options);
        return Of(sample.Average(), sample.Length >= 2, options, () =>
        {
            double sum = 0;
            for (var i = 0; i < sample.Length; i++) sum += sample[random.Next(sample.Length)];
            return sum / sample.Length;
        });
    }

    /// <summary>Any statistic of the samples, given as a function of the indices drawn.</summary>
    /// <param name="count">How many samples there are, at least one.</param>
    /// <param name="statistic">Is given <paramref name="count"/> indices, with repetitions; must be finite.</param>
    /// <param name="options">Defaults when null.</param>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not positive, or the statistic of a resample is not
    /// finite.</exception>
    public static Interval Of(int count, Func<ReadOnlySpan<int>, double> statistic, BootstrapOptions? options = null)
    {
        if (count <= 0) throw new ArgumentException($"There are {count} samples; at least one is needed.", nameof(count));
        var random = Start(ref options);
        int[] drawn = [.. Enumerable.Range(0, count)];
        return Of(statistic(drawn), count >= 2, options, () =>
        {
            for (var i = 0; i < count; i++) drawn[i] = random.Next(count);
            return statistic(drawn);
        });
    }

    /// <summary>Any statistic of two classes; each class is resampled by itself, so that both keep their sizes.</summary>
    /// <param name="positive">The class of each sample; both have to occur.</param>
    /// <param name="statistic">Is given as many indices, with repetitions, positives first; must be finite.</param>
    /// <param name="options">Defaults when null.</param>
    /// <exception cref="ArgumentException">A class is absent, or the statistic of a resample is not finite.</exception>
    public static Interval Stratified(ReadOnlySpan<bool> positive, Func<ReadOnlySpan<int>, double> statistic,
        BootstrapOptions? options = null)
    {
        Require.BothClasses(positive, nameof(positive));
        var random = Start(ref options);
        List<int> positives = [], negatives = [];
        for (var i = 0; i < positive.Length; i++) (positive[i] ? positives : negatives).Add(i);
        int[] drawn = [.. positives, .. negatives];
        return Of(statistic(drawn), positives.Count >= 2 && negatives.Count >= 2, options, () =>
        {
            for (var i = 0; i < drawn.Length; i++)
                drawn[i] = i < positives.Count ? positives[random.Next(positives.Count)]
                    : negatives[random.Next(negatives.Count)];
            return statistic(drawn);
        });
    }

    /// <summary>The area under the ROC curve, resampled per class. See <see cref="Ranking.Auroc"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static Interval Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive, BootstrapOptions? options = null)
    {
        var ranked = new RankedScores(scores, positive);
        return OfRanked(ranked, weights => ranked.Auroc(weights), options);
    }

    /// <summary>Average precision, resampled per class. See <see cref="Ranking.AveragePrecision"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static Interval AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive,
        BootstrapOptions? options = null)
    {
        var ranked = new RankedScores(scores, positive);
        return OfRanked(ranked, weights => ranked.AveragePrecision(weights), options);
    }

    // A resample is how often each rank was drawn, so that the scores are sorted only once.
    private static Interval OfRanked(RankedScores ranked, Func<int[], double> statistic, BootstrapOptions? options)
    {
        var random = Start(ref options);
        int[] positives = ranked.PositiveRanks, negatives = ranked.NegativeRanks;
        var weights = Ranking.Ones(ranked.Count);
        return Of(statistic(weights), positives.Length >= 2 && negatives.Length >= 2, options, () =>
        {
            Array.Clear(weights);
            for (var i = 0; i < positives.Length; i++) weights[positives[random.Next(positives.Length)]]++;
            for (var i = 0; i < negatives.Length; i++) weights[negatives[random.Next(negatives.Length)]]++;
            return statistic(weights);
        });
    }

    private static Random Start(ref BootstrapOptions? options)
    {
        options = (options ?? new BootstrapOptions()).Checked();
        return new Random(options.Seed);
    }

    private static Interval Of(double estimate, bool enough, BootstrapOptions? options, Func<double> resample)
    {
        if (!enough) return new Interval(estimate, double.NaN, double.NaN);
        var values = new double[options!.Resamples];
        for (var i = 0; i < values.Length; i++) values[i] = resample();
        Require.Finite(values, "statistic");
        var tail = (1 - options.Confidence) / 2;
        return new Interval(estimate, Quantiles.Of(values, tail), Quantiles.Of(values, 1 - tail));
    }
}
