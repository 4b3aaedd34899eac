using System.Text.Json;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Detection;
using Pentimento.Tests.Models;

namespace Pentimento.Tests.Cli;

/// <summary>Detectors side by side, and on sets that they have not seen.</summary>
public sealed class CompareDetectorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompareDetectorsTests()
    {
        Write("normal", SmallSets.Pictures(15));
        Write("sets/a", SmallSets.Pictures(5, strange: true));
        Write("sets/b", SmallSets.Pictures(5, strange: true, seed: 40));
        Write("sets/c", SmallSets.Pictures(5, seed: 41));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string folder, RasterImage[] pictures)
    {
        for (var i = 0; i < pictures.Length; i++) ImageFile.Write(_folder[$"{folder}/{i:D2}.png"], pictures[i]);
    }

    private string Weights(ulong seed = 1)
    {
        using var backbone = RandomBackbone.Create("squeezenet1_1", seed);
        using var stream = File.Create(_folder[$"weights{seed}.safetensors"]);
        Safetensors.Write(stream, backbone.state_dict());
        return _folder[$"weights{seed}.safetensors"];
    }

    private CommandRun Compare(params string[] more) => CommandRun.Of(
        _folder.Path, ["compare-detectors", "--normal", _folder["normal"], "--size", "48", "--folds", "3", .. more]);

    [Fact]
    public void A_set_in_mvtecs_layout_is_measured_on_its_own_test_images_and_by_pixels()
    {
        Write("set/train/good", SmallSets.Pictures(12));
        Write("set/test/good", SmallSets.Pictures(4, seed: 6));
        Write("set/test/noise", SmallSets.Pictures(4, strange: true));
        byte[] mask = [.. Enumerable.Range(0, 48 * 48).Select(i => (byte)(i % 48 < 24 && i / 48 < 24 ? 255 : 0))];
        for (var i = 0; i < 4; i++)
            ImageFile.Write(_folder[$"set/ground_truth/noise/{i:D2}_mask.png"], new RasterImage(new ImageShape(1, 48, 48), mask));
        string[] command =
        [
            "compare-detectors", "--normal", _folder["set"], "--size", "48", "--backbone", Weights(), "--detectors", "patchcore",
            "descriptors", "--bank-share", "5%", "--false-alarms", "10%", "20%",
        ];
        var rows = CommandRun.Of(_folder.Path, [.. command, "--json"]).Json.GetProperty("rows").EnumerateArray().ToArray();
        Assert.InRange(rows[0].GetProperty("pixelAuroc").GetDouble(), 0.8, 1);
        Assert.InRange(rows[0].GetProperty("pro").GetDouble(), 0.5, 1);
        Assert.Equal(2, rows[0].GetProperty("rates").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("pixelAuroc").ValueKind); // descriptors have no map
        Assert.True(rows.Length > 10, "the blank models stand beside them");
        CommandRun.Of(_folder.Path, [.. command[..5], "--detectors", "autoencoder", "--steps", "0"])
            .AssertFailed(ExitCode.BadInput, "The number of steps is 0");
        var printed = CommandRun.Of(_folder.Path, command);
        foreach (var text in new[] { "pixel AUROC", "PRO", "measured on its test images" })
            Assert.Contains(text, printed.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void Banks_that_cannot_be_and_two_ways_of_naming_others_are_refused()
    {
        Compare("--other", _folder["sets/a"], "--each", _folder["sets/b"]).AssertFailed(ExitCode.BadInput, "Either --other or --each");
        Compare("--other", _folder["sets/a"], "--bank-size", "10", "--bank-share", "10%")
            .AssertFailed(ExitCode.BadInput, "not both");
        Compare("--other", _folder["sets/a"], "--detectors", "patchcore", "--backbone", Weights(), "--memory", "1KB")
            .AssertFailed(ExitCode.BadInput, "No memory bank fits into 1 kB");
    }

    [Fact]
    public void Every_asked_share_of_false_alarms_is_measured_with_its_interval()
    {
        var run = Compare("--other", _folder["sets/a"], "--detectors", "descriptors", "--false-alarms", "20%", "0.4", "--json");
        run.Done();
        var detector = run.Json.GetProperty("rows")[0];
        Assert.Equal("descriptors", detector.GetProperty("name").GetString());
        var rates = detector.GetProperty("rates").EnumerateArray().ToArray();
        Assert.Equal([0.2, 0.4], rates.Select(rate => rate.GetProperty("asked").GetDouble()));
        Assert.True(rates.All(rate => rate.GetProperty("holds").GetBoolean()));
        Assert.True(Alarms(rates[0]) <= Alarms(rates[1]));
        Assert.Equal(1, rates[1].GetProperty("found").GetDouble(), 9);
        Assert.Equal(Alarms(rates[0]), detector.GetProperty("falseAlarms").GetProperty("estimate").GetDouble());
        var printed = Compare("--other", _folder["sets/a"], "--detectors", "descriptors", "--false-alarms", "20%", "0.4");
        Assert.Contains("40.0 %", printed.Output, StringComparison.Ordinal);

        static double Alarms(JsonElement rate) => rate.GetProperty("falseAlarms").GetProperty("estimate").GetDouble();
    }

    [Fact]
    public void Each_set_of_a_folder_is_measured_by_detectors_that_have_not_seen_it_and_the_worst_is_named()
    {
        var run = Compare("--each", _folder["sets"], "--detectors", "descriptors", "known-others", "--backbone", Weights(),
            "--json");
        run.Done();
        var rows = run.Json.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["a", "b", "c", "a", "b", "c"], rows.Select(row => row.GetProperty("set").GetString()));
        Assert.All(rows, row => Assert.Equal(5, row.GetProperty("count").GetInt32()));
        Assert.All(rows, row => Assert.NotEqual(JsonValueKind.Null, row.GetProperty("blank").ValueKind));
        // What looks like the normal pictures is found worst.
        var summaries = run.Json.GetProperty("summaries").EnumerateArray().ToArray();
        Assert.Equal(["c", "c"], summaries.Select(summary => summary.GetProperty("worst").GetProperty("set").GetString()));
        var aurocs = rows.Take(3).Select(row => row.GetProperty("auroc").GetProperty("estimate").GetDouble()).ToArray();
        Assert.Equal(aurocs.Average(), summaries[0].GetProperty("mean").GetProperty("estimate").GetDouble(), 12);

        // The same as with the set by itself.
        var single = Compare(
            "--other", _folder["sets/b"], "--known-others", _folder["sets/a"], _folder["sets/c"],
            "--detectors", "known-others", "--backbone",
            _folder["weights1.safetensors"], "--json");
        Assert.Equal(
            rows[4].GetProperty("auroc").GetRawText(), single.Json.GetProperty("rows")[0].GetProperty("auroc").GetRawText());
    }

    [Fact]
    public void Kept_features_give_the_same_figures_and_are_looked_at_once()
    {
        string[] options = ["--other", _folder["sets/a"], "--detectors", "features", "features-gaussian", "features-ensemble", "--backbone",
            Weights(1), Weights(2), "--features", _folder["kept"], "--json"];
        var first = Compare(options);
        first.Done();
        var files = Directory.GetFiles(_folder["kept"]);
        Assert.Equal(2, files.Length); // normal and other; both detectors look at the same
        var times = files.Select(File.GetLastWriteTimeUtc).ToArray();
        var again = Compare(options);
        Assert.Equal(times, files.Select(File.GetLastWriteTimeUtc));
        Assert.Equal(Aurocs(first), Aurocs(again));
        File.WriteAllText(files[0], "nothing");
        Compare(options).AssertFailed(ExitCode.BadInput, Path.GetFileName(files[0]));

        static string[] Aurocs(CommandRun run) =>
            [.. run.Json.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("auroc").GetRawText())];
    }

    [Theory]
    [InlineData("has no images that do not belong")]
    [InlineData("Either --other or --each", "--other", "sets/a", "--each", "sets")]
    [InlineData("is among the known others", "--other", "sets/a", "--known-others", "sets/a/")]
    [InlineData("is the normal set and one of the others", "--each", "normal", "sets/a")]
    [InlineData("The false-alarm rate is 0", "--other", "sets/a", "--false-alarms", "5%", "0")]
    [InlineData("--false-alarms is 'much'", "--other", "sets/a", "--false-alarms", "much")]
    [InlineData("needs examples of others", "--each", "sets/a", "--detectors", "known-others", "--backbone", "x.pth")]
    public void Options_that_do_not_go_together_are_refused_in_one_line(string reason, params string[] options)
    {
        var run = Compare([.. options.Select(o => o.Contains("sets", StringComparison.Ordinal) || o == "normal" ? _folder[o] : o)]);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.Done, run.Code);
    }
}
