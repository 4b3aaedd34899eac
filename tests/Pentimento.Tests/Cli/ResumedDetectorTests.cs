using System.IO.Compression;
using Pentimento.Cli;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Runs;
using Pentimento.Tests.Detection;
using Pentimento.Tests.Inference;
using Pentimento.Tests.Models;

namespace Pentimento.Tests.Cli;

/// <summary>Runs of detectors that were stopped, killed or finished, and what --resume makes of them.</summary>
public sealed class ResumedDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Detectors.Names.Where(name => name != "reconstruction")];

    public ResumedDetectorTests()
    {
        Write("normal", SmallSets.Pictures(12));
        Write("others", SmallSets.Pictures(4, strange: true, seed: 40));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string folder, RasterImage[] pictures)
    {
        for (var i = 0; i < pictures.Length; i++) ImageFile.Write(_folder[$"{folder}/{i:D2}.png"], pictures[i]);
    }

    private string Weights()
    {
        if (File.Exists(_folder["weights.safetensors"])) return _folder["weights.safetensors"];
        using var backbone = RandomBackbone.Create("squeezenet1_1");
        using var stream = File.Create(_folder["weights.safetensors"]);
        Safetensors.Write(stream, backbone.state_dict());
        return _folder["weights.safetensors"];
    }

    private ExperimentOptions Options(string name)
    {
        var facts = Detectors.Facts(name);
        return new ExperimentOptions
        {
            Task = ModelTask.Detect,
            Data = _folder["normal"],
            Size = 48,
            FalseAlarmRate = 0.2,
            Device = "cpu",
            Detector = new DetectorOptions
            {
                Name = name,
                BankSize = 50,
                Steps = facts.Trains ? 3 : null,
                Backbones = facts.NeedsBackbone ? [Weights()] : [],
                KnownOthers = facts.NeedsKnownOthers ? [_folder["others"]] : [],
            },
        };
    }

    private CommandRun Resume(string run) => CommandRun.Of(_folder.Path, "train", "detect", "--resume", _folder[run]);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stopped_run_starts_anew_says_so_and_comes_to_what_it_would_have_come_to(string name)
    {
        var store = RunStore.Open(_folder["runs.db"]);
        using (var stop = new CancellationTokenSource())
        {
            var progress = new TestModels.Progress<ExperimentProgress>(told =>
            {
                if (told.Stage.StartsWith("looking at normal", StringComparison.Ordinal)) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(
                () => new DetectorExperiment(Options(name), store, "").Run(_folder["stopped"], progress: progress, cancel: stop.Token));
        }
        Assert.False(File.Exists(_folder["stopped/model.pent"]));
        var id = store.List()[0].Id;

        var resumed = Resume("stopped").Done();
        Assert.Contains($"'{name}' keeps no checkpoints: the run starts anew", resumed.Error, StringComparison.Ordinal);
        Assert.Equal((1, id, RunStatus.Finished), (store.List().Count, store.List()[0].Id, store.List()[0].Status));
        using (var detector = AnomalyDetector.Load(_folder["stopped/model.pent"])) Assert.Equal(name, detector.Name);

        new DetectorExperiment(Options(name), store, "").Run(_folder["whole"], cancel: TestContext.Current.CancellationToken);
        Assert.Equal(Parts("whole"), Parts("stopped"));

        var before = Everything();
        Assert.Contains("nothing left to do", Resume("stopped").Done().Output, StringComparison.Ordinal);
        Assert.Equal(before, Everything());
    }

    [Theory]
    [InlineData("patchcore")]
    [InlineData("descriptors")]
    public void A_killed_run_ends_resumed_as_the_detector_that_it_was(string name)
    {
        using (var killed = ProcessTests.Start(_folder.Path, ProcessTests.Command,
        [
            "train", "detect", "--data", _folder["normal"], "--detector", name, "--size", "48", "--out", _folder["killed"],
            .. name == "patchcore" ? new[] { "--backbone", Weights() } : [],
        ]))
        {
            while (!File.Exists(_folder["killed/experiment.json"]))
            {
                Assert.False(killed.HasExited, "it ended before it could be killed");
                Thread.Sleep(1);
            }
            killed.Kill();
            killed.WaitForExit();
        }
        Assert.False(File.Exists(_folder["killed/model.pent"]), "it ended before it could be killed");
        Resume("killed").Done();
        using (var detector = AnomalyDetector.Load(_folder["killed/model.pent"])) Assert.Equal(name, detector.Name);
        Assert.DoesNotContain(Directory.GetFiles(_folder["killed"]), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void The_finished_run_of_an_auto_encoder_is_not_changed_by_a_byte()
    {
        CommandRun.Of(
            _folder.Path, "train", "detect", "--data", _folder["normal"], "--size", "16", "--epochs", "1", "--out", _folder["run"]).Done();
        var before = Everything();
        var again = CommandRun.Of(_folder.Path, "train", "detect", "--resume", _folder["run"], "--json").Done();
        Assert.True(again.Json.GetProperty("alreadyFinished").GetBoolean());
        Assert.Equal(before, Everything());
        var (options, id) = Experiment.ReadOptions(_folder["run"]);
        var experiment = new Experiment(options, RunStore.Open(_folder["runs.db"]), "");
        var error = Assert.Throws<InvalidOperationException>(
            () => experiment.Run(_folder["run"], resume: true, cancel: TestContext.Current.CancellationToken));
        Assert.Equal($"The run {id} is finished; there is nothing left to do.", error.Message);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public void An_experiment_of_training_refuses_a_detector_that_is_fitted()
    {
        var error = Assert.Throws<ArgumentException>(() => new Experiment(Options("padim"), RunStore.Open(_folder["runs.db"]), ""));
        Assert.Contains("'padim' is fitted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_pictures_have_changed_is_not_resumed()
    {
        var store = RunStore.Open(_folder["runs.db"]);
        var progress = new TestModels.Progress<ExperimentProgress>(told =>
        {
            if (told.Stage.StartsWith("looking at normal", StringComparison.Ordinal)) throw new IOException("the cable was pulled");
        });
        Assert.Throws<IOException>(() => new DetectorExperiment(Options("descriptors"), store, "").Run(
            _folder["run"], progress: progress, cancel: TestContext.Current.CancellationToken));
        Write("normal", SmallSets.Pictures(12, seed: 99));
        Resume("run").AssertFailed(ExitCode.BadInput, "no longer those that the run");
        Assert.False(File.Exists(_folder["run/model.pent"]));
    }

    /// <summary>What a detector has learnt, by part; dates and names of runs are in the manifest alone.</summary>
    private SortedDictionary<string, string> Parts(string run)
    {
        using var zip = ZipFile.OpenRead(_folder[$"{run}/model.pent"]);
        return new(zip.Entries.Where(e => e.Name != "manifest.json").ToDictionary(e => e.Name, e =>
        {
            using var stream = e.Open();
            return ContentHash.Of(stream);
        }));
    }

    private SortedDictionary<string, string> Everything() => new(
        Directory.GetFiles(_folder.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .ToDictionary(path => path, path => $"{ContentHash.OfFile(path)} {File.GetLastWriteTimeUtc(path):O}"));
}
