using Pentimento.Detection;
using Pentimento.Imaging;

namespace Pentimento.Reports;

/// <summary>A normal picture that is like another.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Distance">How far it is; comparable within one model.</param>
/// <param name="Picture">Null where the file was not found.</param>
internal sealed record LikePicture(string Id, double Distance, EmbeddedPicture? Picture);

/// <summary>What an audit said of the detector, as it stands in other pages.</summary>
/// <param name="Summary">In a few words.</param>
/// <param name="Paragraphs">Its conclusion.</param>
/// <param name="IsWarning">Whether the figures have to be read with care.</param>
/// <param name="Remark">What must be said of the audit itself, or null.</param>
internal sealed record AuditWords(string Summary, IReadOnlyList<string> Paragraphs, bool IsWarning, string? Remark)
{
    /// <summary>Adds it.</summary>
    public void AddTo(ReportPage page)
    {
        page.Section("What the audit says").Note(Summary, IsWarning ? NoteKind.Warning : NoteKind.Remark);
        page.Paragraph(string.Join("\n\n", Paragraphs));
        if (Remark is not null) page.Paragraph(Remark);
    }
}

/// <summary>What a detector says of one picture, as a page.</summary>
internal sealed record PicturePage
{
    /// <summary>The picture's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Path { get; init; }

    /// <summary>The detector in a few words.</summary>
    public required string Detector { get; init; }

    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>What the detector knows of normal scores.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>What was done to the picture first.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>What the detector saw.</summary>
    public required RasterImage Seen { get; init; }

    /// <summary>The anomaly map over it; null where there is none.</summary>
    public RasterImage? Overlay { get; init; }

    /// <summary>The normal pictures most like it.</summary>
    public IReadOnlyList<LikePicture> Nearest { get; init; } = [];

    /// <summary>Whether the detector learnt from it.</summary>
    public bool IsLearnt { get; init; }

    /// <summary>What an audit says; null where there was none.</summary>
    public AuditWords? Audit { get; init; }

    /// <summary>The list of all pictures, relative to this page.</summary>
    public required string Index { get; init; }

    /// <summary>Where the page comes from.</summary>
    public required ReportOrigin Origin { get; init; }

    /// <summary>The page.</summary>
    public ReportPage ToPage()
    {
        var scores = Calibration.NormalScores;
        var page = new ReportPage(Name, Path == Name ? Detector : $"{Path} · {Detector}").Parent("all pictures", Index);
        page.Decision(Verdict.Answer, ScoreWords.Reason(Verdict, Calibration));
        if (IsLearnt)
            page.Note("The detector learnt from this very picture, or from an equal one: that it belongs says nothing.",
                NoteKind.Warning);
        List<Figure> figures = [new($"What the detector saw: {Preprocessing.Describe()}.", Image: Seen)];
        if (Overlay is not null) figures.Add(new(
            "Where it is strange, over the picture in grey.", Image: Overlay)
        { Scale = MapScale.Svg });
        page.Pictures(figures).KeyFigures(
            new KeyFigure("anomaly score", Numbers.Significant(Verdict.AnomalyScore, 3),
                null, $"does not belong from {Numbers.Significant(Calibration.Threshold, 3)} on"),
            new KeyFigure("percentile", ScoreWords.Percentile(Verdict, scores), null,
                $"of {Numbers.Count(scores.Count)} normal pictures score lower"),
            new KeyFigure("p-value", Numbers.Significant(Verdict.PValue, 2), null,
                $"how rare so high a score is among normal pictures; at least " +
                $"{Numbers.Significant(1.0 / (scores.Count + 1), 2)} here"),
            new KeyFigure("false alarms", Numbers.Percent(Calibration.FalseAlarmRate), null,
                Calibration.Rule == ThresholdRule.FalseAlarmRate
                ? "of genuine pictures may be flagged, as was asked" : "of the training pictures would be flagged"));
        page.Section("Among normal pictures").Figures(new Figure(
            "The scores of the normal pictures that the threshold was set on, and this picture's.",
            Charts.Place(scores, Verdict.AnomalyScore, Calibration.Threshold))
        { IsWide = true });
        if (Nearest.Count > 0)
            page.Section("The normal pictures most like it").Paragraph(
                "Of those that the detector learnt from, the nearest first. The distance is 0 for an equal picture.")
                .Gallery([.. Nearest.Select(n => new GalleryItem(n.Id,
                n.Picture) { Lines = [$"distance {Numbers.Significant(n.Distance, 3)}"] })]);
        Audit?.AddTo(page);
        page.Section("Limits").List(ScoreWords.Limits(Preprocessing, Overlay is not null, Audit is not null));
        return page.Origin(Origin);
    }
}
