using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Files;
using Pentimento.Metrics;

namespace Pentimento.Auditing;

/// <summary>What an audit comes to.</summary>
public enum AuditOutcome
{
    /// <summary>Nothing was found that tells the sets apart but what the pictures show.</summary>
    NoConfound,

    /// <summary>The figures hold with a reservation, which the conclusion names.</summary>
    Caution,

    /// <summary>The sets differ in their files, or a blank model does about as well as the detector.</summary>
    Confound,
}

/// <summary>The detector that was audited.</summary>
/// <param name="Name">As registered, or the model's file.</param>
/// <param name="Auroc">Of normal pictures that it did not learn from against the others.</param>
/// <param name="AskedFalseAlarms">The share of normal pictures that it may flag.</param>
/// <param name="FalseAlarms">The share that it did flag.</param>
/// <param name="Found">The share of the others that it flagged.</param>
public sealed record AuditedDetector(string Name, Interval Auroc, double AskedFalseAlarms, Interval FalseAlarms, double Found);

/// <summary>What a change of the pictures does to the scores.</summary>
/// <param name="Change">Which.</param>
/// <param name="Shift">The middle change of a normal picture's score, in standard deviations of the normal scores.</param>
/// <param name="ShiftFrom">The 5 % quantile.</param>
/// <param name="ShiftTo">The 95 % quantile.</param>
/// <param name="OtherShift">The middle change of another picture's score.</param>
/// <param name="FlaggedBefore">The share of the normal pictures that is flagged as they are.</param>
/// <param name="FlaggedAfter">The share that is flagged after the change.</param>
/// <param name="FoundBefore">The share of the other pictures that is flagged as they are.</param>
/// <param name="FoundAfter">The share that is flagged after the change.</param>
/// <param name="Changed">The share of all these pictures that get another of the three answers.</param>
public sealed record SensitivityRow(
    string Change, double Shift, double ShiftFrom, double ShiftTo, double OtherShift, double FlaggedBefore, double FlaggedAfter,
    double FoundBefore, double FoundAfter, double Changed);

/// <summary>The pictures of one source among the normal ones.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Count">How many pictures.</param>
/// <param name="FalseAlarms">The share of them that is flagged by a detector that saw others of this source.</param>
/// <param name="FalseAlarmsLeftOut">By a detector that saw none of this source; null where it was not fitted anew.</param>
/// <param name="Auroc">Of them against all other pictures, where others of the source were seen.</param>
/// <param name="AurocLeftOut">Where none were seen; null where the detector was not fitted anew.</param>
public sealed record SourceRow(
    string Source, int Count, Interval FalseAlarms, Interval? FalseAlarmsLeftOut, double Auroc, Interval? AurocLeftOut);

/// <summary>How much of the detector's success plain properties of the files and pictures explain.</summary>
public sealed record AuditResult
{
    /// <summary>The name of the normal set.</summary>
    public required string Normal { get; init; }

    /// <summary>The name of the other set.</summary>
    public required string Other { get; init; }

    /// <summary>How many normal pictures were measured.</summary>
    public required int NormalCount { get; init; }

    /// <summary>How many other pictures were measured.</summary>
    public required int OtherCount { get; init; }

    /// <summary>In one word.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>
    /// In a few paragraphs. The first has what explains the detector away: the files, and a blank model that comes near.
    /// </summary>
    public required IReadOnlyList<string> Conclusion { get; init; }

    /// <summary>The detector.</summary>
    public required AuditedDetector Detector { get; init; }

    /// <summary>The rules that know nothing of what pictures show.</summary>
    public required BlankModels Blank { get; init; }

    /// <summary>What changes of the pictures do to the scores.</summary>
    public IReadOnlyList<SensitivityRow> Sensitivity { get; init; } = [];

    /// <summary>How many normal and how many other pictures were changed.</summary>
    public int SensitivityPictures { get; init; }

    /// <summary>The sources of the normal pictures, the largest first; empty where there is one, or none is known.</summary>
    public IReadOnlyList<SourceRow> Sources { get; init; } = [];

    /// <summary>How the sources are known, as in "file headers".</summary>
    public string? SourcesFrom { get; init; }

    /// <summary>What else must be said, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Of folds, permutations and resamples.</summary>
    public int Seed { get; init; }

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for people; it is not embedded in HTML
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>Reads a file of <see cref="ToJson"/>.</summary>
    /// <exception cref="InvalidDataException">It is no audit; the message names the file.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AuditResult Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no audit '{path}'.", path);
        try
        {
            return JsonSerializer.Deserialize<AuditResult>(InputFile.ReadAllText(path), s_json)
                ?? throw new InvalidDataException($"'{path}' is no audit: it is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is no audit: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
