using Pentimento.Detection;

namespace Pentimento.Tests.Detection;

public sealed class CalibrationTests
{
    private static readonly double[] s_scores = [.. Enumerable.Range(1, 99).Select(i => (double)i)];

    [Theory]
    [InlineData(0.01, 99, 1)]
    [InlineData(0.05, 95, 5)]
    [InlineData(0.10, 90, 10)]
    public void The_asked_share_of_normal_images_lies_above_the_threshold(double rate, double lastNormal, int flagged)
    {
        var calibration = Calibration.ForFalseAlarmRate(s_scores, rate);
        // With the new image there are 100 equally likely ranks, of which this many are flagged.
        Assert.Equal(flagged, s_scores.Append(1000).Count(calibration.IsAnomalous));
        Assert.False(calibration.IsAnomalous(lastNormal));
        Assert.True(calibration.IsAnomalous(Math.BitIncrement(lastNormal)));
    }

    [Fact]
    public void A_score_is_anomalous_just_where_its_p_value_is_at_most_the_rate()
    {
        var calibration = Calibration.ForFalseAlarmRate(s_scores, 0.07);
        for (var score = 0.5; score < 101; score += 0.5)
            Assert.Equal(calibration.PValue(score) <= 0.07 + 1e-12, calibration.IsAnomalous(score));
    }

    [Fact]
    public void Too_few_scores_promise_the_lowest_rate_that_they_can()
    {
        var calibration = Calibration.ForFalseAlarmRate([1, 2, 3, 4], 0.05);
        Assert.Equal(0.2, calibration.FalseAlarmRate, 12);
        Assert.False(calibration.IsAnomalous(4));
        Assert.True(calibration.IsAnomalous(4.1));
    }

    [Fact]
    public void The_reference_rule_is_mean_plus_one_deviation()
    {
        var calibration = Calibration.FromTrainingScores([1, 1, 1, 5]);
        Assert.Equal(2 + Math.Sqrt(3), calibration.Threshold, 12);
        Assert.Equal(0.25, calibration.FalseAlarmRate);
    }

    [Fact]
    public void It_comes_back_from_a_bundle_to_the_bit()
    {
        var calibration = Calibration.ForFalseAlarmRate([0.1, 1.0 / 3, 2e-300], 0.3);
        var back = Calibration.FromJson(calibration.ToJson());
        Assert.Equal(calibration.Threshold, back.Threshold);
        Assert.Equal(calibration.NormalScores, back.NormalScores);
        Assert.Equal(calibration.FalseAlarmRate, back.FalseAlarmRate);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1")]
    [InlineData("""{"rule":"falseAlarmRate","falseAlarmRate":0.05,"threshold":1,"normalScores":[]}""")]
    public void Damaged_json_is_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => Calibration.FromJson(System.Text.Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void A_rate_out_of_range_is_refused(double rate) =>
        Assert.Throws<ArgumentException>(() => Calibration.ForFalseAlarmRate([1, 2], rate));
}
