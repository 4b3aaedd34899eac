using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>
/// The charts of the reports. Normal images are blue and anomalous ones vermilion everywhere (from Okabe and Ito's palette, which
/// colour-blind readers can tell apart); nothing is told by colour alone.
/// </summary>
public static class Charts
{
    private const int MostPoints = 400;

    /// <summary>Loss curves.</summary>
    /// <param name="curves">At least one; of a curve with more than 400 values the means of equal stretches are drawn.</param>
    /// <param name="xTitle">As in "epoch".</param>
    /// <param name="yTitle">What is measured.</param>
    /// <param name="log">Whether the vertical axis is logarithmic; null decides by the range (a factor of 20).</param>
    /// <exception cref="ArgumentException">There is no finite value, or a curve's lengths differ.</exception>
    public static Chart Losses(IReadOnlyList<Curve> curves, string xTitle = "epoch", string yTitle = "loss", bool? log = null)
    {
        foreach (var curve in curves)
            if (curve.At.Count != curve.Values.Count)
                throw new ArgumentException(
                    $"The curve '{curve.Name}' has {curve.At.Count} steps but {curve.Values.Count} values.", nameof(curves));
        var thinned = curves.Select(Thin).ToArray();
        var values = thinned.SelectMany(c => c.Values).Where(double.IsFinite).ToArray();
        if (values.Length == 0) throw new ArgumentException("The curves have no finite value to draw.", nameof(curves));
        double min = values.Min(), max = values.Max();
        var logarithmic = (log ?? max > 20 * min) && min > 0;
        var y = logarithmic
            ? Axis.Logarithmic(yTitle, min / 1.08, max * 1.08)
            : Axis.Linear(yTitle, Math.Max(min - 0.05 * (max - min), min >= 0 ? 0 : double.MinValue), max, widen: true);
        var steps = thinned.SelectMany(c => c.At).ToArray();
        var plot = new Plot(Axis.Linear(xTitle, steps.Min(), steps.Max(), steps.Max() < 100 ? 8 : 5, whole: true), y);
        for (var i = 0; i < thinned.Length; i++)
        {
            var css = $"c{i % 4 + 1}{(i % 2 == 1 ? " dashed" : "")}";
            plot.Line(thinned[i].At, thinned[i].Values, css);
            if (thinned[i].At.Count <= 30)
                for (var k = 0; k < thinned[i].At.Count; k++) plot.Marker(thinned[i].At[k], thinned[i].Values[k], css + " small");
            plot.Legend(css, thinned[i].Name);
        }
        var ends = curves.Where(c => c.Values.Count > 0).Select(c => $"{c.Name} ends at {Numbers.Significant(c.Values[^1])}");
        return plot.ToChart($"{yTitle} by {xTitle}{(logarithmic ? ", logarithmic" : "")}: {string.Join(", ", ends)}.");
    }

