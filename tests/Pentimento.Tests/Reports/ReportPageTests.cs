using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Reports;

namespace Pentimento.Tests.Reports;

public sealed partial class ReportPageTests
{
    private const string Hostile = "<script>alert(\"x\")</script> & 'quotes' \u0000";
    private static readonly RasterImage Grey = new(new ImageShape(1, 2, 3), [0, 50, 100, 150, 200, 255]);

    [Fact]
    public void Every_text_is_escaped()
    {
        var html = Everything(Hostile).ToHtml();
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain('\0', html);
        Assert.DoesNotContain("alert(\"", html); // a quote would end an attribute
        Assert.True(Regex.Count(html, "&lt;script&gt;") >= 25);
    }

    [Fact]
    public void The_page_is_well_formed_and_asks_for_nothing_from_outside()
    {
        var html = Everything("Plain").ToHtml();
        var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)];
        var document = XDocument.Parse(ImageTag().Replace(body, "$0</img>").Replace("&nbsp;", " "));
        Assert.All(document.Descendants("img"), i => Assert.StartsWith("data:image/png;base64,", i.Attribute("src")!.Value));
        Assert.All(document.Descendants("img"), i => Assert.NotEmpty(i.Attribute("alt")!.Value));
        Assert.All(document.Descendants("svg"), s => Assert.NotEmpty(s.Attribute("aria-label")!.Value));
        Assert.All(document.Descendants("table"), t => Assert.NotNull(t.Element("caption")));
        Assert.All(document.Descendants("a"), a =>
            Assert.Single(document.Descendants(), d => "#" + d.Attribute("id")?.Value == a.Attribute("href")!.Value));
        Assert.DoesNotMatch(@"https?://|@import|url\(|\bNaN\b", html);
        Assert.Contains("default-src 'none'", html);
    }

    [Fact]
    public void Numbers_stand_to_the_right_and_the_highlight_stands_out()
    {
        var table = new ReportTable("c", ["name", "value", "note"], [["a", "−1.5", "x"], ["b", "–", "2"]]) { Highlight = 1 };
        var html = new ReportPage("t").Table(table).ToHtml();
        Assert.Contains("<td class=\"num hot\">−1.5</td>", html);
        Assert.Contains("<td>x</td>", html);
        Assert.Contains("<th scope=\"row\">a</th>", html);
    }

    [Fact]
    public void Small_pictures_are_enlarged_without_smoothing_and_large_ones_made_smaller()
    {
        var large = new RasterImage(new ImageShape(3, 500, 250), new byte[3 * 500 * 250]);
        var html = new ReportPage("t").Cases([new("one", [new("small", Grey), new("large", large)])]).ToHtml();
        Assert.Contains("class=\"pixels\" width=\"3\" height=\"2\"", html);
        Assert.Equal([(3, 2), (160, 320)], Regex.Matches(html, "src=\"([^\"]+)").Select(m => Size(m.Groups[1].Value)));
    }

    [Fact]
    public void A_small_picture_keeps_every_value_and_16_bits_are_rounded()
    {
        using var read = Embedded(EmbeddedImage.Of(Grey, 320).Uri);
        Assert.Equal(Grey.Samples8, read.WriteToMemory<byte>());
        using var deep = Embedded(EmbeddedImage.Of(
            new RasterImage(new ImageShape(1, 1, 4), (ushort[])[0, 65535, 32768, 300]), 320).Uri);
        Assert.Equal<byte>([0, 255, 128, 1], deep.WriteToMemory<byte>());
        Assert.Contains("image of 2 channels", Assert.Throws<ArgumentException>(() =>
            EmbeddedImage.Of(new RasterImage(new ImageShape(2, 1, 1), new byte[2]), 320)).Message);
    }

    [Fact]
    public void A_large_picture_takes_the_smaller_of_jpeg_and_png()
    {
        var shape = new ImageShape(3, 256, 256);
        var noise = new byte[shape.Channels * shape.Height * shape.Width];
        new Random(1).NextBytes(noise);
        var jpeg = EmbeddedImage.Of(new RasterImage(shape, noise), 320).Uri;
        Assert.StartsWith("data:image/jpeg;", jpeg);
        Assert.True(24 * jpeg.Length < 8_000_000, $"{jpeg.Length} characters"); // eight cases of three, nothing but noise
        Assert.StartsWith("data:image/png;", EmbeddedImage.Of(new RasterImage(shape, new byte[noise.Length]), 320).Uri);
    }

    [Fact]
    public void The_page_is_saved_whole()
    {
        var folder = Directory.CreateTempSubdirectory("pentimento-report-");
        try
        {
            var path = Path.Combine(folder.FullName, "new", "report.html");
            var page = new ReportPage("Title");
            page.Save(path);
            Assert.Equal(page.ToHtml(), File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused()
    {
        Assert.Contains("Row 0 of the table 'c' has 1 cells; it needs 2",
            Assert.Throws<ArgumentException>(() => new ReportPage("t").Table(new ReportTable("c", ["a", "b"], [["1"]]))).Message);
        Assert.Throws<ArgumentException>(() => new ReportPage("t").Figures(new Figure("empty")));
    }

    private static ReportPage Everything(string text) => new ReportPage(text, text)
        .Lead(text).KeyFigures(new KeyFigure(text, text, text, text), KeyFigure.Of("AUROC", new Interval(0.8, 0.7, 0.9), "dB"))
        .Section(text).Section("two").Section("three").Paragraph(text + "\n\nsecond").Note(text).Note(text, NoteKind.Warning)
        .Table(new ReportTable(text, [text, text], [[text, text]]))
        .Figures(new Figure(text, Charts.Losses([Curve.PerEpoch(text, [3, 2, double.NaN, 1])], text, text)),
            new Figure(text, Image: Grey),
            new Figure(text, Charts.Bars([new(text, new Interval(1, 0.5, 2)), new("b", new Interval(double.NaN, 0, 0))], text)),
            new Figure(text, Charts.Histogram([1, 2, 3], [false, true, false], 2, text)))
        .Cases([new(text, [new(text, Grey, text)], text, Flagged: true)])
        .Beside(p => p.Paragraph(text), p => p.Paragraph(text))
        .Options([new(text, text)])
        .Origin(new ReportOrigin(text, DateTimeOffset.UnixEpoch, 42, text));

    private static NetVips.Image Embedded(string uri) =>
        NetVips.Image.NewFromBuffer(Convert.FromBase64String(uri[(uri.IndexOf(',') + 1)..]));

    private static (int Width, int Height) Size(string uri)
    {
        using var image = Embedded(uri);
        return (image.Width, image.Height);
    }

    [GeneratedRegex("<img[^>]*>")]
    private static partial Regex ImageTag();
}
