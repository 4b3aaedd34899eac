using Microsoft.Data.Sqlite;
using Pentimento.Files;

namespace Pentimento.Runs;

/// <summary>
/// A run in progress. Metrics are gathered and written about once a second in one transaction, so that logging every step
/// costs next to nothing. May be used from several threads.
/// </summary>
/// <remarks>A run that is disposed of before it is finished or failed is recorded as interrupted.</remarks>
public sealed class Run : IDisposable
{
    private const int MostPending = 10_000;
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly RunDatabase database;
    private readonly TimeProvider time;
    private readonly SqliteConnection connection;
    private readonly long number;
    private readonly List<MetricPoint> pending = [];
    private long lastWrite;
    private bool ended;

    internal Run(RunDatabase database, TimeProvider time, string id)
    {
        (this.database, this.time, Id) = (database, time, id);
        connection = database.Translate(() => database.Open());
        number = database.Translate(() => connection.Scalar<long>("SELECT number FROM runs WHERE id = $id", ("$id", id)));
        lastWrite = time.GetTimestamp();
    }

    /// <summary>Its name in the store: "20261123-142530-7f3a".</summary>
    public string Id { get; }

    /// <summary>Records metrics of a step. The same name at the same step again replaces the value.</summary>
    /// <param name="step">Optimiser steps done, over all epochs.</param>
    /// <param name="epoch">The epoch that step belongs to.</param>
    /// <param name="metrics">Names and values; not-a-number and infinities are kept.</param>
    /// <exception cref="InvalidOperationException">The run has ended.</exception>
    /// <exception cref="IOException">The store cannot be written. What is pending is kept for the next attempt.</exception>
    public void Log(long step, int epoch, params ReadOnlySpan<(string Name, double Value)> metrics)
    {
        lock (gate)
        {
            RequireRunning();
            foreach (var (name, value) in metrics) pending.Add(new MetricPoint(name, step, epoch, value));
            if (pending.Count >= MostPending || time.GetElapsedTime(lastWrite) >= WriteInterval) Write();
        }
    }

    /// <summary>Writes what is pending now: before a checkpoint is saved, so that a run resumed from it has no gap.</summary>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public void Flush()
    {
        lock (gate)
        {
            RequireRunning();
            Write();
        }
    }

    /// <summary>Records a file that the run made, with the hash of its content. The same path again replaces the entry.</summary>
    /// <param name="kind">What it is: "model", "report", "checkpoint".</param>
    /// <param name="path">An existing file.</param>
    /// <exception cref="InvalidOperationException">The run has ended.</exception>
    /// <exception cref="IOException">The file cannot be read, or the store cannot be written.</exception>
    public void AddArtefact(string kind, string path)
    {
        var hash = ContentHash.OfFile(path);
        lock (gate)
        {
            RequireRunning();
            database.Translate(() => connection.Execute("INSERT OR REPLACE INTO artefacts VALUES ($run, $path, $kind, $hash)",
                ("$run", number), ("$path", Path.GetFullPath(path)), ("$kind", kind), ("$hash", hash)));
        }
    }

    /// <summary>Ends the run well.</summary>
    /// <param name="metrics">Its results; of several with one name the last counts.</param>
    /// <exception cref="InvalidOperationException">The run has ended before.</exception>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public void Finish(params IEnumerable<FinalMetric> metrics) => End(RunStatus.Finished, null, metrics);

    /// <summary>Ends the run with an error.</summary>
    /// <param name="reason">Why; only its first line is kept.</param>
    /// <inheritdoc cref="Finish" path="/exception"/>
    public void Fail(string reason) => End(RunStatus.Failed, reason.Trim().Split('\n')[0].TrimEnd(), []);

    /// <summary>Ends the run as stopped on request (Ctrl-C). It may be resumed.</summary>
    /// <inheritdoc cref="Finish" path="/exception"/>
    public void Interrupt() => End(RunStatus.Interrupted, null, []);

    /// <summary>Closes the store; a run that has not ended is recorded as interrupted. Never throws.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            try
            {
                if (!ended) End(RunStatus.Interrupted, null, []);
            }
            catch (IOException)
            {
                // The store is as it was. The entry says "running" until this process ends, and "interrupted" from then on.
            }
            ended = true;
            connection.Dispose();
        }
    }

    private void End(RunStatus status, string? reason, IEnumerable<FinalMetric> metrics)
    {
        lock (gate)
        {
            RequireRunning();
            Write(() =>
            {
                foreach (var metric in metrics)
                    connection.Execute("INSERT OR REPLACE INTO final_metrics VALUES ($run, $name, $value, $lower, $upper)",
                        ("$run", number), ("$name", metric.Name), ("$value", metric.Value),
                        ("$lower", metric.Lower), ("$upper", metric.Upper));
                connection.Execute("UPDATE runs SET status = $status, reason = $reason, ended = $now WHERE number = $run",
                    ("$status", status.ToString().ToLowerInvariant()), ("$reason", reason),
                    ("$now", time.GetUtcNow()), ("$run", number));
            });
            ended = true;
        }
    }

    private void Write(Action? more = null) => database.Translate(() =>
    {
        using var transaction = connection.BeginTransaction();
        using var insert = connection.Command("INSERT OR REPLACE INTO metrics VALUES ($run, $name, $step, $epoch, $value)",
            ("$run", number), ("$name", ""), ("$step", 0L), ("$epoch", 0), ("$value", 0.0));
        foreach (var point in pending)
        {
            insert.Parameters["$name"].Value = point.Name;
            insert.Parameters["$step"].Value = point.Step;
            insert.Parameters["$epoch"].Value = point.Epoch;
            insert.Parameters["$value"].Value = double.IsNaN(point.Value) ? DBNull.Value : point.Value;
            insert.ExecuteNonQuery();
        }
        connection.Execute("UPDATE runs SET last_seen = $now WHERE number = $run", ("$now", time.GetUtcNow()), ("$run", number));
        more?.Invoke();
        transaction.Commit();
        pending.Clear();
        lastWrite = time.GetTimestamp();
    });

    private void RequireRunning()
    {
        if (ended) throw new InvalidOperationException($"Run {Id} has ended; nothing can be added to it.");
    }
}
