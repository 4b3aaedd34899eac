using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>The section that shows a measure class by class, as bars and as numbers.</summary>
internal static class ClassRows
{
    public static void AddTo(ReportPage page, IReadOnlyList<ClassRow> classes, string measure, double confidence, int digits) =>
        page.Section("By class").Beside(
            p => p.Figures(new Figure($"{measure} per class; the whiskers are the {Numbers.IntervalName(confidence)}.",
                Charts.Bars([.. classes.Select(c => new Bar(c.Label, c.Mean))], measure))),
            p => p.Table(Table(classes, measure, confidence, digits)));

    private static ReportTable Table(IReadOnlyList<ClassRow> classes, string measure, double confidence, int digits) => new(
        $"{measure} per class, with the number of images", ["class", "images", measure, Numbers.IntervalName(confidence)],
        [.. classes.Select(c => (IReadOnlyList<string>)[c.Label, Numbers.Count(c.Count),
            Numbers.Significant(c.Mean.Estimate, digits), Numbers.Bounds(c.Mean, v => Numbers.Significant(v, digits))])]);
}
