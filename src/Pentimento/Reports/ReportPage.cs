using System.Globalization;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Imaging;

namespace Pentimento.Reports;

/// <summary>
/// One self-contained HTML page: no script, no network, pictures and charts inside; for wide and narrow screens, light, dark and
/// print. Parts appear in the order in which they are added. All text is escaped.
/// </summary>
public sealed class ReportPage(string title, string? subtitle = null)
{
    /// <summary>What the page says of itself; a page with it may be replaced.</summary>
    internal const string Generator = "Pentimento";

    private readonly Html _body = new();
    private readonly List<string> _sections = [];
    private ReportOrigin? _origin;
    private (string Text, string Address)? _parent;

    /// <summary>The one or two sentences that say what came out.</summary>
    public ReportPage Lead(string text) => Add(h => h.Element("p class=\"lead\"", text));

    /// <summary>The page that this one belongs to; a link above the title leads there.</summary>
    /// <param name="text">Its words.</param>
    /// <param name="path">Relative to this page.</param>
    internal ReportPage Parent(string text, string path)
    {
        _parent = (text, Html.Address(path));
        return this;
    }

    /// <summary>What was decided, in large letters.</summary>
    internal ReportPage Decision(Answer answer, string text) => Add(h => h
        .Raw($"<p class=\"decision {answer.ToString().ToLowerInvariant()}\"><b>{Capital(answer.InWords())}.</b> ")
        .Raw(Html.Escape(text)).Raw("</p>\n"));

    /// <summary>Small pictures, mostly with links.</summary>
    internal ReportPage Gallery(IReadOnlyList<GalleryItem> items) => Add(h => Reports.Gallery.Write(h, items));

    /// <summary>Starts a section.</summary>
    public ReportPage Section(string heading)
    {
        _sections.Add(heading);
        return Add(h => h.Element($"h2 id=\"s{_sections.Count}\"", heading));
    }

