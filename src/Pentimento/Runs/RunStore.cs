using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;

using Pentimento.Files;

namespace Pentimento.Runs;

/// <summary>
/// Every run that was ever made, in one SQLite file: options, data, split, seed, versions, curves, results and files. Several
/// processes may use it at once. It holds nothing open between calls and is safe to use from several threads.
/// </summary>
/// <remarks>
/// Any member throws <see cref="InvalidDataException"/> when the file is damaged, and <see cref="IOException"/> when it cannot
/// be read or written (read-only, disk full, held by another process for 30 seconds). Each message names the file.
/// </remarks>
public sealed class RunStore
{
    private readonly RunDatabase database;
    private readonly TimeProvider time;

    private RunStore(string path, TimeProvider time)
    {
        (Path, this.time, database) = (path, time, new RunDatabase(path));
        database.Prepare();
    }

    /// <summary>
    /// Where runs are kept unless told otherwise: <c>runs.db</c> in the <see cref="HomeFolder"/>.
    /// </summary>
    public static string DefaultPath => HomeFolder.PathOf("runs.db");

    /// <summary>The file, as a full path.</summary>
    public string Path { get; }

    /// <summary>Opens a store, creating it and its folder where there is none and bringing an older one up to date.</summary>
    /// <param name="path">The file; null is <see cref="DefaultPath"/>.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="InvalidDataException">The file is damaged, no run store, or a later Pentimento's.</exception>
    /// <exception cref="IOException">The file cannot be opened or created.</exception>
    public static RunStore Open(string? path = null, TimeProvider? time = null) =>
        new(System.IO.Path.GetFullPath(path ?? DefaultPath), time ?? TimeProvider.System);

    /// <summary>Sees to it that a run could be recorded now.</summary>
    /// <exception cref="IOException">The store, or its folder, is read-only, or another process keeps it.</exception>
    public void ThrowIfReadOnly() => database.Use(connection =>
    {
        using var transaction = connection.BeginTransaction(); // takes the write lock, and lets it go again
        return 0;
    });

    /// <summary>Records the start of a run of this process.</summary>
    /// <returns>The run, to be ended and disposed of by the caller.</returns>
    /// <exception cref="ArgumentException">The options are not a JSON object.</exception>
    public Run Begin(RunFacts facts)
    {
        if (facts.Options.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"Options is JSON {facts.Options.ValueKind}; it must be an object.", nameof(facts));

        var now = time.GetUtcNow();
        var process = RunProcess.Current;
        var id = database.Use(connection =>
        {
            while (true) // Four digits may be taken already in this second.
            {
                var second = now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
                var candidate = $"{second}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
                var added = connection.Execute("""
                    INSERT INTO runs (id, verb, command_line, options, data_name, data_fingerprint, split, seed, versions,
                        status, started, last_seen, host, process, process_started)
                    VALUES ($id, $verb, $commandLine, $options, $dataName, $dataFingerprint, $split, $seed, $versions,
                        'running', $now, $now, $host, $process, $processStarted)
                    ON CONFLICT (id) DO NOTHING
                    """,
                    ("$id", candidate), ("$verb", facts.Verb), ("$commandLine", facts.CommandLine),
                    ("$options", facts.Options.GetRawText()), ("$dataName", facts.DataName),
                    ("$dataFingerprint", facts.DataFingerprint), ("$split", facts.Split?.GetRawText()), ("$seed", facts.Seed),
                    ("$versions", JsonSerializer.Serialize(facts.Versions)), ("$now", now),
                    ("$host", process.Host), ("$process", process.Id), ("$processStarted", process.Started));
                if (added == 1) return candidate;
            }
        });
        return new Run(database, time, id);
    }

    /// <summary>Takes a run up again in this process, from a checkpoint: what was recorded after it is forgotten.</summary>
    /// <param name="idPart">The run, as for <see cref="Find"/>.</param>
    /// <param name="step">The checkpoint's step; metrics of later steps and the final metrics are deleted.</param>
    /// <returns>The run, to be ended and disposed of by the caller.</returns>
    /// <exception cref="ArgumentException">No run, or more than one, is meant by <paramref name="idPart"/>.</exception>
    /// <exception cref="InvalidOperationException">The run is at work in a live process.</exception>
    public Run Resume(string idPart, long step)
    {
        var id = Find(idPart).Id;
        var process = RunProcess.Current;
        database.Use(connection =>
        {
            using var transaction = connection.BeginTransaction(); // Of two processes that resume it at once, one is told no.
            if (Select(connection, "WHERE id = $id", ("$id", id))[0].Status == RunStatus.Running)
                throw new InvalidOperationException($"Run {id} is still at work; stop it before resuming it.");
            connection.Execute("""
                DELETE FROM metrics WHERE step > $step AND run = (SELECT number FROM runs WHERE id = $id);
                DELETE FROM final_metrics WHERE run = (SELECT number FROM runs WHERE id = $id);
                UPDATE runs SET status = 'running', reason = NULL, started = $now, ended = NULL, last_seen = $now,
                    host = $host, process = $process, process_started = $processStarted WHERE id = $id;
                """, ("$id", id), ("$step", step), ("$now", time.GetUtcNow()),
                ("$host", process.Host), ("$process", process.Id), ("$processStarted", process.Started));
            transaction.Commit();
            return id;
        });
        return new Run(database, time, id);
    }

