using System.Globalization;
using CsvHelper;
using Pentimento.Data;
using Pentimento.Files;
using Pentimento.Reports;
using Pentimento.Runs;

namespace Pentimento.Experiments;

/// <summary>An audit as files: a page, its figures as JSON, and a table of the pictures as CSV.</summary>
public static class AuditFiles
{
    /// <summary>The names of the files.</summary>
    public const string PageName = "audit.html", JsonName = "audit.json", TableName = "pictures.csv";

    /// <summary>Writes them, each whole or not at all.</summary>
    /// <param name="folder">Made if there is none; files of these names are replaced.</param>
    /// <param name="run">The audit.</param>
    /// <param name="options">What it looked at.</param>
    /// <param name="command">The command line, for the page.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="IOException">A file cannot be written; the message names it.</exception>
    public static void Write(
        string folder, DetectorAuditRun run, DetectorAuditOptions options, string command, TimeProvider? time = null)
    {
        var origin = new ReportOrigin(
            RunVersions.Current.Pentimento, (time ?? TimeProvider.System).GetLocalNow(), options.Seed, command);
        AuditPage.Of(run.Result, Describe(options), origin).Save(Path.Combine(folder, PageName));
        AtomicFile.WriteText(Path.Combine(folder, JsonName), run.Result.ToJson());
        AtomicFile.Write(Path.Combine(folder, TableName), stream => WriteTable(stream, run.Pictures));
    }

    private static void WriteTable(Stream stream, IReadOnlyList<AuditedPicture> pictures)
    {
        string[] names = [.. pictures.SelectMany(p => p.Numbers.Select(n => n.Name)).Distinct()];
        using var csv = CsvWriter.Create(stream, CsvText.Writing, leaveOpen: true);
        csv.WriteHeader(["set", "id", "source", "score", .. names]);
        foreach (var picture in pictures)
        {
            csv.WriteField(picture.IsOther ? "other" : "normal");
            csv.WriteField(picture.Id);
            csv.WriteField(picture.Source);
            csv.WriteField(picture.Score);
            foreach (var name in names) csv.WriteField(picture.Numbers.FirstOrDefault(n => n.Name == name)?.Value);
            csv.EndRecord();
        }
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Describe(DetectorAuditOptions options) =>
    [
        new("normal", options.Normal),
        new("other", options.Other),
        .. options.KnownOthers.Select(set => new KeyValuePair<string, string>("known others", set)),
        options.Model is { } model ? new("model", model) : new("detector", options.Detector),
        new("folds", $"{options.Folds}"),
        new("permutations", options.Permutations.ToString(CultureInfo.InvariantCulture)),
        new("pictures changed of each set", $"{options.SensitivityPictures}"),
        new("seed", $"{options.Seed}"),
    ];
}
