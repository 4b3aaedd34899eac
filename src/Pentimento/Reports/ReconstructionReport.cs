using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>One measure of a reconstruction over the test images.</summary>
/// <param name="Name">As in "PSNR".</param>
/// <param name="Output">Its mean on the network's output, with the interval.</param>
/// <param name="Noisy">Its mean on the noisy input; null where the input is the clean image itself.</param>
/// <param name="Unit">As in "dB".</param>
/// <param name="HigherIsBetter">True for PSNR and SSIM, false for MSE.</param>
public sealed record QualityRow(string Name, Interval Output, Interval? Noisy = null, string? Unit = null,
    bool HigherIsBetter = true);

/// <summary>
/// What a reconstructing or denoising auto-encoder achieved, as plain data. Everything but the title and the quality may be
/// left empty, and then has no section.
/// </summary>
public sealed record ReconstructionReport
{
    /// <summary>As in "Denoising Fashion-MNIST".</summary>
    public required string Title { get; init; }

    /// <summary>As in "convolutional auto-encoder, noise factor 0.2".</summary>
    public string? Subtitle { get; init; }

    /// <summary>The sentence that says what came out; null for none.</summary>
    public string? Lead { get; init; }

    /// <summary>The measures, at least one; the first four also become key figures.</summary>
    public required IReadOnlyList<QualityRow> Quality { get; init; }

    /// <summary>How many test images the measures are taken over.</summary>
    public required int TestImages { get; init; }

    /// <summary>Training and validation loss, by epoch.</summary>
    public IReadOnlyList<Curve> Losses { get; init; } = [];

    /// <summary>Test images chosen at random: original, noisy, output.</summary>
    public IReadOnlyList<ImageCase> Examples { get; init; } = [];

    /// <summary>The best test images, best first.</summary>
    public IReadOnlyList<ImageCase> Best { get; init; } = [];

    /// <summary>The worst test images, worst first.</summary>
    public IReadOnlyList<ImageCase> Worst { get; init; } = [];

    /// <summary>The mean squared error per class.</summary>
    public IReadOnlyList<ClassRow> Classes { get; init; } = [];

    /// <summary>What the intervals promise. The default value is 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Remarks on how to read the figures.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The exact options of the run.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    /// <summary>Where the report comes from.</summary>
    public ReportOrigin Origin { get; init; } = new();

    /// <summary>The page of this report.</summary>
    /// <exception cref="ArgumentException">There is no measure.</exception>
    public ReportPage ToPage()
    {
        if (Quality.Count == 0) throw new ArgumentException("A report needs at least one measure.", nameof(Quality));
        var page = new ReportPage(Title, Subtitle);
        if (Lead is { } lead) page.Lead(lead);
        page.KeyFigures(Quality.Take(4).Select(Tile));
        foreach (var remark in Remarks) page.Note(remark);
        if (Examples.Count > 0)
            page.Section("Examples").Paragraph("Test images chosen at random, not by their result.").Cases(Examples);
        page.Section("Quality");
        if (Losses.Count == 0) page.Table(QualityTable());
        else
            page.Beside(p => p.Table(QualityTable()), p => p.Figures(
                new Figure(Charts.LossCaption(Losses), Charts.Losses(Losses))));
        if (Best.Count > 0) page.Section("Best cases").Cases(Best);
        if (Worst.Count > 0) page.Section("Worst cases").Cases(Worst);
        if (Classes.Count > 0) ClassRows.AddTo(page, Classes, "MSE", Confidence, digits: 4);
        if (Options.Count > 0) page.Section("Options").Options(Options);
        return page.Origin(Origin);
    }

    private KeyFigure Tile(QualityRow row) => KeyFigure.Of(row.Name, row.Output, row.Unit,
        row.Noisy is { } noisy ? $"noisy input {Numbers.Significant(noisy.Estimate)}{Suffix(row)}" : null, 4, Confidence);

    private ReportTable QualityTable()
    {
        var noisy = Quality.Any(q => q.Noisy is not null);
        List<string> head = ["measure", "output", Numbers.IntervalName(Confidence)];
        if (noisy) head.Insert(1, "noisy");
        var rows = Quality.Select(row =>
        {
            var name = row.Name + (row.Unit is null ? "" : $" ({row.Unit})") + (row.HigherIsBetter ? "\u202f↑" : "\u202f↓");
            List<string> cells = [name, Numbers.Significant(row.Output.Estimate),
                Numbers.Bounds(row.Output, v => Numbers.Significant(v))];
            if (noisy) cells.Insert(1, row.Noisy is { } value ? Numbers.Significant(value.Estimate) : "–");
            return (IReadOnlyList<string>)cells;
        });
        var caption = $"Means over {Numbers.Count(TestImages)} test images, every image weighing the same. "
            + "↑ higher is better, ↓ lower.";
        return new ReportTable(caption, head, [.. rows]) { Highlight = noisy ? 2 : 1 };
    }

    private static string Suffix(QualityRow row) => row.Unit is null ? "" : "\u202f" + row.Unit;
}
