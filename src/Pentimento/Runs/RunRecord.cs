using System.Text.Json;

namespace Pentimento.Runs;

/// <summary>How far a run has come.</summary>
public enum RunStatus
{
    /// <summary>Its process is alive and at work.</summary>
    Running,

    /// <summary>It came to its end; final metrics are recorded.</summary>
    Finished,

    /// <summary>It was stopped (Ctrl-C), or its process died without a word. It may be resumed.</summary>
    Interrupted,

    /// <summary>It ended with an error; <see cref="RunRecord.Reason"/> says which.</summary>
    Failed,

    /// <summary>
    /// What the store has of it is damaged; <see cref="RunRecord.Reason"/> says what. The other facts are there as far as they
    /// could be read, and else empty.
    /// </summary>
    Damaged,
}

/// <summary>What is known of a run before it starts.</summary>
public sealed record RunFacts
{
    /// <summary>What is done, as on the command line: "train denoise".</summary>
    public required string Verb { get; init; }

    /// <summary>The whole command line, or the empty string when the library was called directly. The default is empty.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Every option as a JSON object, from <c>JsonSerializer.SerializeToElement(options)</c>.</summary>
    public required JsonElement Options { get; init; }

    /// <summary>The data set's name, for people.</summary>
    public required string DataName { get; init; }

    /// <summary>The data set's fingerprint: equal exactly when the same pictures were used.</summary>
    public required string DataFingerprint { get; init; }

    /// <summary>Which picture went to which side, as JSON; null when nothing was split. The default is null.</summary>
    public JsonElement? Split { get; init; }

    /// <summary>The seed that every random number of the run comes from.</summary>
    public required long Seed { get; init; }

    /// <summary>The versions that took part. The default is those of this process.</summary>
    public RunVersions Versions { get => field ??= RunVersions.Current; init; } // Asked late: asking loads libtorch.
}

/// <summary>A run as it stands in the store, without split, curves and artefacts: <see cref="RunStore"/> reads those.</summary>
/// <param name="Id">Its name: UTC start time and four hexadecimal digits, "20261123-142530-7f3a".</param>
/// <param name="Facts">What was known at the start, without the split: see <see cref="RunStore.Split"/>.</param>
/// <param name="Status">How far it has come, a dead process already taken into account.</param>
/// <param name="Reason">Why it failed, or what of it is damaged, one line; null for other states.</param>
/// <param name="Started">When it began, or was resumed last; the least time where that is damaged.</param>
/// <param name="Ended">When it ended; for a process that died, its last sign of life; null while it runs.</param>
/// <param name="FinalMetrics">Its results, by name; empty until it finishes.</param>
public sealed record RunRecord(string Id, RunFacts Facts, RunStatus Status, string? Reason, DateTimeOffset Started,
    DateTimeOffset? Ended, IReadOnlyList<FinalMetric> FinalMetrics);

/// <summary>One point of a metric's curve.</summary>
/// <param name="Name">The metric: "train/loss".</param>
/// <param name="Step">Optimiser steps done, over all epochs.</param>
/// <param name="Epoch">The epoch that step belongs to.</param>
/// <param name="Value">The value; not-a-number and infinities are kept.</param>
public readonly record struct MetricPoint(string Name, long Step, int Epoch, double Value);

/// <summary>A result of a run.</summary>
/// <param name="Name">The metric: "test/auroc".</param>
/// <param name="Value">The estimate.</param>
/// <param name="Lower">The lower end of its confidence interval, or null without one.</param>
/// <param name="Upper">The upper end of its confidence interval, or null without one.</param>
public readonly record struct FinalMetric(string Name, double Value, double? Lower = null, double? Upper = null);

/// <summary>A file that a run made.</summary>
/// <param name="Kind">What it is: "model", "report", "checkpoint".</param>
/// <param name="Path">Where it was written, as a full path.</param>
/// <param name="Sha256">The hash of its content at that time.</param>
public sealed record Artefact(string Kind, string Path, string Sha256);