    /// <summary>How the scores of the two classes spread, each as shares of its own class, with the threshold.</summary>
    /// <param name="scores">One finite score per image.</param>
    /// <param name="anomalous">Whether it is anomalous; one class may be absent.</param>
    /// <param name="threshold">Drawn where finite.</param>
    /// <param name="scoreTitle">The name of the score.</param>
    /// <exception cref="ArgumentException">There is no score, the lengths differ, or a score is NaN or infinite.</exception>
    public static Chart Histogram(IReadOnlyList<double> scores, IReadOnlyList<bool> anomalous, double? threshold = null,
        string scoreTitle = "anomaly score")
    {
        Require.NotEmpty(scores.Count, nameof(scores));
        Require.SameLength(scores.Count, anomalous.Count, nameof(anomalous));
        Require.Finite([.. scores], nameof(scores));
        var shown = threshold is { } t && double.IsFinite(t) ? scores.Append(t) : scores;
        double min = shown.Min(), max = shown.Max();
        var log = min > 0 && max > 50 * min;
        var x = log ? Axis.Logarithmic(scoreTitle, min, max) : Axis.Linear(scoreTitle, min, max, 6);
        var bins = Math.Clamp((int)(1.5 * Math.Sqrt(scores.Count)), 8, 36);
        var edges = Enumerable.Range(0, bins + 1)
            .Select(i => log ? min * Math.Pow(max / min, i / (double)bins) : min + (max - min) * i / bins).ToArray();
        var classes = new[] { false, true }
            .Select(c => (Anomalous: c, Shares: Shares(scores.Where((_, i) => anomalous[i] == c).ToArray(), x, bins)))
            .Where(c => c.Shares.Sum() > 0).ToArray();
        var plot = new Plot(x, Axis.Linear("share of the class, %", 0, classes.Max(c => c.Shares.Max()) * 100, widen: true));
        foreach (var (isAnomalous, shares) in classes)
        {
            List<double> xs = [edges[0]], ys = [0];
            for (var i = 0; i < bins; i++)
            {
                xs.AddRange([edges[i], edges[i + 1]]);
                ys.AddRange([100 * shares[i], 100 * shares[i]]);
            }
            var css = isAnomalous ? "anomalous" : "normal";
            plot.Line([.. xs, edges[^1]], [.. ys, 0], css, area: true)
                .Legend(css, $"{css} ({Numbers.Count(anomalous.Count(a => a == isAnomalous))})");
        }
        if (threshold is { } at && double.IsFinite(at)) plot.Rule(at, "threshold " + Numbers.Significant(at, 3));
        return plot.ToChart($"Histogram of the {scoreTitle} of normal and anomalous images"
            + (threshold is { } value ? $", threshold {Numbers.Significant(value, 3)}." : "."));
    }

    /// <summary>Where one image's score lies among those of normal images.</summary>
    /// <param name="normal">The known scores of normal images, at least one.</param>
    /// <param name="score">The image's.</param>
    /// <param name="threshold">The score from which on an image does not belong.</param>
    /// <exception cref="ArgumentException">There is no score of normal images, or a score is NaN or infinite.</exception>
    public static Chart Place(IReadOnlyList<double> normal, double score, double threshold)
    {
        Require.NotEmpty(normal.Count, nameof(normal));
        Require.Finite([.. normal, score, threshold], nameof(normal));
        double min = normal.Append(score).Append(threshold).Min(), max = normal.Append(score).Append(threshold).Max();
        var log = min > 0 && max > 50 * min;
        var margin = 0.04 * (max - min);
        var x = log ? Axis.Logarithmic("anomaly score", min * 0.95, max * 1.05)
            : Axis.Linear("anomaly score", min - margin, max + margin, 6);
        var bins = Math.Clamp((int)(2 * Math.Sqrt(normal.Count)), 8, 36);
        var shares = Shares([.. normal], x, bins);
        var (low, high) = log ? (min * 0.95, max * 1.05) : (min - margin, max + margin);
        double Edge(int i) => log ? low * Math.Pow(high / low, i / (double)bins) : low + (high - low) * i / bins;
        List<double> xs = [Edge(0)], ys = [0];
        for (var i = 0; i < bins; i++)
        {
            xs.AddRange([Edge(i), Edge(i + 1)]);
            ys.AddRange([100 * shares[i], 100 * shares[i]]);
        }
        var plot = new Plot(x, Axis.Linear("share of the normal pictures, %", 0, 100 * shares.Max(), ticks: 3, widen: true), 680,
            240)
            .Line([.. xs, Edge(bins)], [.. ys, 0], "normal", area: true)
            .Rule(threshold, "threshold").Marker(score, 0, "anomalous large")
            .Legend("normal", $"normal pictures ({Numbers.Count(normal.Count)})").Legend("dot anomalous", "this picture");
        return plot.ToChart($"Score {Numbers.Significant(score, 3)} among those of {normal.Count} normal pictures, "
            + $"threshold {Numbers.Significant(threshold, 3)}.");
    }