    /// <summary>The runs, latest first.</summary>
    /// <param name="limit">At most so many; the default is all.</param>
    public IReadOnlyList<RunRecord> List(int limit = int.MaxValue) =>
        database.Use(c => Select(c, "ORDER BY started DESC, number DESC LIMIT $limit", ("$limit", limit)));

    /// <summary>The one run whose id starts with, or has as its last four digits, <paramref name="idPart"/>.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public RunRecord Find(string idPart)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(idPart);
        var found = database.Use(c => Select(c, """
            WHERE substr(id, 1, length($part)) = lower($part) OR substr(id, -5) = '-' || lower($part)
            ORDER BY id
            """, ("$part", idPart)));
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ArgumentException($"No run in '{Path}' has an id that starts with '{idPart}'."),
            _ => throw new ArgumentException($"'{idPart}' may be any of {found.Count} runs: "
                + string.Join(", ", found.Take(5).Select(r => r.Id)) + (found.Count > 5 ? ", …" : "") + "."),
        };
    }

    /// <summary>A run's curves, by name and step.</summary>
    /// <param name="id">The full id.</param>
    public IReadOnlyList<MetricPoint> Metrics(string id) => database.Use(c => c.Query(
        r => new MetricPoint(r.Text("name"), r.Integer("step"), (int)r.Integer("epoch"), r.Real("value") ?? double.NaN),
        "SELECT m.* FROM metrics m JOIN runs ON number = run WHERE id = $id ORDER BY name, step", ("$id", id)));

    /// <summary>The files a run made.</summary>
    /// <param name="id">The full id.</param>
    public IReadOnlyList<Artefact> Artefacts(string id) => database.Use(c => c.Query(
        r => new Artefact(r.Text("kind"), r.Text("path"), r.Text("sha256")),
        "SELECT a.* FROM artefacts a JOIN runs ON number = run WHERE id = $id ORDER BY kind, path", ("$id", id)));

    /// <summary>Which picture went to which side, as JSON; null when nothing was split or there is no such run.</summary>
    /// <param name="id">The full id.</param>
    public JsonElement? Split(string id) =>
        database.Use(c => c.Scalar<string>("SELECT split FROM runs WHERE id = $id", ("$id", id)) is { } json
            ? RunRow.Json("split", json) : (JsonElement?)null);

    /// <summary>Several runs side by side: in what they differ, and what came out.</summary>
    /// <param name="idParts">The runs in the order of the columns, each as for <see cref="Find"/>.</param>
    /// <exception cref="ArgumentException">A run is not found, or fewer than two are given.</exception>
    public RunComparison Compare(params IEnumerable<string> idParts) => RunComparison.Of([.. idParts.Select(Find)]);

    private List<RunRecord> Select(SqliteConnection connection, string clause, params ReadOnlySpan<(string, object?)> values)
    {
        var now = time.GetUtcNow();
        var rows = connection.Query(
            r => (Number: r.Integer("number"), Record: RunRow.Read(r, now)), $"SELECT * FROM runs {clause}", values);
        return [.. rows.Select(row => WithMetrics(row.Record, connection, row.Number))];
    }

    private static RunRecord WithMetrics(RunRecord record, SqliteConnection connection, long number)
    {
        try
        {
            return record with
            {
                FinalMetrics = connection.Query(
                    r => new FinalMetric(r.Text("name"), r.Real("value") ?? double.NaN, r.Real("lower"), r.Real("upper")),
                    "SELECT * FROM final_metrics WHERE run = $run ORDER BY name", ("$run", number)),
            };
        }
        catch (FormatException e)
        {
            return record with { Status = RunStatus.Damaged, Reason = record.Reason ?? $"of a final metric, {e.Message}" };
        }
    }
}
