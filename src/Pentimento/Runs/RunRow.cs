using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Pentimento.Runs;

/// <summary>Reads a run from its row. One that is damaged is a run of which that is said: it must not hide the others.</summary>
internal static class RunRow
{
    // Twice the same name would be two values of one option.
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };
    private static readonly JsonElement s_none = JsonElement.Parse("{}");

    /// <summary>The run without its final metrics.</summary>
    public static RunRecord Read(SqliteDataReader row, DateTimeOffset now)
    {
        try
        {
            return Whole(row, now);
        }
        catch (FormatException e)
        {
            return Damaged(row, e.Message);
        }
    }

    /// <summary>What a column with JSON holds.</summary>
    /// <exception cref="FormatException">It is no JSON, or has text that is none; the message names the column.</exception>
    public static JsonElement Json(string column, string text)
    {
        try
        {
            var value = JsonElement.Parse(text, s_strict);
            CheckText(value);
            return value;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"its '{column}' is no JSON", e);
        }
    }

    private static RunRecord Whole(SqliteDataReader row, DateTimeOffset now)
    {
        var options = Json("options", row.Text("options"));
        if (options.ValueKind != JsonValueKind.Object) throw new FormatException("its 'options' is no JSON object");
        var facts = new RunFacts
        {
            Verb = row.Text("verb"),
            CommandLine = row.Text("command_line"),
            Options = options,
            DataName = row.Text("data_name"),
            DataFingerprint = row.Text("data_fingerprint"),
            Seed = row.Integer("seed"),
            Versions = Versions(Json("versions", row.Text("versions"))),
        };
        if (!Enum.TryParse<RunStatus>(row.Text("status"), ignoreCase: true, out var status) || !Enum.IsDefined(status))
            throw new FormatException("its 'status' is not known");
        var lastSeen = row.Time("last_seen");
        DateTimeOffset? ended = row.TextOrNull("ended") is null ? null : row.Time("ended");
        var process = new RunProcess(row.Text("host"), (int)row.Integer("process"), row.Time("process_started"));
        if (status == RunStatus.Running && !process.IsAlive(lastSeen, now)) (status, ended) = (RunStatus.Interrupted, lastSeen);
        return new RunRecord(row.Text("id"), facts, status, row.TextOrNull("reason"), row.Time("started"), ended, []);
    }

    private static RunVersions Versions(JsonElement json)
    {
        try
        {
            if (json.Deserialize<RunVersions>() is { } versions) return versions;
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new FormatException("its 'versions' is no list of versions");
    }

    private static RunRecord Damaged(SqliteDataReader row, string what)
    {
        string Text(string column) => row.TextOrNull(column) ?? "";
        var facts = new RunFacts
        {
            Verb = Text("verb"),
            CommandLine = Text("command_line"),
            Options = Or(() => Json("options", row.Text("options")), s_none),
            DataName = Text("data_name"),
            DataFingerprint = Text("data_fingerprint"),
            Seed = Or(() => row.Integer("seed"), 0),
            Versions = Or(() => Versions(Json("versions", row.Text("versions"))), new RunVersions("", "", "", "", "", "")),
        };
        return new RunRecord(
            Text("id"), facts, RunStatus.Damaged, $"its row in the store is damaged: {what}", Or(() => row.Time("started"), default),
            null, []);
    }

    private static T Or<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (FormatException)
        {
            return otherwise;
        }
    }

    /// <summary>Half a surrogate pair is found only when a text is asked for.</summary>
    private static void CheckText(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) value.GetString();
        else if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) CheckText(item);
        else if (value.ValueKind == JsonValueKind.Object)
            foreach (var (name, item) in value.EnumerateObject().Select(p => (p.Name, p.Value))) CheckText(item);
    }
}
