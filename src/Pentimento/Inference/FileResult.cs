using Pentimento.Data;

namespace Pentimento.Inference;

/// <summary>How the work on one file ended.</summary>
public enum FileOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>There was nothing to do.</summary>
    Skipped,

    /// <summary>It could not be done; nothing was written.</summary>
    Failed,
}

/// <summary>What became of one input file.</summary>
/// <param name="Path">The file, as it was named or found.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why it failed, or was skipped although it is not done, in one line; else null.</param>
public abstract record FileResult(string Path, FileOutcome Outcome, string? Reason)
{
    /// <summary>The time that it took.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>What became of all input files.</summary>
/// <param name="Files">One result a file, in the order of the work; fewer than the inputs after a cancellation.</param>
/// <param name="IsCancelled">Whether the work was cancelled before the last file was finished.</param>
/// <param name="Elapsed">The time that it took.</param>
public sealed record FileBatchResult<TResult>(IReadOnlyList<TResult> Files, bool IsCancelled, TimeSpan Elapsed)
    where TResult : FileResult
{
    /// <summary>What else there is among the inputs: folders that cannot be read, and pictures of formats that are not.</summary>
    public LeftOut LeftOut { get; init; } = LeftOut.Nothing;

    /// <summary>How many files were done.</summary>
    public int Done => Count(FileOutcome.Done);

    /// <summary>How many files there was nothing to do for.</summary>
    public int Skipped => Count(FileOutcome.Skipped);

    /// <summary>How many files failed.</summary>
    public int Failed => Count(FileOutcome.Failed);

    /// <summary>As in "198 done, 1 skipped, 1 failed, cancelled"; what there is none of is left out.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        $"{Done} done",
        Skipped > 0 ? $"{Skipped} skipped" : null,
        Failed > 0 ? $"{Failed} failed" : null,
        IsCancelled ? "cancelled" : null,
    }.Where(part => part is not null));

    private int Count(FileOutcome outcome) => Files.Count(file => file.Outcome == outcome);
}

/// <summary>
/// Where the work on a list of files stands. Reported on the working thread at the start, during and at the end of each file.
/// </summary>
/// <param name="Finished">Files that are finished, this one included when <paramref name="Result"/> is there.</param>
/// <param name="Total">All files.</param>
/// <param name="Path">The file at hand.</param>
/// <param name="Fraction">The share of the file at hand that is done, 0 to 1.</param>
/// <param name="Result">What became of the file, when it has just been finished; else null.</param>
/// <param name="Elapsed">The time since the start.</param>
public sealed record FileProgress(int Finished, int Total, string Path, double Fraction, FileResult? Result, TimeSpan Elapsed)
{
    /// <summary>The share of all the work that is done, 0 to 1, every file counted alike.</summary>
    public double Overall => Total == 0 ? 1 : (Finished + (Result is null ? Fraction : 0)) / Total;

    /// <summary>The time that is left if it goes on like this; null while that cannot be told.</summary>
    public TimeSpan? Remaining => Overall > 0 ? Elapsed * ((1 - Overall) / Overall) : null;
}
