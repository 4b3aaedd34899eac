using System.Globalization;
using System.Text;

namespace Pentimento.Reports;

/// <summary>
/// Horizontal bars: the label above its bar and the value at the right, so that long names fit on small screens.
/// </summary>
internal static class BarChart
{
    private const double Width = 480, Row = 47, Foot = 26, RightEdge = 400;

    public static Chart Draw(IReadOnlyList<Bar> bars, string title, double? reference, double? max)
    {
        if (bars.Count == 0) throw new ArgumentException("A bar chart needs at least one bar.", nameof(bars));
        var ends = bars.SelectMany(b => new[] { b.Value.Estimate, b.Value.Upper }).Where(double.IsFinite).DefaultIfEmpty(1);
        var axis = Axis.Linear(title, 0, max ?? Math.Max(ends.Max(), double.Epsilon), ticks: 3, widen: max is null);
        double X(double v) => axis.Place(v) * RightEdge;
        double top = 30, bottom = top + bars.Count * Row, height = bottom + Foot;
        var svg = new StringBuilder();
        void Add(FormattableString markup) => svg.Append(markup.ToString(CultureInfo.InvariantCulture));
        void Text(double x, double y, string css, string text) =>
            Add($"<text class=\"{css}\" x=\"{x:0.#}\" y=\"{y:0.#}\">{Html.Escape(text)}</text>");

        foreach (var tick in axis.Ticks)
        {
            Add($"<path class=\"grid\" d=\"M{X(tick):0.#} {top - 4:0.#}V{bottom:0.#}\"/>");
            Text(X(tick), bottom + 18, tick == axis.Ticks[0] ? "tick" : "tick middle", axis.Label(tick));
        }
        Text(0, 13, "title", axis.Title);
        for (var i = 0; i < bars.Count; i++)
        {
            double y = top + i * Row, value = bars[i].Value.Estimate;
            Text(0, y + 15, "label", bars[i].Label);
            Text(Width, y + 36, "value end", Numbers.Significant(value, 3));
            if (!double.IsFinite(value)) continue;
            var css = bars[i].Highlight ? "bar strong" : "bar";
            Add($"<rect class=\"{css}\" x=\"0\" y=\"{y + 23:0.#}\" width=\"{X(value):0.#}\" height=\"16\" rx=\"2\"/>");
            if (!bars[i].Value.HasBounds) continue;
            double lower = X(bars[i].Value.Lower), upper = X(bars[i].Value.Upper);
            Add($"<path class=\"whisker\" d=\"M{lower:0.#} {y + 31:0.#}H{upper:0.#}m0 -5v10M{lower:0.#} {y + 26:0.#}v10\"/>");
        }
        if (reference is { } at) Add($"<path class=\"reference\" d=\"M{X(at):0.#} {top - 4:0.#}V{bottom:0.#}\"/>");
        var values = bars.Select(b => $"{b.Label} {Numbers.Significant(b.Value.Estimate, 3)}");
        return Chart.Framed(Width, height, svg.ToString(), $"{title}: {string.Join(", ", values)}.", []);
    }
}
