using System.Net;
using System.Text.RegularExpressions;
using Pentimento.Auditing;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Experiments;

public sealed class PictureReportsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReconstructionDetector _detector = TestModels.Detector();

    public PictureReportsTests()
    {
        for (var i = 0; i < 8; i++) ImageFile.Write(_folder[$"in/{i}.png"], Picture(i));
    }

    public void Dispose()
    {
        _detector.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_picture_has_a_page_and_the_list_has_them_all_with_the_rarest_first()
    {
        File.WriteAllText(_folder["in/9.png"], "no picture");
        var result = Run(_folder["in"]);
        Assert.Equal("8 done, 1 failed", result.Describe());
        var index = Read("index.html");
        string[] linked = [.. Links(index).Where(l => !l.StartsWith('#'))];
        Assert.Equal(
            result.Files.Where(f => f.Verdict is not null).OrderBy(f => f.Verdict!.PValue).ThenByDescending(f =>
                f.Verdict!.AnomalyScore)
                .Select(f => Path.GetRelativePath(_folder["report"], f.Page!)), linked);
        Assert.Contains("9.png", index.Split("Could not be read").Last(), StringComparison.Ordinal);
        foreach (var file in result.Files.Where(f => f.Page is not null))
        {
            var page = File.ReadAllText(file.Page!);
            Assert.Contains(Path.GetFileName(file.Path), page, StringComparison.Ordinal);
            Assert.Contains("../index.html", Links(page));
            Assert.Equal(2, Regex.Count(page.Split("Limits")[0], "<img ")); // the picture, and the map over it
            Assert.DoesNotMatch(@"https?://|<script|@import|url\(|NaN", page + index);
        }
        Assert.Equal(9, Directory.GetFileSystemEntries(_folder["report"], "*", SearchOption.AllDirectories).Count(File.Exists));
    }

    [Fact]
    public void Names_that_are_alike_odd_or_too_long_for_a_file_have_pages_of_their_own()
    {
        string[] names = ["a/x.png", "b/x.png", "b/X.png", "a/50 %#?&\"'.png", "a/<b>.png", $"a/{new string('ü', 120)}.png"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.Copy(_folder["in/1.png"], _folder[name]);
        }
        var result = Run([.. names.Select(n => _folder[n])]);
        Assert.Equal("6 done", result.Describe());
        Assert.Equal(6, result.Files.Select(f => f.Page!.ToUpperInvariant()).Distinct().Count());
        foreach (var link in Links(Read("index.html")).Where(l => !l.StartsWith('#')))
            Assert.True(File.Exists(Path.Combine(_folder["report"], Uri.UnescapeDataString(link))), link);
        Assert.Contains("&lt;b&gt;.png", Read("index.html"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_most_similar_normal_pictures_are_shown_where_they_are_found_but_never_from_outside_of_their_folder()
    {
        ImageFile.Write(_folder["outside.png"], Picture(2));
        _detector.Examples = Examples("0.png", "1.png", "../outside.png", "gone.png");
        var page = File.ReadAllText(RunWith(new() { Folder = _folder["report"], NormalFolder = _folder["in"] },
            _folder["in/0.png"]).Files[0].Page!);
        var nearest = page.Split("The normal pictures most like it")[^1].Split("Limits")[0];
        Assert.Equal(2, Regex.Count(nearest, "<img "));
        Assert.Equal(2, Regex.Count(nearest, "not found"));
        Assert.Contains("learnt from this very picture", page, StringComparison.Ordinal);
        Assert.Contains("The detector learnt from one of these pictures", Read("index.html"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_audit_says_stands_on_every_page_with_a_word_where_it_is_of_another_detector()
    {
        Audit("normal against other", "descriptors");
        var page = File.ReadAllText(RunWith(new() { Folder = _folder["report"], Audit = _folder["audit"] },
            _folder["in/0.png"]).Files[0].Page!);
        foreach (var text in new[] { "The audit has reservations.", "The two are alike.", "not of this model" })
            Assert.Contains(text, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => RunWith(new() { Folder = _folder["r2"], Audit = _folder["in"] },
            _folder["in"]));
        Assert.False(Directory.Exists(_folder["r2"]));
    }

    [Fact]
    public void A_list_of_somebody_else_is_not_replaced_and_one_of_its_own_is()
    {
        Run(_folder["in"]);
        Assert.Equal("8 done", Run(_folder["in"]).Describe());
        File.WriteAllText(_folder["in/index.html"], "<html>my gallery</html>");
        var error = Assert.Throws<ArgumentException>(() => RunWith(new() { Folder = _folder["in"] }, _folder["in"]));
        Assert.Contains("index.html", error.Message, StringComparison.Ordinal);
        File.Delete(_folder["in/index.html"]);
        Assert.Equal("8 done", RunWith(new() { Folder = _folder["in"] }, _folder["in"]).Describe());
        Assert.Equal("8 done", RunWith(new() { Folder = _folder["in"] }, _folder["in"]).Describe()); // no page became an input
        Assert.Throws<IOException>(() => RunWith(new() { Folder = _folder["in/0.png"] }, _folder["in"]));
    }

    [Fact]
    public void One_pixel_and_grey_pictures_have_pages_and_a_stopped_run_says_what_is_missing()
    {
        ImageFile.Write(_folder["small/1.png"], new RasterImage(new ImageShape(1, 1, 1), [7]));
        ImageFile.Write(_folder["small/2.png"], new RasterImage(new ImageShape(1, 1, 1), (ushort[])[7000]));
        Assert.Equal("2 done", Run(_folder["small"]).Describe());
        using var cancellation = new CancellationTokenSource();
        var progress = new TestModels.Progress<FileProgress>(report =>
        {
            if (report is { Finished: 3, Result: not null }) cancellation.Cancel();
        });
        PictureReports.Run(_detector, [_folder["in"]], new(), new() { Folder = _folder["report"] }, progress, cancellation.Token);
        Assert.Contains("5 pictures more had not been looked at", Read("index.html"), StringComparison.Ordinal);
    }

    private FileBatchResult<ScoredFile> Run(params string[] inputs) => RunWith(new() { Folder = _folder["report"] }, inputs);

    private FileBatchResult<ScoredFile> RunWith(PictureReportOptions options, params string[] inputs) => PictureReports.Run(
        _detector, inputs, new DetectRunOptions(), options, cancellation: TestContext.Current.CancellationToken);

    private string Read(string name) => File.ReadAllText(_folder[$"report/{name}"]);

    private NormalExamples Examples(params string[] ids)
    {
        using var scope = NewDisposeScope();
        return NormalExamples.Of(ids, [.. ids.Select((_, i) =>
            _detector.Preprocessing.Apply(Picture(i)).ToTensor().unsqueeze(0))]);
    }

    private void Audit(string name, string detector)
    {
        Directory.CreateDirectory(_folder["audit"]);
        File.WriteAllText(_folder["audit/audit.json"], new AuditResult
        {
            Normal = name,
            Other = "other",
            NormalCount = 3,
            OtherCount = 4,
            Outcome = AuditOutcome.Caution,
            Conclusion = ["The two are alike."],
            Detector = new AuditedDetector(detector, new(0.5, 0.4, 0.6), 0.05, new(0.05, 0, 0.1), 0.2),
            Blank = new BlankModels([], []),
        }.ToJson());
    }

    private static RasterImage Picture(int seed) => TestModels.Noise(3, 30 + seed, 41, seed: seed);

    private static IEnumerable<string> Links(string html) =>
        Regex.Matches(html, "href=\"([^\"]*)\"").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value));
}
