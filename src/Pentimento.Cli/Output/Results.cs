using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pentimento.Experiments;
using Pentimento.Runs;
using Spectre.Console;

namespace Pentimento.Cli.Output;

/// <summary>Results as text and as JSON.</summary>
internal static class Results
{
    private const int MostSkipped = 5;

    /// <summary>How results are written as JSON.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for people; it is not embedded in HTML
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>A document as text.</summary>
    public static string Json(JsonNode document) => document.ToJsonString(JsonOptions);

    /// <summary>Names and values, one a line.</summary>
    public static void Facts(Terminal terminal, IReadOnlyList<(string Name, string Value)> rows)
    {
        var width = rows.Max(r => r.Name.Length) + 2;
        foreach (var (name, value) in rows)
            terminal.Line($"[grey]{Markup.Escape(name.PadRight(width))}[/]{Markup.Escape(value)}");
    }

    /// <summary>The figures of an evaluation with their intervals, and what must be said beside them.</summary>
    public static void Figures(Terminal terminal, EvaluationResult evaluation)
    {
        terminal.Line();
        terminal.Line($"Measured on {evaluation.Images:N0} images of {Markup.Escape(evaluation.Data)}:");
        Figures(terminal, evaluation.Figures);
        foreach (var remark in evaluation.Remarks) Note(terminal, "[yellow]![/]", remark);
    }

    /// <inheritdoc cref="Figures(Terminal, EvaluationResult)"/>
    public static void Figures(Terminal terminal, IReadOnlyList<FinalMetric> figures)
    {
        var table = Table("figure", "value", "95 % interval");
        table.Columns[1].RightAligned();
        foreach (var figure in figures)
            table.AddRow(new Text(figure.Name), new Text(Number(figure.Value), new Style(decoration: Decoration.Bold)),
                new Text(Bounds(figure)));
        terminal.Out.Write(table);
    }

    /// <summary>A sentence behind a mark, wrapped at words.</summary>
    public static void Note(Terminal terminal, string mark, string text)
    {
        var grid = new Grid()
            .AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(1))
            .AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        terminal.Out.Write(grid.AddRow(new Markup(mark), new Text(text)));
    }

    /// <summary>A table in the style of all tables.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column, new Style(Color.Grey))).NoWrap());
        return table;
    }

    /// <summary>What was left out as unreadable.</summary>
    public static void Skipped(Terminal terminal, IReadOnlyList<(string Path, string Reason)> skipped)
    {
        if (skipped.Count == 0) return;
        var pictures = skipped.Count == 1 ? "picture was" : "pictures were";
        terminal.Line($"[yellow]![/] {skipped.Count:N0} unreadable {pictures} left out:");
        foreach (var (_, reason) in skipped.Take(MostSkipped)) terminal.Line($"    {Markup.Escape(reason)}");
        if (skipped.Count > MostSkipped) terminal.Line($"    and {skipped.Count - MostSkipped:N0} more");
    }

    /// <summary>Four significant digits, no exponent unless needed.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return magnitude is < -5 or > 6
            ? value.ToString("0.000e0", CultureInfo.InvariantCulture)
            : value.ToString("F" + Math.Clamp(3 - magnitude, 0, 12), CultureInfo.InvariantCulture);
    }

    private static string Bounds(FinalMetric figure) =>
        figure is { Lower: { } lower, Upper: { } upper } ? $"{Number(lower)} – {Number(upper)}" : "";
}
