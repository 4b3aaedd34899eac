using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class SeparationTestTests
{
    private const int Half = 30;
    private static readonly bool[] s_positive = [.. Enumerable.Range(0, 2 * Half).Select(i => i >= Half)];
    private static readonly int[] s_folds = [.. Enumerable.Range(0, 2 * Half).Select(i => i % 5)];
    private static readonly SeparationOptions s_quick = new() { Permutations = 199 };

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_number_that_differs_is_found_whichever_way_round(int direction)
    {
        var values = Noise(1, 1);
        for (var i = Half; i < values.Length; i++) values[i] += 3 * direction;
        var found = SeparationTest.Run([new SampleDescription(1, values)], s_positive, s_folds, s_quick)[0];
        Assert.Equal(1 / 200.0, found.PValue);
        Assert.True(Ranking.Auroc(found.Scores, s_positive) > 0.95);
    }

    [Fact]
    public void A_difference_spread_over_many_numbers_is_found()
    {
        const int dimensions = 100;
        var values = Noise(dimensions, 2);
        for (var i = Half * dimensions; i < values.Length; i++) values[i] += i % 2 == 0 ? 0.5f : -0.5f;
        var found = SeparationTest.Run([new SampleDescription(dimensions, values)], s_positive, s_folds, s_quick)[0];
        Assert.Equal(1 / 200.0, found.PValue);
        Assert.True(Ranking.Auroc(found.Scores, s_positive) > 0.9);
    }

    [Fact]
    public void Where_the_sets_do_not_differ_the_best_of_many_is_found_no_more_often_than_promised()
    {
        var found = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            SampleDescription[] many =
                [.. Enumerable.Range(0, 8).Select(k => new SampleDescription(1, Noise(1, 1000 + 10 * seed + k))),
                    new SampleDescription(20, Noise(20, 5000 + seed))];
            var smallest = SeparationTest.Run(many, s_positive, s_folds, new SeparationOptions { Permutations = 99 }).Min(s => s.PValue);
            if (smallest <= 0.1) found++;
        }
        Assert.InRange(found, 2, 19); // 10 expected; this is binomial within three deviations
    }

    /// <summary>
    /// What differs between folds alone tells nothing of the sets: the numbers of a fold keep their places. Dealt over all folds,
    /// 16 of 20 on one side would be found in nearly every draw.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Sets_that_are_unequal_in_the_folds_are_dealt_out_within_them(int dimensions)
    {
        int[] folds = [.. Enumerable.Range(0, 40).Select(i => i / 20)];
        bool[] positive = [.. Enumerable.Range(0, 40).Select(i => i < 16 || i >= 36)];
        float[] values = [.. folds.SelectMany(fold => Enumerable.Repeat((float)fold, dimensions))];
        var found = SeparationTest.Run([new SampleDescription(dimensions, values)], positive, folds, s_quick)[0];
        Assert.Equal(1, found.PValue);
    }

    /// <summary>
    /// Four pictures in each of two folds: of the 6 · 6 ways to deal, 2 (all right, all wrong) do as well as the true one, and so 1 in 18
    /// of the draws (exact permutation test), besides the true one itself.
    /// </summary>
    [Fact]
    public void The_p_value_is_the_share_of_deals_that_do_as_well()
    {
        bool[] positive = [false, false, true, true, false, false, true, true];
        int[] folds = [0, 0, 0, 0, 1, 1, 1, 1];
        var found = SeparationTest.Run([new SampleDescription(1, [1, 2, 11, 12, 3, 4, 13, 14])], positive, folds,
            new SeparationOptions { Permutations = 9999 })[0];
        Assert.Equal(1 / 18.0, found.PValue, 0.01);
    }

    /// <summary>Mean ranks, as scipy.stats.rankdata gives them: [1, 2.5, 2.5, 4] less their middle.</summary>
    [Fact]
    public void Equal_numbers_share_their_rank_and_the_direction_is_learnt_on_the_other_folds()
    {
        bool[] positive = [false, false, true, true, false, true];
        int[] folds = [0, 1, 0, 1, 0, 1];
        var scores = SeparationTest.Run([new SampleDescription(1, [5, 7, 7, 9, 5, 1])], positive, folds, s_quick)[0].Scores;
        // Ranks 2.5, 4.5, 4.5, 6, 2.5, 1, less 3.5. Fold 1: normal 1, others 2.5 and −2.5, so lower is "other" in fold 0;
        // fold 0: normal −1 and −1, others 1, so higher is "other" in fold 1.
        Assert.Equal([1, 1, -1, 2.5, 1, -2.5], scores);
    }

    [Fact]
    public void A_rule_learnt_from_noise_is_no_better_than_chance_on_the_fold_it_did_not_see()
    {
        var average = Enumerable.Range(0, 20).Average(seed =>
        {
            var scores = SeparationTest.Run([new SampleDescription(50, Noise(50, seed))], s_positive, s_folds,
                new SeparationOptions { Permutations = 19 })[0].Scores;
            return Ranking.Auroc(scores, s_positive);
        });
        Assert.InRange(average, 0.4, 0.52);
    }

    [Fact]
    public void The_same_seed_gives_the_same_answer_and_a_constant_is_never_found()
    {
        SampleDescription[] descriptions = [new(1, Noise(1, 7)), new(1, new float[2 * Half]), new(3, new float[6 * Half])];
        var (first, second) = (SeparationTest.Run(descriptions, s_positive, s_folds, s_quick),
            SeparationTest.Run(descriptions, s_positive, s_folds, s_quick));
        Assert.Equal(first.Select(s => s.PValue), second.Select(s => s.PValue));
        Assert.True(first[1].PValue > 0.5);
        Assert.True(first[2].PValue > 0.5);
    }

    [Fact]
    public void What_cannot_be_tested_is_refused()
    {
        SampleDescription[] one = [new(1, Noise(1, 1))];
        Assert.Throws<ArgumentException>(() => SeparationTest.Run(one, new bool[2 * Half], s_folds));
        Assert.Throws<ArgumentException>(() => SeparationTest.Run(one, s_positive, new int[2 * Half]));
        Assert.Throws<ArgumentException>(() => SeparationTest.Run([new(2, Noise(1, 1))], s_positive, s_folds));
        Assert.Throws<ArgumentException>(() => SeparationTest.Run(one, s_positive, s_folds, new SeparationOptions { Permutations = 3 }));
        var broken = Noise(1, 1);
        broken[3] = float.NaN;
        Assert.Throws<ArgumentException>(() => SeparationTest.Run([new(1, broken)], s_positive, s_folds));
    }

    private static float[] Noise(int dimensions, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 2 * Half * dimensions)
            .Select(_ => (float)Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6)];
    }
}
