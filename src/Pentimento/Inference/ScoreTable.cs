using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Imaging;

namespace Pentimento.Inference;

/// <summary>The scores of files as a table for other programs. Numbers are written so that they read back to the bit.</summary>
public static class ScoreTable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // file names stay readable
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>
    /// Writes a CSV file (RFC 4180, UTF-8, decimal point), whole or not at all, with the columns path, anomaly_score, p_value,
    /// is_anomalous (true or false), answer (belongs, doesNotBelong or cannotTell), outcome (done or failed), reason, overlay,
    /// map, nearest (normal images that are most like it, separated by " | ") and page. What a file has not is left empty. Text
    /// that a spreadsheet would take for a formula (it begins with =, +, - or @) has an apostrophe before it.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced, unless it is one of the images or has the name of one.</param>
    /// <param name="files">The rows.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> has an image's extension or is one of the files.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void WriteCsv(string path, IReadOnlyCollection<ScoredFile> files)
    {
        CheckName(path, files);
        AtomicFile.Write(path, stream =>
        {
            using var csv = CsvWriter.Create(stream, CsvText.Writing, leaveOpen: true);
            csv.WriteHeader("path", "anomaly_score", "p_value", "is_anomalous", "answer", "outcome", "reason", "overlay", "map",
                "nearest", "page");
            foreach (var file in files) WriteRow(csv, file);
        });
    }

    /// <summary>
    /// Writes a JSON file, whole or not at all: {"threshold", "rule", "falseAlarmRate", "images": [{"path", "anomalyScore",
    /// "pValue", "isAnomalous", "answer", "outcome", "reason", "overlay", "map", "nearest": [{"id", "distance"}], "page"}]}. What
    /// a file has not is null.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced, unless it is one of the images or has the name of one.</param>
    /// <param name="files">The images.</param>
    /// <param name="calibration">Of the detector.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> has an image's extension or is one of the files.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void WriteJson(string path, IReadOnlyCollection<ScoredFile> files, Calibration calibration)
    {
        CheckName(path, files);
        AtomicFile.Write(path, stream => stream.Write(ToJson(files, calibration)));
    }

    /// <summary>The content of <see cref="WriteJson"/>, for a program that prints it.</summary>
    public static byte[] ToJson(IEnumerable<ScoredFile> files, Calibration calibration) => JsonSerializer.SerializeToUtf8Bytes(
        new Table(
            calibration.Threshold, calibration.Rule, calibration.FalseAlarmRate,
            files.Select(file => new Row(
                file.Path, file.Verdict?.AnomalyScore, file.Verdict?.PValue, file.Verdict?.IsAnomalous, file.Verdict?.Answer,
                file.Outcome, file.Reason, file.Overlay, file.Map, file.Nearest, file.Page))),
        s_json);

    private static void WriteRow(CsvWriter csv, ScoredFile file)
    {
        csv.WriteField(file.Path);
        csv.WriteField(file.Verdict?.AnomalyScore);
        csv.WriteField(file.Verdict?.PValue);
        csv.WriteField(file.Verdict?.IsAnomalous);
        csv.WriteField(file.Verdict is { } verdict ? JsonNamingPolicy.CamelCase.ConvertName(verdict.Answer.ToString()) : null);
        csv.WriteField(file.Outcome.ToString().ToLowerInvariant());
        csv.WriteField(file.Reason);
        csv.WriteField(file.Overlay);
        csv.WriteField(file.Map);
        csv.WriteField(string.Join(" | ", file.Nearest.Select(example => example.Id)));
        csv.WriteField(file.Page);
        csv.EndRecord();
    }

    private static void CheckName(string path, IEnumerable<ScoredFile> files)
    {
        if (ImageFile.IsImage(path))
            throw new ArgumentException($"'{path}' is the name of an image; a table is not written there.", nameof(path));
        // An image that was named may have any extension.
        var real = new RealPath();
        var entry = real.OfEntry(path);
        if (files.Any(file => real.OfEntry(file.Path) == entry || real.Of(file.Path) == entry))
            throw new ArgumentException($"'{path}' is one of the scored images; a table is not written over it.", nameof(path));
    }

    private sealed record Table(double Threshold, ThresholdRule Rule, double FalseAlarmRate, IEnumerable<Row> Images);

    private sealed record Row(
        string Path, double? AnomalyScore, double? PValue, bool? IsAnomalous, Answer? Answer, FileOutcome Outcome,
        string? Reason, string? Overlay, string? Map, IReadOnlyList<NormalExample> Nearest, string? Page);
}
