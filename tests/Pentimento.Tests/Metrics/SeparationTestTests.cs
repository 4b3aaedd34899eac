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
