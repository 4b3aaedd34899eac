using Pentimento.Detection;
using Pentimento.Metrics;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class CrossFittingTests
{
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void The_asked_false_alarm_rate_holds_on_new_normal_samples(double rate)
    {
        using var scope = NewDisposeScope();
        using var detector = SmallSets.Create("descriptors");
        using var generator = new Generator(4);
        Tensor[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => randn(10, generator: generator))];
        CrossFitting.Fit(detector, new FitData { Normal = Draw(150) }, SmallSets.Folds(150), rate);
        var flagged = Draw(600).Count(sample => detector.Calibration.IsAnomalous(detector.Score(sample)));
        var interval = Binomial.Wilson(flagged, 600, 0.999);
        Assert.InRange(rate, interval.Lower, interval.Upper);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void It_holds_with_more_values_than_samples(double rate)
    {
        using var scope = NewDisposeScope();
        using var detector = SmallSets.Create("descriptors");
        using var generator = new Generator(4);
        var spread = logspace(0, 2, 400).flip(0); // as uneven as features are
        Tensor[] Draw(int count) =>
        [
            .. Enumerable.Range(0, count).Select(
                _ => (randn(40, generator: generator).matmul(Mixing) + randn(400, generator: generator)) * spread),
        ];
        CrossFitting.Fit(detector, new FitData { Normal = Draw(120) }, SmallSets.Folds(120), rate);
        var flagged = Draw(600).Count(sample => detector.Calibration.IsAnomalous(detector.Score(sample)));
        Assert.InRange(flagged / 600.0, rate / 3, rate * 1.5);
    }

    private static readonly Tensor Mixing = randn(40, 400, generator: new Generator(11)).DetachFromDisposeScope();

    [Fact]
    public void Each_score_is_of_a_detector_that_has_not_seen_the_image()
    {
        using var scope = NewDisposeScope();
        using var detector = SmallSets.Create("features");
        using var generator = new Generator(4);
        Tensor[] samples = [.. Enumerable.Range(0, 20).Select(_ => randn(10, generator: generator))];
        CrossFitting.Fit(detector, new FitData { Normal = samples }, SmallSets.Folds(20), 0.2);
        // Seen, an image is its own nearest neighbour.
        var seen = samples.Max(detector.Score);
        Assert.True(detector.Calibration.NormalScores[0] > seen / 2);
        Assert.Equal(20, detector.Calibration.NormalScores.Count);
        Assert.True(detector.Calibration.NormalScores.Average() > 1.5 * samples.Average(detector.Score));
    }

    [Fact]
    public void Progress_rises_from_fold_to_fold_to_one()
    {
        using var scope = NewDisposeScope();
        using var detector = SmallSets.Create("patchcore", bankSize: 50);
        var reports = new TestModels.Progress<double>();
        CrossFitting.Fit(detector, SmallSets.Data(detector, 10) with { Progress = reports }, SmallSets.Folds(10), 0.2);
        Assert.Equal(reports.Reports.Order(), reports.Reports);
        Assert.Equal(1, reports.Reports[^1]);
    }

    [Fact]
    public void Between_flagged_and_usual_it_cannot_tell()
    {
        var calibration = Calibration.ForFalseAlarmRate([.. Enumerable.Range(1, 99).Select(i => (double)i)], 0.05);
        Assert.Equal(0.2, calibration.DoubtfulRate, 12);
        Assert.Equal(Answer.DoesNotBelong, calibration.Answer(95.5));
        Assert.Equal(Answer.CannotTell, calibration.Answer(95));
        Assert.Equal(Answer.CannotTell, calibration.Answer(80.5));
        Assert.Equal(Answer.Belongs, calibration.Answer(80));
    }
}
