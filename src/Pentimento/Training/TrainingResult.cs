namespace Pentimento.Training;

/// <summary>One epoch in figures.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps done at its end, from the start of the run.</param>
/// <param name="TrainLoss">Mean over its training images, measured before each step.</param>
/// <param name="ValidationLoss">Mean over the validation images after it, or null without any.</param>
/// <param name="TrainBatchMean">Mean of its batches' means, which weighs a smaller last batch like the others.</param>
/// <param name="ValidationBatchSum">Sum of the validation batches' means, or null.</param>
/// <param name="TrainBatches">Training batches in it.</param>
/// <param name="LearningRate">At its last step.</param>
/// <param name="Seconds">Training time, validation included.</param>
public sealed record EpochRecord(
    int Epoch, long Step, double TrainLoss, double? ValidationLoss, double TrainBatchMean, double? ValidationBatchSum,
    int TrainBatches, double LearningRate, double Seconds);

/// <summary>Where a run is; reported a few times a second.</summary>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="Steps">All steps of this epoch.</param>
/// <param name="RunStep">Steps done in the run.</param>
/// <param name="RunSteps">All steps of the run.</param>
/// <param name="Loss">Mean over this epoch's training images so far.</param>
/// <param name="ImagesPerSecond">Training images since the last report, per second.</param>
/// <param name="Remaining">The time that is probably left.</param>
/// <param name="Finished">The epoch that just ended, or null within one.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, long RunStep, long RunSteps, double Loss, double ImagesPerSecond,
    TimeSpan Remaining, EpochRecord? Finished = null);

/// <summary>What a run came to.</summary>
/// <param name="Epochs">Every epoch that ended, in order.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Interrupted">True where it was stopped before its end; the checkpoint continues it.</param>
/// <param name="BestEpoch">
/// The epoch with the lowest validation loss, whose weights the network has; null without early stopping.
/// </param>
public sealed record TrainingResult(IReadOnlyList<EpochRecord> Epochs, long Steps, bool Interrupted, int? BestEpoch)
{
    /// <summary>The epoch whose weights the network has, of a run that was not interrupted.</summary>
    internal EpochRecord Kept => Epochs[(BestEpoch ?? Epochs.Count) - 1];
}
