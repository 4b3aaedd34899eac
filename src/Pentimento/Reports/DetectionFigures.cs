using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>The figures of a detection report, and what has to be said about them.</summary>
internal sealed class DetectionFigures
{
    private const int FewImages = 50;
    private readonly DetectionReport _report;
    private readonly Confusion _confusion;
    private readonly Interval _auroc, _averagePrecision;

    private DetectionFigures(DetectionReport report)
    {
        (_report, Scores, Anomalous) = (report, [.. report.Scores], [.. report.Anomalous]);
        if (Scores.Length == 0) throw new ArgumentException("A detection report needs at least one score.", nameof(report));
        _confusion = Confusion.At(report.Threshold, Scores, Anomalous);
        if (!BothClasses) return;
        _auroc = Bootstrap.Auroc(Scores, Anomalous, report.Intervals);
        _averagePrecision = Bootstrap.AveragePrecision(Scores, Anomalous, report.Intervals);
    }

    public double[] Scores { get; }

    public bool[] Anomalous { get; }

    public bool BothClasses => _confusion.Positives > 0 && _confusion.Negatives > 0;

    public static DetectionFigures Of(DetectionReport report) => new(report);

    public IEnumerable<KeyFigure> Tiles()
    {
        if (BothClasses)
        {
            yield return Tile("AUROC", _auroc, "0.5 is chance, 1 is perfect");
            yield return Tile("average precision", _averagePrecision,
                $"chance is {Numbers.Share(_confusion.Positives / (double)_confusion.Total)}");
            yield return Tile("balanced accuracy", new Interval(_confusion.BalancedAccuracy, double.NaN, double.NaN),
                "at the threshold");
        }
        if (_confusion.Positives > 0)
            yield return Tile("anomalies found", Wilson(_confusion.TruePositives, _confusion.Positives),
                $"{Numbers.Count(_confusion.TruePositives)} of {Numbers.Count(_confusion.Positives)}");
        if (_confusion.Negatives > 0)
            yield return Tile("false alarms", Wilson(_confusion.FalsePositives, _confusion.Negatives),
                $"{Numbers.Count(_confusion.FalsePositives)} of {Numbers.Count(_confusion.Negatives)}"
                + (_report.PromisedFalseAlarmRate is { } rate ? $", calibrated for {Numbers.Percent(rate)}" : ""));
    }

    public string Rule() => (double.IsPositiveInfinity(_report.Threshold)
            ? "No image is called anomalous, because no threshold could be set"
            : $"An image is called anomalous when its {_report.ScoreName} is at least "
                + Numbers.Significant(_report.Threshold, 3))
        + (_report.ThresholdRule is { } rule ? $" ({rule})." : ".");

    public IEnumerable<(string Text, NoteKind Kind)> Remarks()
    {
        if (BothClasses && _auroc is { HasBounds: true, Lower: <= 0.5 and var lower, Upper: >= 0.5 and var upper })
            yield return ($"The interval of the AUROC, {Numbers.Share(lower)} to {Numbers.Share(upper)}, includes 0.5: on these "
                + "images the detector has not been shown to be better than chance.", NoteKind.Warning);
        if (BothClasses && _auroc is { HasBounds: true, Upper: < 0.5 })
            yield return ("The AUROC is below 0.5: the anomalous images score lower than the normal ones. The score "
                + "orders these images the wrong way round; it may measure something else, such as how busy an image is.",
                    NoteKind.Warning);
        if (double.IsPositiveInfinity(_report.Threshold))
            yield return ("There were too few calibration images for the false alarm rate asked for, so that "
                + "nothing is ever flagged.", NoteKind.Warning);
        foreach (var baseline in BothClasses ? _report.Baselines : [])
            if (!Beats(baseline))
                yield return ($"The detector is not clearly better than a plain statistic, \"{baseline.Name}\": the interval of "
                    + "the difference of their AUROCs includes 0 or lies below it.", NoteKind.Warning);
        if (_report.PromisedFalseAlarmRate is { } rate && _confusion.Negatives > 0
            && Wilson(_confusion.FalsePositives, _confusion.Negatives).Lower > rate)
            yield return ($"More normal images were flagged than the {Numbers.Percent(rate)} calibrated for: the test images "
                + "differ from the calibration images, or these were too few to fix the threshold well.", NoteKind.Warning);
        var fewest = BothClasses ? Math.Min(_confusion.Positives, _confusion.Negatives) : _confusion.Total;
        if (fewest < FewImages)
            yield return ($"There are only {fewest} images {(BothClasses ? "in the smaller class" : "in all")}: trust the "
                + "intervals, not the digits. They speak of the choice of test images, not of training anew.", NoteKind.Remark);
    }

