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
        foreach (var word in new[] { "stripes", "[noise]", "mean AUROC", "95 % interval" }) Assert.Contains(word, run.Output, StringComparison.Ordinal);
        CommandRun.Of(_folder.Path, "compare-detectors", "--one-class", _folder["set"], "--normal", _folder["set"])
            .AssertFailed(ExitCode.BadInput, "leave --normal out");
        CommandRun.Of(_folder.Path, "compare-detectors", "--normal", _folder["set"], "--other", _folder["set"], "--seeds", "3")
            .AssertFailed(ExitCode.BadInput, "--seeds goes with --one-class");
        CommandRun.Of(_folder.Path, "compare-detectors").AssertFailed(ExitCode.BadInput, "--normal");
    }

    private static string Refused(OneClassOptions options) =>
        Assert.Throws<ArgumentException>(() => OneClassComparison.Run(options)).Message;
}
