using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Files;

namespace Pentimento.Training;

/// <summary>A line of a metrics log.</summary>
/// <param name="Time">When it was written, UTC.</param>
/// <param name="Step">Optimiser steps done, over all epochs.</param>
/// <param name="Epoch">The epoch that step belongs to.</param>
/// <param name="Metrics">Names and values. In the file, what JSON has no number for is "NaN", "Infinity" or "-Infinity".</param>
public sealed record MetricsEntry(DateTimeOffset Time, long Step, int Epoch, IReadOnlyDictionary<string, double> Metrics);

/// <summary>
/// A training run's curves as files: <c>metrics.jsonl</c>, one JSON object a line, and a TensorBoard event file beside it.
/// A line is in the file when the call returns, so a killed run loses none. Not for use from several threads at once.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    /// <summary>The name of the log in its folder.</summary>
    public const string FileName = "metrics.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // "+00:00" and "σ" stay readable.
    };

    private readonly TimeProvider time;
    private readonly FileStream file;
    private readonly TensorBoardWriter tensorBoard;
    private long lastStep;

    /// <summary>Starts the log of a new run, or goes on with that of a resumed one.</summary>
    /// <param name="folder">Where to write; created when missing.</param>
    /// <param name="resumedStep">
    /// Null (the default) starts anew and replaces a log that is there. Else the step of the checkpoint that the run goes on
    /// from: lines of later steps are cut off, the run will write them again.
    /// </param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="InvalidDataException">The log to go on with is damaged; the message says in which line.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public MetricsLog(string folder, long? resumedStep = null, TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        lastStep = resumedStep ?? 0;
        Path = System.IO.Path.Combine(folder, FileName);
        if (FileKind.Obstacle(System.IO.Path.GetFullPath(Path)) is { } obstacle)
            throw new IOException($"Cannot write the metrics log '{Path}': {obstacle}");
        try
        {
            Directory.CreateDirectory(folder);
            var kept = resumedStep is { } step && File.Exists(Path) ? LengthUpTo(step, Path) : 0;
            file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.SetLength(kept);
            file.Seek(0, SeekOrigin.End);
            tensorBoard = new TensorBoardWriter(folder, this.time, resumedStep + 1 ?? 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new IOException($"Cannot write the metrics log '{Path}': {e.Message}", e);
        }
    }

    /// <summary>The JSON-lines file.</summary>
    public string Path { get; }

    /// <summary>Adds the metrics of a step.</summary>
    /// <param name="step">Optimiser steps done, over all epochs; never less than that of an earlier call.</param>
    /// <param name="epoch">The epoch that step belongs to.</param>
    /// <param name="metrics">Names and values; "train/loss" shows in TensorBoard's group "train".</param>
    /// <exception cref="ArgumentOutOfRangeException">The step lies before one that was logged.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Log(long step, int epoch, params ReadOnlySpan<(string Name, double Value)> metrics)
    {
        if (step < lastStep)
            throw new ArgumentOutOfRangeException(nameof(step), step,
                $"Step {step} comes after step {lastStep}; steps must not go back.");
        lastStep = step;

        var values = new Dictionary<string, double>(metrics.Length);
        foreach (var (name, value) in metrics) values[name] = value;
        var entry = new MetricsEntry(time.GetUtcNow(), step, epoch, values);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, Json), (byte)'\n'];
        file.Write(line); // In one piece.
        tensorBoard.Add(step, metrics);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        file.Dispose();
        tensorBoard.Dispose();
    }

    /// <summary>Reads a log back. A last line without its end, as a kill leaves it, is left out.</summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <exception cref="InvalidDataException">A line is damaged; the message names the file and the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<MetricsEntry> Read(string path) => [.. Lines(path).Select(line => line.Entry)];

    private static long LengthUpTo(long step, string path) =>
        Lines(path).TakeWhile(line => line.Entry.Step <= step).Select(line => line.End).LastOrDefault();

    private static IEnumerable<(MetricsEntry Entry, long End)> Lines(string path)
    {
        var bytes = InputFile.ReadAllBytes(path);
        for (int start = 0, number = 1, end; (end = Array.IndexOf(bytes, (byte)'\n', start) + 1) > 0; start = end, number++)
            yield return (Parse(bytes.AsSpan(start..(end - 1)), path, number), end);
    }

    private static MetricsEntry Parse(ReadOnlySpan<byte> line, string path, int number)
    {
        try
        {
            if (JsonSerializer.Deserialize<MetricsEntry>(line, Json) is { Metrics: not null } entry) return entry;
        }
        catch (JsonException)
        {
            // Said below, with the file's name instead of a position in the line.
        }
        throw new InvalidDataException($"'{path}', line {number}, is not a metrics entry.");
    }
}
