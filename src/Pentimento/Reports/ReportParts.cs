using Pentimento.Imaging;
using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>A number that matters, set large at the top of a report.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The number as text.</param>
/// <param name="Interval">Its interval as text, where known.</param>
/// <param name="Caption">A few words below.</param>
public sealed record KeyFigure(string Label, string Value, string? Interval = null, string? Caption = null)
{
    /// <summary>A key figure from an interval.</summary>
    /// <param name="label">What it is.</param>
    /// <param name="value">The estimate and its bounds.</param>
    /// <param name="unit">As in "dB".</param>
    /// <param name="caption">A few words below.</param>
    /// <param name="digits">Significant digits.</param>
    /// <param name="confidence">What the interval promises.</param>
    public static KeyFigure Of(string label, Interval value, string? unit = null, string? caption = null, int digits = 3,
        double confidence = 0.95) =>
        new(label, Numbers.Significant(value.Estimate, digits) + (unit is null ? "" : "\u202f" + unit),
            value.HasBounds ? $"{Numbers.Percent(confidence)}: {Numbers.Bounds(value, v => Numbers.Significant(v, digits))}"
                : null, caption);
}

/// <summary>A table. A column whose cells all start with a digit, a sign or a dash is aligned to the right.</summary>
/// <param name="Caption">What the table shows.</param>
/// <param name="Columns">The heads.</param>
/// <param name="Rows">The cells; every row as long as <paramref name="Columns"/>. The first cell of a row is its head.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>The column that stands out, counted from 0; null for none.</summary>
    public int? Highlight { get; init; }
}

/// <summary>A chart or a picture with its caption.</summary>
/// <param name="Caption">What to see in it.</param>
/// <param name="Chart">The chart, or null.</param>
/// <param name="Image">The picture, or null; shown in its own size, at most as wide as its column.</param>
public sealed record Figure(string Caption, Chart? Chart = null, RasterImage? Image = null)
{
    /// <summary>What the colours of the picture stand for, as safe markup; null for none.</summary>
    internal string? Scale { get; init; }

    /// <summary>Whether it takes the whole width.</summary>
    internal bool IsWide { get; init; }
}

/// <summary>One picture of a case.</summary>
/// <param name="Title">What it is: "original", "noisy", "output".</param>
/// <param name="Image">Any size; below 96 pixels it is scaled up without smoothing, above 320 it is made smaller.</param>
/// <param name="Caption">Its number: "24.3 dB".</param>
public sealed record CaseImage(string Title, RasterImage Image, string? Caption = null);

/// <summary>One picture in its states, side by side.</summary>
/// <param name="Name">The picture's name, which also serves those who cannot see it.</param>
/// <param name="Images">At least one.</param>
/// <param name="Caption">Further words after the name.</param>
/// <param name="Flagged">Whether the case was called anomalous; marked.</param>
public sealed record ImageCase(string Name, IReadOnlyList<CaseImage> Images, string? Caption = null, bool Flagged = false);

/// <summary>How loud a note is.</summary>
public enum NoteKind
{
    /// <summary>Worth knowing.</summary>
    Remark,

    /// <summary>The figures have to be read with care.</summary>
    Warning,
}

/// <summary>Where a report comes from, for its last lines.</summary>
/// <param name="Version">The version of Pentimento.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Command">The command that makes it again.</param>
public sealed record ReportOrigin(string? Version = null, DateTimeOffset? Created = null, long? Seed = null,
    string? Command = null);
