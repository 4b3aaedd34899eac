using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Reports;

namespace Pentimento.Experiments;

/// <summary>A figure as published, as this project gets it under the reference's protocol, and under the corrected one.</summary>
/// <param name="Model">As in "model 2, f = 0.2".</param>
/// <param name="Figure">As in "test loss".</param>
/// <param name="Published">The reference's value, or null where it gives none.</param>
/// <param name="Reference">Ours with the protocol's faults, or null.</param>
/// <param name="Corrected">Ours without, or null.</param>
/// <param name="Interval">The spread of <paramref name="Corrected"/> in words, where it is an estimate.</param>
public sealed record ReferenceRow(
    string Model, string Figure, double? Published, double? Reference, double? Corrected, string? Interval = null);

/// <summary>The reference's table beside ours.</summary>
/// <param name="Title">As in "Fashion-MNIST".</param>
/// <param name="Rows">The figures.</param>
/// <param name="Notes">What must be known to read them.</param>
/// <param name="Faults">What the middle column reproduces.</param>
/// <param name="Seed">The seed of everything.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record ReferenceTable(
    string Title, IReadOnlyList<ReferenceRow> Rows, IReadOnlyList<string> Notes, ProtocolFaults Faults, int Seed, double Seconds)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a precision where nothing was called positive
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The heads of <see cref="Cells"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["model", "figure", "published", "ours, reference protocol", "ours, corrected protocol"];

    /// <summary>The rows as text.</summary>
    public IEnumerable<IReadOnlyList<string>> Cells => Rows.Select(row => (IReadOnlyList<string>)
    [
        row.Model, row.Figure, Text(row.Published), Text(row.Reference),
        row.Interval is null ? Text(row.Corrected) : $"{Text(row.Corrected)} ({row.Interval})",
    ]);

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>As a report.</summary>
    public ReportPage ToPage(ReportOrigin origin)
    {
        var page = new ReportPage($"The reference experiments: {Title}", "published figures beside ours")
            .Table(new ReportTable(
                "Mean squared errors, and classification at the protocol's threshold.", Columns, [.. Cells])
            { Highlight = 4 })
            .Section("How to read it");
        foreach (var note in Notes) page.Note(note);
        page.Section("What the reference protocol gets wrong");
        foreach (var fault in Faults.Explain()) page.Paragraph(fault);
        return page.Origin(origin);
    }

    private static string Text(double? value) => value switch
    {
        null => "–",
        < 0.1 => $"{value:F6}",
        _ => $"{value:F3}",
    };
}
