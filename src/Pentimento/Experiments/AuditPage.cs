using Pentimento.Auditing;
using Pentimento.Metrics;
using Pentimento.Reports;

namespace Pentimento.Experiments;

/// <summary>An audit as a page: the conclusion first, then what it rests on.</summary>
internal static class AuditPage
{
    private const int MostBars = 12;

    public static ReportPage Of(AuditResult audit, IReadOnlyList<KeyValuePair<string, string>> options, ReportOrigin origin)
    {
        var page = new ReportPage(
            $"Audit: {audit.Normal} against {audit.Other}",
            $"Does {audit.Detector.Name} see what the pictures show? {Numbers.Count(audit.NormalCount)} normal pictures, " +
            $"{Numbers.Count(audit.OtherCount)} others");
        page.Lead(audit.Conclusion[0]);
        if (audit.Conclusion.Count > 1) page.Paragraph(string.Join("\n\n", audit.Conclusion.Skip(1)));
        page.KeyFigures(Tiles(audit));
        foreach (var remark in audit.Remarks) page.Note(remark);
        AddBlank(page, audit);
        if (audit.Sensitivity.Count > 0) AddSensitivity(page, audit);
        AddSources(page, audit);
        page.Section("How to read this").Paragraph(Method);
        if (options.Count > 0) page.Section("Options").Options(options);
        return page.Origin(origin);
    }

    private const string Method =
        "A blank model is a rule that knows nothing of what pictures show: a number of the file or of its pixels, where only " +
        "is learnt which way round it tells the two sets apart, or a few that belong together, whose weights are the " +
        "difference of the sets' means. Each is learnt on four fifths of the pictures and measured on the fifth that it did " +
        "not see, so that noise gives an AUROC of 0.5 or a little less, never more.\n\n" +
        "The p-value says how often the best of all blank models does as well where the two sets are dealt out at random: it " +
        "is corrected for their number, however they depend on each other. A blank model counts as found from p ≤ 0.01 on.\n\n" +
        "Properties of the file say nothing of what is in the picture; if they tell the sets apart, a detector may have " +
        "learnt them. Traces are what programs left in the pixels, but some pictures show them more than others. Plain " +
        "numbers of the picture, such as sharpness, may be a difference that was looked for or one of photography: a detector " +
        "has to beat them clearly. Blank models see examples of both sets, which a detector never does.\n\n" +
        "What an audit does not find may still be there: a confound that none of its blank models sees, or one too weak for " +
        "this number of pictures.";

    private static IEnumerable<KeyFigure> Tiles(AuditResult audit)
    {
        var detector = audit.Detector;
        yield return KeyFigure.Of($"AUROC of the detector", detector.Auroc, caption: audit.Detector.Name);
        if (audit.Blank.Models.FirstOrDefault(m => m.IsRival) is { } best)
            yield return KeyFigure.Of("AUROC of the best blank model", best.Auroc, caption: best.Name);
        yield return new KeyFigure("blank models found", $"{audit.Blank.Models.Count(m => m.PValue <= AuditConclusion.Level)}",
            null, $"of {audit.Blank.Models.Count}, at p ≤ 0.01 corrected for their number");
        yield return new KeyFigure("false alarms", Whole(detector.FalseAlarms.Estimate),
            $"{Numbers.Percent(0.95)}: {Numbers.Bounds(detector.FalseAlarms, Whole)}",
            $"asked for {Numbers.Percent(detector.AskedFalseAlarms)}");
    }

    private static void AddBlank(ReportPage page, AuditResult audit)
    {
        var models = audit.Blank.Models;
        page.Section("Blank models beside the detector").Figures(new Figure(
            "AUROC with its 95 % interval; the dashed line is chance.",
            Charts.Bars([new Bar(audit.Detector.Name, audit.Detector.Auroc, Highlight: true),
                .. models.Take(MostBars).Select(m => new Bar(m.Name, m.Auroc))], "AUROC", reference: 0.5, max: 1)));
        page.Table(new ReportTable(
            "All blank models, the best first; the values are those in the middle of each set.",
            ["blank model", "a property of", "AUROC", "95 % interval", "corrected p", audit.Normal, audit.Other],
            [.. models.Select(m => (IReadOnlyList<string>)[
                m.Name, m.Kind switch { BlankKind.File => "the file", BlankKind.Trace => "its processing", _ => "the picture" },
                Numbers.Share(m.Auroc.Estimate), Numbers.Bounds(m.Auroc, Numbers.Share), Numbers.Fixed(m.PValue, 3),
                Value(m.NormalMedian), Value(m.OtherMedian)])]));
        foreach (var model in models.Where(m => m.Difference is not null)) page.Paragraph($"The largest difference of the " +
            $"{model.Name}: {model.Difference}.");
        if (audit.Blank.Same.Count > 0)
            page.Paragraph($"The same in every picture, so that it can tell nothing apart: " +
                $"{string.Join(", ", audit.Blank.Same)}.");
    }

    private static void AddSensitivity(ReportPage page, AuditResult audit) => page.Section("What moves the scores").Table(new ReportTable(
        $"{audit.SensitivityPictures} pictures, changed in ways that leave what they show as it is. Moves are in standard "
        + "deviations of the normal scores: the middle one, and from the 5 % to the 95 % quantile.",
        ["change", "moves normal", "5 – 95 %", "moves others", "normal flagged", "others flagged", "other answer"],
        [.. audit.Sensitivity.Select(s => (IReadOnlyList<string>)[
            s.Change, Signed(s.Shift), $"{Signed(s.ShiftFrom)} – {Signed(s.ShiftTo)}", Signed(s.OtherShift),
            $"{Whole(s.FlaggedBefore)} → {Whole(s.FlaggedAfter)}", $"{Whole(s.FoundBefore)} → {Whole(s.FoundAfter)}",
            Whole(s.Changed)])]));

    private static void AddSources(ReportPage page, AuditResult audit)
    {
        page.Section("Sources");
        if (audit.Sources.Count == 0)
        {
            page.Paragraph("The normal pictures are of one source as far as is known, or of sources too small to leave one out.");
            return;
        }
        page.Paragraph(
            $"Known by {audit.SourcesFrom}. What a detector learns should hold for a source that it has never seen: left out, "
            + "its pictures should be flagged no more often, and the others be told from them as well.");
        string Share(Interval? share) => share is { } s ? $"{Whole(s.Estimate)} ({Numbers.Bounds(s, Whole)})" : "–";
        page.Table(new ReportTable(
            "Normal pictures by source, where the detector has seen others of the source and where it has seen none.",
            ["source", "pictures", "flagged, seen", "flagged, never seen", "AUROC, seen", "AUROC, never seen"],
            [.. audit.Sources.Select(s => (IReadOnlyList<string>)[
                s.Source, Numbers.Count(s.Count), Share(s.FalseAlarms), Share(s.FalseAlarmsLeftOut), Numbers.Share(s.Auroc),
                s.AurocLeftOut is { } left ? $"{Numbers.Share(left.Estimate)} ({Numbers.Bounds(left, Numbers.Share)})" : "–"])]));
    }

    private static string Value(double? value) => value is { } known ? Numbers.Significant(known, 3) : "–";

    /// <summary>A share of few pictures: no more digits than they carry.</summary>
    private static string Whole(double share) => double.IsFinite(share) ? $"{Numbers.Fixed(100 * share, 0)}\u202f%" : "–";

    private static string Signed(double value)
    {
        var rounded = Math.Round(value, 2);
        return rounded == 0 ? "0.00" : (rounded > 0 ? "+" : "") + Numbers.Fixed(rounded, 2);
    }
}
