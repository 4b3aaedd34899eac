using CsCheck;
using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class ConformalScoresTests
{
    private static readonly Gen<double[]> Scores = Gen.Int[0, 20].Select(v => v / 4.0).Array[1, 60];

    [Fact]
    public void The_p_value_counts_scores_at_least_as_high() => Scores.Select(Gen.Int[-1, 21]).Sample((scores, quarter) =>
    {
        var score = quarter / 4.0;
        Assert.Equal((1.0 + scores.Count(s => s >= score)) / (scores.Length + 1), new ConformalScores(scores).PValue(score));
    });

    [Fact]
    public void The_threshold_is_the_rule_that_the_p_value_is_at_most_the_rate() =>
        Scores.Select(Gen.Int[1, 99]).Sample((scores, percent) =>
    {
        var calibration = new ConformalScores(scores);
        var threshold = calibration.Threshold(percent / 100.0);
        foreach (var score in scores.Append(99))
        {
            var count = 1 + scores.Count(s => s >= score);
            Assert.Equal(count * 100 <= percent * (scores.Length + 1), score >= threshold);
        }
    });

    [Fact]
    public void A_new_normal_sample_is_flagged_no_more_often_than_promised()
    {
        var random = new Random(3);
        int flagged = 0, trials = 20_000;
        for (var i = 0; i < trials; i++)
        {
            var scores = Enumerable.Range(0, 29).Select(_ => random.NextDouble()).ToArray();
            if (random.NextDouble() >= new ConformalScores(scores).Threshold(0.1)) flagged++;
        }
        Assert.InRange(flagged / (double)trials, 0.093, 0.107); // exactly 0.1 for scores without ties and n + 1 a multiple of 10
    }

    [Fact]
    public void Too_few_scores_for_a_rate_flag_nothing()
    {
        var calibration = new ConformalScores([1, 2, 3]);
        Assert.Equal(double.PositiveInfinity, calibration.Threshold(0.1));
        Assert.Equal(Math.BitIncrement(3.0), calibration.Threshold(0.25));
        Assert.Equal(0.25, calibration.PValue(double.PositiveInfinity));
    }

    [Fact]
    public void Mean_plus_deviations_is_the_references_threshold() =>
        Assert.Equal(2.5 + Math.Sqrt(1.25), new ConformalScores([4, 1, 3, 2]).MeanPlusDeviations(), 1e-15);

    [Fact]
    public void Scores_that_are_no_numbers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ConformalScores([]));
        Assert.Throws<ArgumentException>(() => new ConformalScores([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => new ConformalScores([1]).PValue(double.NaN));
        Assert.Throws<ArgumentException>(() => new ConformalScores([1]).Threshold(0));
    }

    [Fact]
    public void A_class_table_groups_by_label_and_orders_numbers_as_numbers()
    {
        var rows = ClassTable.Of(["10", "2", null, "10"], [1, 5, 100, 3]);
        Assert.Equal([("2", 1, 5.0), ("10", 2, 2.0)], rows.Select(r => (r.Label, r.Count, r.Mean.Estimate)));
        Assert.Equal(["bag", "shirt"], ClassTable.Of(["shirt", "bag"], [1, 2]).Select(r => r.Label));
        Assert.Throws<ArgumentException>(() => ClassTable.Of(["a"], [1, 2]));
    }
}