    /// <summary>The ROC curve with its area, and the point of a threshold.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static Chart Roc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> anomalous, double? threshold = null)
    {
        var curve = RocCurve.Of(scores, anomalous);
        var auroc = Ranking.Auroc(scores, anomalous);
        var plot = new Plot(Axis.Linear("false alarm rate", 0, 1), Axis.Linear("anomalies found (recall)", 0, 1), 480, 410)
            .Reference(0, 0, 1, 1)
            .Line(curve.FalsePositiveRate, curve.TruePositiveRate, "anomalous", area: true)
            .Label(0.97, 0.06, "end strong", $"AUROC {Numbers.Share(auroc)}")
            .Legend("anomalous", "detector").Legend("chance", "chance");
        if (threshold is { } t)
        {
            var at = Confusion.At(t, scores, anomalous);
            plot.Marker(at.FalsePositiveRate, at.Recall, "point").Legend("dot point", "threshold");
        }
        return plot.ToChart($"ROC curve, area {Numbers.Share(auroc)}.");
    }

    /// <summary>The precision-recall curve with its average, and the point of a threshold.</summary>
    /// <exception cref="ArgumentException">The lengths differ, a score is NaN or infinite, or a class is absent.</exception>
    public static Chart PrecisionRecall(ReadOnlySpan<double> scores, ReadOnlySpan<bool> anomalous, double? threshold = null)
    {
        var curve = PrecisionRecallCurve.Of(scores, anomalous);
        var average = Ranking.AveragePrecision(scores, anomalous);
        var chance = anomalous.Count(true) / (double)anomalous.Length;
        var plot = new Plot(Axis.Linear("anomalies found (recall)", 0, 1), Axis.Linear("precision", 0, 1), 480, 410)
            .Reference(0, chance, 1, chance)
            .Line([0, .. curve.Recall], [curve.Precision[0], .. curve.Precision], "anomalous", area: true)
            .Label(0.97, 0.06, "end strong", $"average precision {Numbers.Share(average)}")
            .Legend("anomalous", "detector").Legend("chance", "chance");
        if (threshold is { } t)
        {
            var at = Confusion.At(t, scores, anomalous);
            if (double.IsFinite(at.Precision)) plot.Marker(at.Recall, at.Precision, "point").Legend("dot point", "threshold");
        }
        return plot.ToChart($"Precision-recall curve, average precision {Numbers.Share(average)}.");
    }

    /// <summary>Horizontal bars with their intervals.</summary>
    /// <param name="bars">At least one, from top to bottom; bars that are not finite are drawn empty.</param>
    /// <param name="title">What their length measures.</param>
    /// <param name="reference">A value marked by a dashed line, as 0.5 for chance.</param>
    /// <param name="max">The end of the axis; null takes the largest value.</param>
    /// <exception cref="ArgumentException">There is no bar.</exception>
    public static Chart Bars(IReadOnlyList<Bar> bars, string title, double? reference = null, double? max = null) =>
        BarChart.Draw(bars, title, reference, max);

    /// <summary>Where each curve is lowest, in words.</summary>
    internal static string LossCaption(IEnumerable<Curve> curves) => string.Join(" ", curves.Select(curve =>
    {
        var finite = curve.At.Zip(curve.Values).Where(p => double.IsFinite(p.Second)).ToArray();
        if (finite.Length == 0) return $"{curve.Name}: no finite value.";
        var (at, value) = finite.MinBy(p => p.Second);
        return $"{curve.Name}: lowest {Numbers.Significant(value)} at epoch {Numbers.Trim(Numbers.Fixed(at, 2))}.";
    }));

    private static double[] Shares(double[] scores, Axis x, int bins)
    {
        var shares = new double[bins];
        foreach (var score in scores) shares[Math.Min((int)(x.Place(score) * bins), bins - 1)] += 1.0 / scores.Length;
        return shares;
    }

    private static Curve Thin(Curve curve)
    {
        if (curve.At.Count <= MostPoints) return curve;
        double[] at = new double[MostPoints], values = new double[MostPoints];
        for (var i = 0; i < MostPoints; i++)
        {
            var stretch = new Range((int)((long)i * curve.At.Count / MostPoints),
                (int)((long)(i + 1) * curve.At.Count / MostPoints));
            at[i] = curve.At.Take(stretch).Average();
            values[i] = curve.Values.Take(stretch).Average();
        }
        return curve with { At = at, Values = values };
    }
}
