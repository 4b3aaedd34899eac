using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class ConfusionTests
{
    [Fact]
    public void The_rates_follow_from_the_counts()
    {
        var confusion = new Confusion(TruePositives: 30, FalsePositives: 10, TrueNegatives: 50, FalseNegatives: 20);
        Assert.Equal((50L, 60L, 110L), (confusion.Positives, confusion.Negatives, confusion.Total));
        Assert.Equal(80 / 110.0, confusion.Accuracy);
        Assert.Equal(0.75, confusion.Precision);
        Assert.Equal(0.6, confusion.Recall);
        Assert.Equal(5 / 6.0, confusion.Specificity);
        Assert.Equal(1 / 6.0, confusion.FalsePositiveRate);
        Assert.Equal(2 * 0.75 * 0.6 / 1.35, confusion.F1, 1e-15);
        Assert.Equal((0.6 + 5 / 6.0) / 2, confusion.BalancedAccuracy);
    }

    [Fact]
    public void A_rate_without_a_denominator_is_NaN()
    {
        var nothingCalled = new Confusion(0, 0, 5, 3);
        Assert.Equal((double.NaN, 0, 0, 1),
            (nothingCalled.Precision, nothingCalled.Recall, nothingCalled.F1, nothingCalled.Specificity));
        var noPositives = new Confusion(0, 0, 5, 0);
        Assert.Equal((double.NaN, double.NaN, double.NaN), (noPositives.Recall, noPositives.F1, noPositives.BalancedAccuracy));
        Assert.Equal(1, noPositives.Accuracy);
        Assert.True(double.IsNaN(default(Confusion).Accuracy));
    }

    [Fact]
    public void A_score_at_the_threshold_is_positive()
    {
        var confusion = Confusion.At(2, [1, 2, 3, 2, 0], [false, true, true, false, true]);
        Assert.Equal(new Confusion(2, 1, 1, 1), confusion);
        Assert.Equal(new Confusion(1, 1, 2, 1), confusion.Swapped);
        Assert.Equal(new Confusion(4, 2, 2, 2), confusion + confusion);
        Assert.Equal(new Confusion(0, 0, 2, 3),
            Confusion.At(double.PositiveInfinity, [1, 2, 3, 2, 0], [false, true, true, false, true]));
        Assert.Throws<ArgumentException>(() => Confusion.At(double.NaN, [1], [true]));
        Assert.Throws<ArgumentException>(() => Confusion.At(1, [double.NaN], [true]));
    }

    [Fact]
    public void The_running_mean_counts_samples_and_on_demand_batches()
    {
        var mean = new RunningMean();
        Assert.True(double.IsNaN(mean.Mean));
        mean.Add(1, 100);
        mean.Add([4f, 6f]);
        Assert.Equal(110 / 102.0, mean.Mean);
        Assert.Equal((3, 6), (mean.MeanOfBatchMeans, mean.SumOfBatchMeans));
        Assert.Equal((102, 2), (mean.Samples, mean.Batches));
        Assert.Throws<ArgumentException>(() => mean.Add(1, 0));
        Assert.Throws<ArgumentException>(() => mean.Add([]));
    }
}
