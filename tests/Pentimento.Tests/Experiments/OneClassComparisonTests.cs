using Pentimento.Cli;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Tests.Cli;
using Pentimento.Tests.Detection;

namespace Pentimento.Tests.Experiments;

/// <summary>One class against the rest, on folders with classes.</summary>
public sealed class OneClassComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OneClassComparisonTests()
    {
        foreach (var (label, strange) in new[] { ("stripes", false), ("[noise]", true) })
        {
            var pictures = SmallSets.Pictures(20, strange, side: 24);
            for (var i = 0; i < pictures.Length; i++) ImageFile.Write(_folder[$"set/{label}/{i:D2}.png"], pictures[i]);
        }
    }

    public void Dispose() => _folder.Dispose();

    private OneClassOptions Options(params string[] detectors) => new()
    {
        Data = _folder["set"],
        Detectors = new DetectorComparisonOptions { Normal = _folder["set"], Detectors = detectors, Size = 24, Steps = 2 },
        Seeds = 2,
    };

    [Fact]
    public void Each_class_is_normal_in_turn_and_chance_is_drawn_anew_for_each_seed()
    {
        var rows = OneClassComparison.Run(Options("descriptors", "autoencoder"), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["descriptors", "autoencoder"], rows.Select(row => row.Detector));
        Assert.All(rows, row => Assert.Equal(["[noise]", "stripes"], row.Classes.Select(c => c.Label).Order()));
        Assert.Single(rows[0].BySeed); // nothing in it is left to chance
        Assert.Equal(2, rows[1].BySeed.Count);
        Assert.Equal(1, rows[0].Classes.Single(c => c.Label == "stripes").Auroc.Estimate);
        Assert.Equal(rows[1].Classes.Average(c => c.Auroc.Estimate), rows[1].Mean.Estimate);
        Assert.InRange(rows[1].Mean.Estimate, rows[1].Mean.Lower, rows[1].Mean.Upper);
    }

    [Fact]
    public void False_alarms_are_measured_on_test_images_where_a_share_is_asked_for()
    {
        var options = Options("descriptors", "autoencoder") with { FalseAlarmRates = [0.3, 0.1] };
        var rows = OneClassComparison.Run(options, cancel: TestContext.Current.CancellationToken);
        Assert.All(rows, row => Assert.Equal([0.3, 0.1], row.Rates.Select(rate => rate.Asked)));
        Assert.All(rows[0].Classes, c => Assert.Equal((4, 2), (c.Count, c.Rates.Count)));
        var rate = rows[0].Rates[0];
        Assert.Equal(rows[0].Classes.Average(c => c.Rates[0].FalseAlarms.Estimate), rate.FalseAlarms.Estimate, 12);
        Assert.InRange(rate.FalseAlarms.Estimate, rate.FalseAlarms.Lower, rate.FalseAlarms.Upper);
        Assert.InRange(rate.FalseAlarms.Upper - rate.FalseAlarms.Lower, 0.2, 0.7); // of eight images, whatever the seeds
        Assert.True(rows[0].Rates[1].FalseAlarms.Estimate <= rate.FalseAlarms.Estimate);
        Assert.Equal(1, rows[0].Classes.Single(c => c.Label == "stripes").Rates[0].Found);
        Assert.Contains("false-alarm rate is 1", Refused(options with { FalseAlarmRates = [0.1, 1] }), StringComparison.Ordinal);
        var run = CommandRun.Of(
            _folder.Path, "compare-detectors", "--one-class", _folder["set"], "--detectors", "descriptors", "--false-alarms", "20%");
        Assert.Contains("false alarms, 20 % asked", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_options_give_the_same_figures()
    {
        double[] Figures() => [.. OneClassComparison.Run(Options("autoencoder"), cancel: TestContext.Current.CancellationToken)[0].BySeed];
        Assert.Equal(Figures(), Figures());
    }

    [Fact]
    public void Unknown_classes_sets_without_classes_and_detectors_that_learn_from_others_are_named()
    {
        Assert.Contains("no class 'dots'; it has", Refused(Options("descriptors") with { Classes = ["dots"] }), StringComparison.Ordinal);
        Assert.Contains("number of seeds is 0", Refused(Options("descriptors") with { Seeds = 0 }), StringComparison.Ordinal);
        Assert.Contains("needs examples of others", Refused(Options("known-others")), StringComparison.Ordinal);
        Assert.Contains("has 0 classes", Refused(Options("descriptors") with { Data = _folder["set/stripes"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_prints_every_class_and_the_mean_and_refuses_what_does_not_go_together()
    {
        var run = CommandRun.Of(_folder.Path, "compare-detectors", "--one-class", _folder["set"], "--detectors", "descriptors");
        run.Done();
        foreach (var word in new[] { "stripes", "[noise]", "mean AUROC", "95 % interval" })
            Assert.Contains(word, run.Output, StringComparison.Ordinal);
        CommandRun.Of(_folder.Path, "compare-detectors", "--one-class", _folder["set"], "--normal", _folder["set"])
            .AssertFailed(ExitCode.BadInput, "leave --normal out");
        CommandRun.Of(_folder.Path, "compare-detectors", "--normal", _folder["set"], "--other", _folder["set"], "--seeds", "3")
            .AssertFailed(ExitCode.BadInput, "--seeds goes with --one-class");
        CommandRun.Of(_folder.Path, "compare-detectors").AssertFailed(ExitCode.BadInput, "--normal");
    }

    private static string Refused(OneClassOptions options) =>
        Assert.Throws<ArgumentException>(() => OneClassComparison.Run(options)).Message;
}
