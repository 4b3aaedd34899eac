using CsCheck;
using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class RankingTests
{
    // Few distinct scores, so that ties are common; the first two samples make sure that both classes occur.
    private static readonly Gen<(double[] Scores, bool[] Positive)> Samples =
        Gen.Select(Gen.Int[-6, 6].Select(v => v / 2.0), Gen.Bool).Array[2, 40].Select(samples =>
        {
            var positive = Array.ConvertAll(samples, s => s.Item2);
            (positive[0], positive[1]) = (true, false);
            return (Array.ConvertAll(samples, s => s.Item1), positive);
        });

    [Fact]
    public void Auroc_is_the_share_of_pairs_in_the_right_order() => Samples.Sample((scores, positive) =>
    {
        double right = 0, pairs = 0;
        for (var i = 0; i < scores.Length; i++)
            for (var j = 0; j < scores.Length; j++)
            {
                if (!positive[i] || positive[j]) continue;
                right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                pairs++;
            }
        Assert.Equal(right / pairs, Ranking.Auroc(scores, positive), 1e-12);
    });

    [Fact]
    public void A_rising_map_of_the_scores_changes_nothing() => Samples.Sample((scores, positive) =>
    {
        var mapped = Array.ConvertAll(scores, s => Math.Exp(s) - 7);
        Assert.Equal(Ranking.Auroc(scores, positive), Ranking.Auroc(mapped, positive));
        Assert.Equal(Ranking.AveragePrecision(scores, positive), Ranking.AveragePrecision(mapped, positive));
    });

    [Fact]
    public void Negated_scores_have_the_complementary_auroc() => Samples.Sample((scores, positive) =>
        Assert.Equal(1 - Ranking.Auroc(scores, positive), Ranking.Auroc(Array.ConvertAll(scores, s => -s), positive), 1e-12));

    [Fact]
    public void Exchanged_classes_have_the_complementary_auroc() => Samples.Sample((scores, positive) =>
        Assert.Equal(1 - Ranking.Auroc(scores, positive), Ranking.Auroc(scores, Array.ConvertAll(positive, p => !p)), 1e-12));

    [Fact]
    public void The_curves_agree_with_counting_at_each_threshold_and_with_the_areas() => Samples.Sample((scores, positive) =>
    {
        var roc = RocCurve.Of(scores, positive);
        var pr = PrecisionRecallCurve.Of(scores, positive);
        double area = 0, sum = 0;
        for (var k = 1; k < roc.Thresholds.Length; k++)
        {
            var confusion = Confusion.At(roc.Thresholds[k], scores, positive);
            Assert.Equal(confusion.FalsePositiveRate, roc.FalsePositiveRate[k]);
            Assert.Equal(confusion.Recall, roc.TruePositiveRate[k]);
            Assert.Equal(confusion.Precision, pr.Precision[k - 1]);
            Assert.Equal(roc.Thresholds[k], pr.Thresholds[k - 1]);
            area += (roc.FalsePositiveRate[k] - roc.FalsePositiveRate[k - 1])
                * (roc.TruePositiveRate[k] + roc.TruePositiveRate[k - 1]) / 2;
            sum += (roc.TruePositiveRate[k] - roc.TruePositiveRate[k - 1]) * pr.Precision[k - 1];
        }
        Assert.Equal((0, 0, 1, 1, 1), (roc.FalsePositiveRate[0], roc.TruePositiveRate[0], roc.FalsePositiveRate[^1],
            roc.TruePositiveRate[^1], pr.Recall[^1]));
        Assert.Equal(area, Ranking.Auroc(scores, positive), 1e-12);
        Assert.Equal(sum, Ranking.AveragePrecision(scores, positive), 1e-12);
    });

    [Fact]
    public void Known_values()
    {
        double[] scores = [0.1, 0.4, 0.35, 0.8];
        bool[] positive = [false, false, true, true];
        Assert.Equal(0.75, Ranking.Auroc(scores, positive));             // the example of scikit-learn's documentation
        Assert.Equal(5 / 6.0, Ranking.AveragePrecision(scores, positive), 1e-15);
        Assert.Equal(0.5, Ranking.Auroc([1, 1, 1], [true, false, true])); // constant scores know nothing
        Assert.Equal(2 / 3.0, Ranking.AveragePrecision([1, 1, 1], [true, false, true]), 1e-15);
    }

    [Fact]
    public void What_has_no_ranking_is_refused()
    {
        Assert.Contains("Value 1 of 2 is NaN",
            Assert.Throws<ArgumentException>(() => Ranking.Auroc([1, double.NaN], [true, false])).Message);
        Assert.Throws<ArgumentException>(() => RocCurve.Of([1, double.PositiveInfinity], [true, false]));
        Assert.Contains("2 are positive",
            Assert.Throws<ArgumentException>(() => Ranking.AveragePrecision([1, 2], [true, true])).Message);
        Assert.Throws<ArgumentException>(() => PrecisionRecallCurve.Of([1, 2], [true]));
        Assert.Throws<ArgumentException>(() => Ranking.Auroc([], []));
    }
}
