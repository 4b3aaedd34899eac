using Pentimento.Auditing;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Tests.Auditing;

namespace Pentimento.Tests.Experiments;

public sealed class DetectorAuditTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_set_that_was_compressed_more_is_a_confound_and_the_first_sentence_says_so()
    {
        var run = Audit(Write("normal", 0, 92), Write("other", 24, 40));
        Assert.Equal(AuditOutcome.Confound, run.Result.Outcome);
        Assert.Contains("can be told apart by their files", run.Result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("JPEG quality", run.Result.Conclusion[0], StringComparison.Ordinal);
        Assert.Equal(8, run.Result.Sensitivity.Count);
        Assert.Equal(8, run.Result.SensitivityPictures);
        Assert.Equal(48, run.Pictures.Count);
        Assert.All(run.Pictures, p => Assert.True(double.IsFinite(p.Score)));

        AuditFiles.Write(_folder["out"], run, Options("a", "b"), "pentimento audit");
        Assert.Equal(run.Result.Conclusion, AuditResult.Read(_folder["out/audit.json"]).Conclusion);
        var page = File.ReadAllText(_folder["out/audit.html"]);
        var lead = page.Split("class=\"lead\">")[1].Split("</p>")[0];
        Assert.Contains("JPEG quality", lead, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Split("</style>")[1], StringComparison.Ordinal);
        Assert.Equal(49, File.ReadAllLines(_folder["out/pictures.csv"]).Length);
    }

    [Fact]
    public void Two_halves_of_one_set_are_no_confound()
    {
        var run = Audit(Write("normal", 0, 92), Write("other", 24, 92), changed: 0);
        Assert.NotEqual(AuditOutcome.Confound, run.Result.Outcome);
        Assert.DoesNotContain(run.Result.Blank.Models, m => m.PValue <= AuditConclusion.Level);
        Assert.Empty(run.Result.Sensitivity);
        Assert.Empty(run.Result.Sources);
    }

    [Fact]
    public void Each_source_is_left_out_in_turn()
    {
        SyntheticPaintings.Folder(_folder["normal/scanner"], Enumerable.Range(0, 36));
        SyntheticPaintings.Folder(_folder["normal/camera"], Enumerable.Range(36, 12),
            (image, path) => ImageFile.Write(path + ".png", GaussianBlur.Of(image, 2)));
        var run = Audit(_folder["normal"], Write("other", 60, 92), changed: 0, rate: 0.2);
        Assert.Equal("the folders of the set", run.Result.SourcesFrom);
        Assert.Equal([("scanner", 36), ("camera", 12)], run.Result.Sources.Select(s => (s.Source, s.Count)));
        Assert.All(run.Result.Sources, s => Assert.True(s is { FalseAlarmsLeftOut: not null, AurocLeftOut: not null }));
        // None but sharp pictures were seen.
        var camera = run.Result.Sources[1];
        Assert.True(camera.FalseAlarmsLeftOut!.Value.Estimate > camera.FalseAlarms.Estimate + 0.3, $"{camera}");
        Assert.Equal("camera", run.Pictures[0].Source);
    }

    [Theory]
    [InlineData("folds is 1")]
    [InlineData("false-alarm rate is 2")]
    [InlineData("no detector 'nothing'")]
    [InlineData("There is no model")]
    [InlineData("too few permutations")]
    public void Wrong_options_are_refused(string message)
    {
        var options = Options(Write("normal", 0, 92), _folder["normal"]);
        options = message switch
        {
            "folds is 1" => options with { Folds = 1 },
            "false-alarm rate is 2" => options with { FalseAlarmRate = 2 },
            "no detector 'nothing'" => options with { Detector = "nothing" },
            "There is no model" => options with { Model = _folder["a.pent"] },
            _ => options with { Permutations = 1 },
        };
        var error = Assert.ThrowsAny<Exception>(() => DetectorAudit.Run(options, cancel: TestContext.Current.CancellationToken));
        Assert.True(error is ArgumentException or FileNotFoundException, $"{error}");
        if (message != "too few permutations") Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, int first, int quality) => SyntheticPaintings.Folder(
        _folder[name], Enumerable.Range(first, 24), (image, path) => SyntheticPaintings.WriteJpeg(image, path, quality));

    private static DetectorAuditRun Audit(string normal, string other, int changed = 4, double rate = 0.05) => DetectorAudit.Run(
        Options(normal, other) with { SensitivityPictures = changed, FalseAlarmRate = rate },
        cancel: TestContext.Current.CancellationToken);

    private static DetectorAuditOptions Options(string normal, string other) =>
        new() { Normal = normal, Other = other, Size = 48, Folds = 3, SensitivityPictures = 4, Permutations = 199 };
}