    /// <summary>Text; an empty line starts a new paragraph.</summary>
    public ReportPage Paragraph(string text) => Add(h =>
    {
        foreach (var part in text.Split("\n\n",
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) h.Element("p", part);
    });

    /// <summary>Points, one below the other.</summary>
    public ReportPage List(IEnumerable<string> points) => Add(h =>
    {
        h.Raw("<ul class=\"points\">\n");
        foreach (var point in points) h.Element("li", point);
        h.Raw("</ul>\n");
    });

    /// <summary>A remark or a warning in a box.</summary>
    public ReportPage Note(string text, NoteKind kind = NoteKind.Remark) => Add(h => h
        .Raw(kind == NoteKind.Warning ? "<aside class=\"note warning\"><strong>Read with care.</strong> "
            : "<aside class=\"note\">")
        .Raw(Html.Escape(text)).Raw("</aside>\n"));

    /// <summary>The numbers that matter, as large tiles.</summary>
    public ReportPage KeyFigures(params IEnumerable<KeyFigure> figures) => Add(h =>
    {
        h.Raw("<dl class=\"tiles\">\n");
        foreach (var figure in figures)
        {
            h.Raw("<div>").Element("dt", figure.Label).Element("dd class=\"number\"", figure.Value)
                .Element("dd class=\"interval\"", figure.Interval).Element("dd class=\"small\"", figure.Caption).Raw("</div>\n");
        }
        h.Raw("</dl>\n");
    });

    /// <summary>A table, which scrolls sideways by itself where the screen is narrow.</summary>
    /// <exception cref="ArgumentException">A row is not as long as the heads.</exception>
    public ReportPage Table(ReportTable table)
    {
        for (var r = 0; r < table.Rows.Count; r++)
            if (table.Rows[r].Count != table.Columns.Count)
                throw new ArgumentException(
                    $"Row {r} of the table '{table.Caption}' has {table.Rows[r].Count} cells; it needs {table.Columns.Count}.",
                        nameof(table));
        return Add(h => HtmlTable.Write(h, table));
    }

    /// <summary>Charts and pictures, two beside each other where there is room.</summary>
    /// <exception cref="ArgumentException">A figure has neither a chart nor an image.</exception>
    public ReportPage Figures(params IEnumerable<Figure> figures) => Add(h => Write(h, figures, "figures"));

    /// <summary>Pictures beside each other, all of one width.</summary>
    internal ReportPage Pictures(params IEnumerable<Figure> figures) => Add(h => Write(h, figures, "figures pictures"));

    private static void Write(Html h, IEnumerable<Figure> figures, string css)
    {
        h.Raw($"<div class=\"{css}\">\n");
        foreach (var figure in figures)
        {
            h.Raw(figure.IsWide ? "<figure class=\"whole\">" : "<figure>");
            if (figure.Chart is { } chart)
            {
                h.Raw(chart.Svg);
                if (chart.Legend.Count > 0)
                {
                    h.Raw("<ul class=\"legend\">");
                    foreach (var entry in chart.Legend) h.Raw($"<li class=\"{entry.Css}\"><i></i>{Html.Escape(entry.Text)}</li>");
                    h.Raw("</ul>");
                }
            }
            else if (figure.Image is { } image) h.Raw(Picture(image, figure.Caption, 1200));
            else throw new ArgumentException(
                $"The figure '{figure.Caption}' has neither a chart nor an image.", nameof(figures));
            h.Raw(figure.Scale ?? "").Element("figcaption", figure.Caption).Raw("</figure>\n");
        }
        h.Raw("</div>\n");
    }

    /// <summary>Pictures in their states (original, noisy, output), as many cases beside each other as fit.</summary>
    public ReportPage Cases(IReadOnlyList<ImageCase> cases) => Add(h =>
    {
        var images = cases.Select(c => c.Images.Count).DefaultIfEmpty(1).Max();
        var wide = cases.SelectMany(c => c.Images).Any(i => EmbeddedImage.IsLarge(i.Image));
        h.Raw($"<div class=\"cases{(wide ? " wide" : "")}\" style=\"--n:{images}\">\n");
        foreach (var item in cases)
        {
            h.Raw(item.Flagged ? "<figure class=\"flagged\"><div>" : "<figure><div>");
            foreach (var image in item.Images)
                h.Raw("<span>").Raw(Picture(image.Image,
                    string.Join(", ", new[] { item.Name, image.Title }.Where(t => t.Length > 0)), 320))
                    .Element("b", image.Title.Length > 0 ? image.Title : null).Element("em", image.Caption).Raw("</span>");
            h.Raw("</div><figcaption>").Element("b", item.Name).Raw(Html.Escape(item.Caption is null ? "" : " " + item.Caption))
                .Raw(item.Flagged ? "<mark>flagged</mark>" : "").Raw("</figcaption></figure>\n");
        }
        h.Raw("</div>\n");
    });

    /// <summary>Two parts beside each other where there is room, else one below the other.</summary>
    public ReportPage Beside(Action<ReportPage> left, Action<ReportPage> right)
    {
        foreach (var (part, markup) in new[] { (left, "<div class=\"beside\"><div>\n"), (right, "</div><div>\n") })
        {
            _body.Raw(markup);
            part(this);
        }
        return Add(h => h.Raw("</div></div>\n"));
    }

    /// <summary>The exact options of a run, as a list of names and values.</summary>
    public ReportPage Options(IEnumerable<KeyValuePair<string, string>> options) => Add(h =>
    {
        h.Raw("<dl class=\"options\">\n");
        foreach (var (name, value) in options) h.Raw("<div>").Element("dt", name).Element("dd", value).Raw("</div>\n");
        h.Raw("</dl>\n");
    });

    /// <summary>Sets the last lines of the page.</summary>
    public ReportPage Origin(ReportOrigin origin)
    {
        _origin = origin;
        return this;
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var html = new Html().Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Raw($"<meta name=\"generator\" content=\"{Generator}\">\n")
            .Raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Raw("<meta http-equiv=\"Content-Security-Policy\" ")
            .Raw("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
            .Element("title", title).Raw("<style>\n").Raw(ReportStyle.Css).Raw("</style>\n</head>\n<body>\n<header>\n")
            .Raw("<p class=\"brand\">Pentimento</p>\n");
        if (_parent is { } parent)
            html.Raw($"<p class=\"parent\"><a href=\"{Html.Escape(parent.Address)}\"><span aria-hidden=\"true\">←</span> ")
                .Raw(Html.Escape(parent.Text)).Raw("</a></p>\n");
        html.Element("h1", title).Element("p class=\"subtitle\"", subtitle);
        if (_sections.Count >= 3)
        {
            html.Raw("<nav aria-label=\"Sections\">");
            for (var i = 0; i < _sections.Count; i++) html.Raw($"<a href=\"#s{i + 1}\">{Html.Escape(_sections[i])}</a> ");
            html.Raw("</nav>\n");
        }
        html.Raw("</header>\n<main>\n").Raw(_body.ToString()).Raw("</main>\n<footer>\n");
        if (_origin is { } origin)
        {
            string?[] facts =
            [
                origin.Version is null ? "Pentimento" : $"Pentimento {origin.Version}",
                origin.Created?.ToString("yyyy-MM-dd HH:mm 'UTC'zzz", CultureInfo.InvariantCulture),
                origin.Seed is { } seed ? $"seed {seed}" : null,
            ];
            html.Element("p", string.Join(" · ", facts.Where(f => f is not null)));
            if (origin.Command is { } command)
            {
                // Each word apart, so that no line ends within an option's name.
                html.Raw("<p><code>");
                foreach (var word in command.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    html.Raw("<span>").Raw(Html.Escape(word)).Raw("</span> ");
                html.Raw("</code></p>\n");
            }
        }
        return html.Raw("</footer>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the page as a whole file or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToHtml());

    private ReportPage Add(Action<Html> write)
    {
        write(_body);
        return this;
    }

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static string Picture(RasterImage image, string alt, int maxSide) => EmbeddedImage.Of(image, maxSide).Tag(alt);
}
