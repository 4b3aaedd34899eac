using System.Globalization;
using System.Text;

namespace Pentimento.Reports;

/// <summary>
/// Draws one chart as inline SVG. Colours are CSS classes of the page (see <see cref="ReportStyle"/>), so that a chart follows
/// the page into dark mode and print; that is why charts are drawn here and not by a plotting library, whose colours are fixed.
/// </summary>
internal sealed class Plot
{
    private const double Left = 58, Right = 20, Top = 46, Bottom = 52;
    private readonly StringBuilder _svg = new();
    private readonly List<LegendEntry> _legend = [];
    private readonly double _width, _height;
    private readonly Axis _x, _y;

    public Plot(Axis x, Axis y, double width = 480, double height = 320)
    {
        (_x, _y, _width, _height) = (x, y, width, height);
        foreach (var tick in y.Ticks)
        {
            _svg.Append(CultureInfo.InvariantCulture,
                $"<path class=\"grid\" d=\"M{Left:0.#} {Y(tick):0.#}H{_width - Right:0.#}\"/>");
            Text(Left - 8, Y(tick) + 4, "tick end", y.Label(tick));
        }
        foreach (var tick in x.Ticks)
        {
            _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"axis\" d=\"M{X(tick):0.#} {Base:0.#}v5\"/>");
            Text(X(tick), Base + 21, "tick middle", x.Label(tick));
        }
        _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"axis\" d=\"M{Left:0.#} {Base:0.#}H{_width - Right:0.#}\"/>");
        Text(0, 15, "title", y.Title);
        Text(_width - Right, _height - 5, "title end", x.Title);
    }

    private double Base => _height - Bottom;

    private double X(double value) => Left + _x.Place(value) * (_width - Left - Right);

    private double Y(double value) => Base - _y.Place(value) * (_height - Top - Bottom);

    /// <summary>
    /// A line through points; a point that is not finite interrupts it, points closer than half a unit are left out.
    /// </summary>
    public Plot Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string css, bool area = false)
    {
        var path = new StringBuilder();
        double lastX = double.NaN, lastY = double.NaN, startX = double.NaN;
        for (var i = 0; i < x.Count; i++)
        {
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i]))
            {
                lastX = double.NaN;
                continue;
            }
            double px = X(x[i]), py = Y(y[i]);
            if (Math.Abs(px - lastX) + Math.Abs(py - lastY) < 0.5 && i < x.Count - 1) continue;
            path.Append(CultureInfo.InvariantCulture, $"{(double.IsNaN(lastX) ? 'M' : 'L')}{px:0.#} {py:0.#}");
            (lastX, lastY) = (px, py);
            if (double.IsNaN(startX)) startX = px;
        }
        if (path.Length == 0) return this;
        if (area)
            _svg.Append(CultureInfo.InvariantCulture,
                $"<path class=\"area {css}\" d=\"{path}L{lastX:0.#} {Base:0.#}L{startX:0.#} {Base:0.#}Z\"/>");
        _svg.Append($"<path class=\"line {css}\" d=\"{path}\"/>");
        return this;
    }

    /// <summary>A dot.</summary>
    public Plot Marker(double x, double y, string css)
    {
        if (double.IsFinite(x) && double.IsFinite(y))
            _svg.Append(CultureInfo.InvariantCulture,
                $"<circle class=\"dot {css}\" cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\" r=\"4.5\"/>");
        return this;
    }

    /// <summary>The dashed reference line between two points.</summary>
    public Plot Reference(double x1, double y1, double x2, double y2)
    {
        _svg.Append(CultureInfo.InvariantCulture,
            $"<path class=\"reference\" d=\"M{X(x1):0.#} {Y(y1):0.#}L{X(x2):0.#} {Y(y2):0.#}\"/>");
        return this;
    }

    /// <summary>A vertical line with a label at its top, on the side that has more room.</summary>
    public Plot Rule(double x, string label)
    {
        var px = X(x);
        _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"rule\" d=\"M{px:0.#} {Top - 20:0.#}V{Base:0.#}\"/>");
        var roomRight = px < (Left + _width - Right) / 2;
        Text(px + (roomRight ? 6 : -6), Top - 10, roomRight ? "label" : "label end", label);
        return this;
    }

    /// <summary>Text inside the chart.</summary>
    public Plot Label(double x, double y, string css, string text)
    {
        Text(X(x), Y(y), "label " + css, text);
        return this;
    }

    /// <summary>Adds an entry to the legend, which the page sets below the chart.</summary>
    public Plot Legend(string css, string text)
    {
        _legend.Add(new LegendEntry(css, text));
        return this;
    }

    /// <summary>The finished chart.</summary>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public Chart ToChart(string description) => Chart.Framed(_width, _height, _svg.ToString(), description, _legend);

    private void Text(double x, double y, string css, string text) =>
        _svg.Append(CultureInfo.InvariantCulture,
            $"<text class=\"{css}\" x=\"{x:0.#}\" y=\"{y:0.#}\">{Html.Escape(text)}</text>");
}
