using System.Globalization;
using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>A drawn chart. Made by <see cref="Charts"/>; set on a page with <see cref="ReportPage.Figures"/>.</summary>
public sealed class Chart
{
    private Chart(string svg, string description, IReadOnlyList<LegendEntry> legend) =>
        (Svg, Description, Legend) = (svg, description, legend);

    internal static Chart Framed(double width, double height, string content, string description,
        IReadOnlyList<LegendEntry> legend)
    {
        var box = string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}");
        var label = Html.Escape(description);
        return new Chart($"<svg class=\"chart\" viewBox=\"{box}\" role=\"img\" aria-label=\"{label}\">{content}</svg>",
            description, legend);
    }

    /// <summary>One <c>svg</c> element for an HTML page, coloured by the page's style sheet.</summary>
    public string Svg { get; }

    /// <summary>What the chart shows, in words.</summary>
    public string Description { get; }

    internal IReadOnlyList<LegendEntry> Legend { get; }
}

internal sealed record LegendEntry(string Css, string Text);

/// <summary>A quantity over epochs or steps.</summary>
/// <param name="Name">As in "train".</param>
/// <param name="At">The epochs or steps.</param>
/// <param name="Values">As many values; one that is not finite leaves a gap.</param>
public sealed record Curve(string Name, IReadOnlyList<double> At, IReadOnlyList<double> Values)
{
    /// <summary>A curve with one value per epoch, from epoch 1.</summary>
    public static Curve PerEpoch(string name, IReadOnlyList<double> values) =>
        new(name, [.. Enumerable.Range(1, values.Count).Select(e => (double)e)], values);
}

/// <summary>One bar.</summary>
/// <param name="Label">What it stands for.</param>
/// <param name="Value">Its length, with an interval drawn as a whisker where the bounds are known.</param>
/// <param name="Highlight">Whether it stands out.</param>
public sealed record Bar(string Label, Interval Value, bool Highlight = false);
