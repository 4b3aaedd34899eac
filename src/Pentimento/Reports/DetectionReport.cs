using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>Another score on the same images, to compare with.</summary>
/// <param name="Name">As in "share of high frequencies".</param>
/// <param name="Scores">One finite score per image, in the order of the report's; higher means more anomalous.</param>
public sealed record BaselineScores(string Name, IReadOnlyList<double> Scores);

/// <summary>
/// How well an anomaly detector tells images apart, as plain data. Anomalous is the positive class; an image is called
/// anomalous when its score is at least the threshold. Without anomalous images there are no curves, only the false alarms.
/// </summary>
public sealed record DetectionReport
{
    /// <summary>As in "Munch or not".</summary>
    public required string Title { get; init; }

    /// <summary>As in "convolutional auto-encoder, reconstruction error".</summary>
    public string? Subtitle { get; init; }

    /// <summary>The sentence that says what came out; null for none.</summary>
    public string? Lead { get; init; }

    /// <summary>One finite score per test image; higher means more anomalous.</summary>
    public required IReadOnlyList<double> Scores { get; init; }

    /// <summary>Whether each test image is anomalous.</summary>
    public required IReadOnlyList<bool> Anomalous { get; init; }

    /// <summary>The threshold, fixed before the test images were seen; +∞ flags nothing.</summary>
    public required double Threshold { get; init; }

    /// <summary>How the threshold was found: "5 % false alarms on 18 held-out normal images".</summary>
    public string? ThresholdRule { get; init; }

    /// <summary>The false alarm rate that the threshold was calibrated for; null where none was promised.</summary>
    public double? PromisedFalseAlarmRate { get; init; }

    /// <summary>What the score is. The default value is "anomaly score".</summary>
    public string ScoreName { get; init; } = "anomaly score";

    /// <summary>Simple scores on the same images, which a good detector has to beat.</summary>
    public IReadOnlyList<BaselineScores> Baselines { get; init; } = [];

    /// <summary>Training and validation loss, by epoch.</summary>
    public IReadOnlyList<Curve> Losses { get; init; } = [];

    /// <summary>The images with the highest scores, highest first.</summary>
    public IReadOnlyList<ImageCase> MostAnomalous { get; init; } = [];

    /// <summary>The images with the lowest scores, lowest first.</summary>
    public IReadOnlyList<ImageCase> MostNormal { get; init; } = [];

    /// <summary>Normal images called anomalous, and the reverse.</summary>
    public IReadOnlyList<ImageCase> Mistakes { get; init; } = [];

    /// <summary>The share of images flagged per class.</summary>
    public IReadOnlyList<ClassRow> Classes { get; init; } = [];

    /// <summary>Remarks beside those that follow from the figures.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The exact options of the run.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    /// <summary>Where the report comes from.</summary>
    public ReportOrigin Origin { get; init; } = new();

    /// <summary>How the intervals are drawn.</summary>
    public BootstrapOptions Intervals { get; init; } = new();

    /// <summary>The page of this report.</summary>
    /// <exception cref="ArgumentException">There is no score, the lengths differ, or a score is NaN or infinite.</exception>
    public ReportPage ToPage()
    {
        var figures = DetectionFigures.Of(this);
        var page = new ReportPage(Title, Subtitle);
        if (Lead is { } lead) page.Lead(lead);
        page.KeyFigures(figures.Tiles());
        foreach (var (text, kind) in figures.Remarks()) page.Note(text, kind);
        foreach (var remark in Remarks) page.Note(remark);

        List<Figure> spread = [new(
            "How the scores of the test images spread. Each class is drawn as shares of itself, so that their numbers do not "
            + "matter.",
            Charts.Histogram(Scores, Anomalous, Threshold, ScoreName))];
        if (Baselines.Count > 0 && figures.BothClasses)
            spread.Add(new("The detector beside simple statistics of the same images: AUROC, with the "
                + $"{Numbers.IntervalName(Intervals.Confidence)} as whiskers. The dashed line is chance.",
                    figures.BaselineChart()));
        page.Section("Scores").Figures(spread);
        if (figures.BothClasses)
        {
            page.Section("Curves").Figures(
                new Figure("What finding more anomalies costs in false alarms. The dot is the threshold.",
                    Charts.Roc(figures.Scores, figures.Anomalous, Threshold)),
                new Figure("How many of the flagged images are anomalous. It depends on how common anomalies are: here "
                    + Numbers.Percent(figures.Anomalous.Count(a => a) / (double)figures.Anomalous.Length) + ".",
                    Charts.PrecisionRecall(figures.Scores, figures.Anomalous, Threshold)));
        }
        page.Section("Decisions").Paragraph(figures.Rule())
            .Beside(p => p.Table(figures.ConfusionTable()), p => p.Table(figures.RateTable()));
        if (Classes.Count > 0) ClassRows.AddTo(page, Classes, "share flagged", Intervals.Confidence, digits: 3);
        if (MostAnomalous.Count > 0) page.Section("Most anomalous").Cases(MostAnomalous);
        if (MostNormal.Count > 0) page.Section("Most normal").Cases(MostNormal);
        if (Mistakes.Count > 0) page.Section("Mistakes").Cases(Mistakes);
        if (Losses.Count > 0)
            page.Section("Training").Figures(new Figure(Charts.LossCaption(Losses), Charts.Losses(Losses)));
        if (Options.Count > 0) page.Section("Options").Options(Options);
        return page.Origin(Origin);
    }
}