    public ReportTable ConfusionTable() =>
        new("Decisions at the threshold, in images", ["truth", "called anomalous", "called normal", "sum"],
    [
        ["anomalous", Numbers.Count(_confusion.TruePositives), Numbers.Count(_confusion.FalseNegatives),
            Numbers.Count(_confusion.Positives)],
        ["normal", Numbers.Count(_confusion.FalsePositives), Numbers.Count(_confusion.TrueNegatives),
            Numbers.Count(_confusion.Negatives)],
        ["sum", Numbers.Count(_confusion.TruePositives + _confusion.FalsePositives),
            Numbers.Count(_confusion.FalseNegatives + _confusion.TrueNegatives), Numbers.Count(_confusion.Total)],
    ]);

    public ReportTable RateTable()
    {
        var normal = _confusion.Swapped;
        IReadOnlyList<string> Row(string name, Func<Confusion, double> rate) =>
            [name, Numbers.Share(rate(_confusion)), Numbers.Share(rate(normal))];
        return new ReportTable("Rates at the threshold; – where a rate is undefined",
            ["rate", "anomalous as positive", "normal as positive"],
        [
            Row("accuracy", c => c.Accuracy), Row("balanced accuracy", c => c.BalancedAccuracy),
                Row("precision", c => c.Precision),
            Row("recall", c => c.Recall), Row("specificity", c => c.Specificity), Row("F1", c => c.F1),
        ]);
    }

    public Chart BaselineChart() => Charts.Bars(
        [new Bar(_report.ScoreName, _auroc, Highlight: true), .. _report.Baselines.Select(b =>
            new Bar(b.Name, Bootstrap.Auroc([.. b.Scores], Anomalous, _report.Intervals)))], "AUROC", reference: 0.5, max: 1);

    // Both scores on the same resamples: paired, because they see the same images.
    private bool Beats(BaselineScores baseline)
    {
        double[] other = [.. baseline.Scores];
        if (other.Length != Scores.Length)
            throw new ArgumentException(
                $"The baseline '{baseline.Name}' has {other.Length} scores for {Scores.Length} images.", nameof(baseline));
        double[] a = new double[Scores.Length], b = new double[Scores.Length];
        var positive = new bool[Scores.Length];
        return Bootstrap.Stratified(Anomalous, drawn =>
        {
            for (var i = 0; i < drawn.Length; i++) (a[i], b[i], positive[i]) = (Scores[drawn[i]], other[drawn[i]],
                Anomalous[drawn[i]]);
            return Ranking.Auroc(a, positive) - Ranking.Auroc(b, positive);
        }, _report.Intervals).Lower > 0;
    }

    private Interval Wilson(long part, long whole) => Binomial.Wilson(part, whole, _report.Intervals.Confidence);

    private KeyFigure Tile(string label, Interval value, string caption) => new(label, Numbers.Share(value.Estimate),
        value.HasBounds ? $"{Numbers.Percent(_report.Intervals.Confidence)}: {Numbers.Bounds(value, Numbers.Share)}"
            : null, caption);
}
