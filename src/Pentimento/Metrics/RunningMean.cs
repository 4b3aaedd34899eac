namespace Pentimento.Metrics;

/// <summary>
/// The mean of a quantity that arrives batch by batch. <see cref="Mean"/> counts every sample once, however the batches were cut;
/// <see cref="MeanOfBatchMeans"/> counts every batch once, so that the samples of a smaller last batch weigh too much: the
/// fault of many published training loops, kept to reproduce their figures. NaN and infinity pass through, because a
/// diverged loss has to be seen.
/// </summary>
public sealed class RunningMean
{
    private double _weighted, _plain;

    /// <summary>How many samples were added.</summary>
    public long Samples { get; private set; }

    /// <summary>How many batches were added.</summary>
    public long Batches { get; private set; }

    /// <summary>The mean over all samples; NaN before the first.</summary>
    public double Mean => Samples == 0 ? double.NaN : _weighted / Samples;

    /// <summary>The mean over the batches' means; NaN before the first.</summary>
    public double MeanOfBatchMeans => Batches == 0 ? double.NaN : _plain / Batches;

    /// <summary>The sum over the batches' means, for protocols that divide it by a number of their own.</summary>
    public double SumOfBatchMeans => _plain;

    /// <summary>Adds a batch.</summary>
    /// <param name="batchMean">The mean of the quantity over the batch.</param>
    /// <param name="samples">How many samples the batch holds, at least 1.</param>
    /// <exception cref="ArgumentException"><paramref name="samples"/> is not positive.</exception>
    public void Add(double batchMean, long samples = 1)
    {
        if (samples <= 0)
            throw new ArgumentException($"A batch of {samples} samples has no mean; it needs at least one.", nameof(samples));
        _weighted += batchMean * samples;
        _plain += batchMean;
        Samples += samples;
        Batches++;
    }

    /// <summary>Adds a batch by the values of its samples.</summary>
    /// <exception cref="ArgumentException"><paramref name="values"/> is empty.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (var value in values) sum += value;
        Add(sum / values.Length, values.Length);
    }
}
