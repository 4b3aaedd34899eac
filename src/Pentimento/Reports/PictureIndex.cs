using Pentimento.Detection;

namespace Pentimento.Reports;

/// <summary>A judged picture in the list of all.</summary>
/// <param name="Name">The picture's place below the inputs.</param>
/// <param name="Page">Its page, relative to the list.</param>
/// <param name="Verdict">What the detector says.</param>
/// <param name="Picture">Small.</param>
internal sealed record IndexedPicture(string Name, string Page, Verdict Verdict, EmbeddedPicture Picture);

/// <summary>All judged pictures, the rarest first.</summary>
internal sealed record PictureIndex
{
    /// <summary>The detector in a few words.</summary>
    public required string Detector { get; init; }

    /// <summary>The pictures in any order.</summary>
    public required IReadOnlyList<IndexedPicture> Pictures { get; init; }

    /// <summary>Files that could not be judged, each with the cause.</summary>
    public required IReadOnlyList<(string Path, string Reason)> Failed { get; init; }

    /// <summary>How many of the pictures the detector learnt from.</summary>
    public int Learnt { get; init; }

    /// <summary>How many pictures were not looked at, because the work was stopped.</summary>
    public int Missing { get; init; }

    /// <summary>What the detector knows of normal scores.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>What an audit says; null where there was none.</summary>
    public AuditWords? Audit { get; init; }

    /// <summary>Where the page comes from.</summary>
    public required ReportOrigin Origin { get; init; }

    /// <summary>The page.</summary>
    public ReportPage ToPage()
    {
        var page = new ReportPage(
            $"{Counted(Pictures.Count + Failed.Count, "picture")}, and what does not belong", Detector);
        page.Lead(Lead());
        if (Missing > 0)
            page.Note($"The work was stopped: {Counted(Missing, "picture")} more had not been looked at.", NoteKind.Warning);
        if (Learnt > 0)
            page.Note($"The detector learnt from {(Learnt == 1 ? "one" : Numbers.Count(Learnt))} of these pictures, or from "
                + "equal ones: that those belong says nothing.", NoteKind.Warning);
        var (rate, scores) = (Calibration.FalseAlarmRate, Calibration.NormalScores.Count);
        page.KeyFigures(
            Tile("do not belong", Answer.DoesNotBelong, $"p ≤ {Numbers.Trim(Numbers.Significant(rate, 2))}"),
            Tile("cannot tell", Answer.CannotTell, $"p ≤ {Numbers.Trim(Numbers.Significant(Calibration.DoubtfulRate, 2))}"),
            Tile("belong", Answer.Belongs, "nothing unusual about them"),
            new KeyFigure("could not be read", Numbers.Count(Failed.Count), null, "listed at the end with the cause"));
        if (Pictures.Count > 0 && Calibration.Rule == ThresholdRule.FalseAlarmRate)
            page.Paragraph($"If all {Numbers.Count(Pictures.Count)} were genuine, up to {Expected(rate * Pictures.Count)} "
                + $"would be expected among those that do not belong, since {Numbers.Percent(rate)} false alarms were asked for. "
                + $"The lowest p-value possible is {Numbers.Significant(1.0 / (scores + 1), 2)}, from {Numbers.Count(scores)} normal "
                + "pictures.");
        foreach (var (answer, heading) in new[]
        {
            (Answer.DoesNotBelong, "Do not belong"), (Answer.CannotTell, "Cannot tell"), (Answer.Belongs, "Belong"),
        })
        {
            GalleryItem[] items = [.. Pictures.Where(p => p.Verdict.Answer == answer)
                .OrderBy(p => p.Verdict.PValue).ThenByDescending(p => p.Verdict.AnomalyScore).Select(Item)];
            if (items.Length > 0) page.Section($"{heading} ({Numbers.Count(items.Length)})").Gallery(items);
        }
        if (Failed.Count > 0)
            page.Section($"Could not be read ({Numbers.Count(Failed.Count)})").Table(new ReportTable(
                "Files that were not judged.", ["file", "cause"], [.. Failed.Select(f =>
                (IReadOnlyList<string>)[f.Path, f.Reason])]));
        Audit?.AddTo(page);
        return page.Origin(Origin);
    }

    private string Lead()
    {
        if (Pictures.Count == 0) return "None of the pictures could be judged.";
        var strange = Count(Answer.DoesNotBelong);
        var doubtful = Count(Answer.CannotTell);
        var first = strange == 0 ? "No picture is called out as one that does not belong"
            : strange < Pictures.Count ? $"{Numbers.Count(strange)} of {Counted(Pictures.Count, "picture")} "
                + $"{(strange == 1 ? "does" : "do")} not belong"
            : strange == 1 ? "The picture does not belong" : $"All {Numbers.Count(strange)} pictures do not belong";
        var second = doubtful == 0 ? "." : $"; of {Numbers.Count(doubtful)}{(strange > 0 ? " more" : "")} it cannot be told.";
        return $"{first}{second} The rarest come first; each leads to a page of its own.";
    }

    private KeyFigure Tile(string label, Answer answer, string caption) =>
        new(label, Numbers.Count(Count(answer)), null, caption);

    private int Count(Answer answer) => Pictures.Count(p => p.Verdict.Answer == answer);

    private GalleryItem Item(IndexedPicture picture) => new(picture.Name, picture.Picture)
    {
        Address = Html.Address(picture.Page),
        Lines = [$"p = {Numbers.Significant(picture.Verdict.PValue, 2)}",
            $"score {Numbers.Significant(picture.Verdict.AnomalyScore, 3)}"],
    };

    private static string Expected(double count) => Numbers.Trim(Numbers.Fixed(count, count < 10 ? 1 : 0));

    private static string Counted(int count, string what) => $"{Numbers.Count(count)} {what}{(count == 1 ? "" : "s")}";
}
