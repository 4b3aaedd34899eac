using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using Pentimento.Reports;

namespace Pentimento.Tests.Reports;

public sealed class ChartTests
{
    [Fact]
    public void Every_chart_stays_inside_its_frame() =>
        Gen.Select(Gen.Double[-9, 9].Array[2, 40], Gen.Double[-12, 6]).Sample((values, magnitude) =>
        {
            var scaled = Array.ConvertAll(values, v => v * Math.Pow(10, magnitude));
            var anomalous = scaled.Select((_, i) => i % 2 == 0).ToArray();
            Inside(Charts.Losses([Curve.PerEpoch("a", scaled)]));
            Inside(Charts.Losses([Curve.PerEpoch("a", Array.ConvertAll(scaled, v => Math.Abs(v) + 1e-15))], log: true));
            Inside(Charts.Histogram(scaled, anomalous, scaled[0] * 3));
            Inside(Charts.Histogram(Array.ConvertAll(values, Math.Exp), anomalous, double.PositiveInfinity));
            Inside(Charts.Roc(scaled, anomalous, scaled[0]));
            Inside(Charts.PrecisionRecall(scaled, anomalous, scaled[0]));
        }, iter: 200);

    [Fact]
    public void A_constant_curve_and_a_single_score_can_be_drawn()
    {
        Inside(Charts.Losses([Curve.PerEpoch("a", [0, 0, 0])]));
        Inside(Charts.Losses([Curve.PerEpoch("a", [0.5])]));
        Inside(Charts.Histogram([0], [true], 0));
        Inside(Charts.Bars([new("a", new(0, double.NaN, double.NaN))], "zero"));
    }

    [Fact]
    public void A_value_that_is_not_finite_leaves_a_gap() =>
        Assert.Equal(2,
            Regex.Match(Charts.Losses([Curve.PerEpoch("a", [4, 3, double.NaN, 2, 1])]).Svg, "class=\"line[^>]*d=\"([^\"]+)")
            .Groups[1].Value.Count(c => c == 'M'));

    [Fact]
    public void Tick_labels_are_short_and_the_power_of_ten_stands_in_the_title()
    {
        var texts = Texts(Charts.Histogram([0.0001, 0.0002, 0.0004], [false, false, true], 0.00035, "error"));
        Assert.Contains("error (×10⁻⁴)", texts);
        Assert.Contains("2", texts);
        Assert.Contains("threshold 0.000350", texts);
        Assert.Contains("0.1", Texts(Charts.Losses([Curve.PerEpoch("a", [0.5, 0.05, 0.005])])));
    }

    [Fact]
    public void The_histogram_shows_each_class_as_shares_of_itself()
    {
        var chart = Charts.Histogram([.. Enumerable.Repeat(1.0, 90), .. Enumerable.Repeat(2.0, 10)],
            [.. Enumerable.Range(0, 100).Select(i => i >= 90)]);
        var tops = Regex.Matches(chart.Svg, "class=\"line (?:normal|anomalous)\" d=\"([^\"]+)")
            .Select(m => Regex.Matches(m.Groups[1].Value, @"[ML]\S+ (\S+?)(?=[ML]|$)").Min(p =>
                double.Parse(p.Groups[1].Value, CultureInfo.InvariantCulture))).ToArray();
        Assert.Equal(2, tops.Length);
        Assert.Equal(tops[0], tops[1]);
        Assert.Contains("normal (90)", chart.Legend.Select(l => l.Text));
    }

    [Fact]
    public void A_long_curve_is_drawn_by_the_means_of_stretches() =>
        Assert.True(Charts.Losses([Curve.PerEpoch("a",
            [.. Enumerable.Range(1, 100_000).Select(i => 1.0 / i)])]).Svg.Length < 20_000);

    [Fact]
    public void What_cannot_be_drawn_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Charts.Losses([Curve.PerEpoch("a", [double.NaN])]));
        Assert.Contains("'a' has 1 steps but 2 values",
            Assert.Throws<ArgumentException>(() => Charts.Losses([new("a", [1], [1, 2])])).Message);
        Assert.Throws<ArgumentException>(() => Charts.Histogram([], []));
        Assert.Throws<ArgumentException>(() => Charts.Histogram([double.NaN], [true]));
        Assert.Throws<ArgumentException>(() => Charts.Bars([], "none"));
    }

    private static string[] Texts(Chart chart) => [.. XElement.Parse(chart.Svg).Descendants("text").Select(t => t.Value)];

    private static void Inside(Chart chart)
    {
        var svg = XElement.Parse(chart.Svg);
        var box = svg.Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        foreach (var element in svg.Elements())
            foreach (var (name, limit) in new[] { ("x", box[2]), ("y", box[3]), ("cx", box[2]), ("cy", box[3]) })
                if (element.Attribute(name) is { } attribute)
                    Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), 0, limit);
        foreach (Match point in Regex.Matches(string.Join(" ", svg.Elements("path").Select(p => p.Attribute("d")!.Value)),
            @"[ML](\S+) ([\d.E+-]+)"))
        {
            Assert.InRange(double.Parse(point.Groups[1].Value, CultureInfo.InvariantCulture), 0, box[2]);
            Assert.InRange(double.Parse(point.Groups[2].Value, CultureInfo.InvariantCulture), 0, box[3]);
        }
    }
}
