using System.Text.Json;
using Pentimento.Experiments;
using Pentimento.Models;
using Pentimento.Runs;
using Pentimento.Tests.Cli;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Experiments;

/// <summary>What the run store learns of a run that ends early.</summary>
public sealed class RecordedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunStore _store;

    public RecordedRunTests() => _store = RunStore.Open(_folder["runs.db"]);

    public void Dispose() => _folder.Dispose();

    private Run Begin() => _store.Begin(new RunFacts
    {
        Verb = "train",
        Options = JsonElement.Parse("{}"),
        DataName = "none",
        DataFingerprint = "",
        Seed = 1,
    });

    [Fact]
    public void An_error_is_its_reason_and_a_cancellation_an_interruption()
    {
        using (var run = Begin())
            Assert.Throws<InvalidDataException>(() => Experiment.Recorded<int>(run, () => throw new InvalidDataException("torn")));
        using (var run = Begin())
            Assert.Throws<OperationCanceledException>(() => Experiment.Recorded<int>(run, () => throw new OperationCanceledException()));
        Assert.Equal(
            [(RunStatus.Interrupted, null), (RunStatus.Failed, "torn")], _store.List().Select(run => (run.Status, run.Reason)));
    }

    [Fact]
    public void What_is_told_of_an_epoch_is_in_the_store_before_its_checkpoint_is_written()
    {
        var options = new ExperimentOptions
        {
            Task = ModelTask.Reconstruct,
            Data = CommandRun.Pictures(_folder["pictures"], 10),
            Architecture = "convolutional",
            ArchitectureOptions = new Dictionary<string, int> { ["a"] = 2, ["b"] = 2 },
            Size = 16,
            Device = "cpu",
            Training = new() { Epochs = 3 },
        };
        List<int> stored = [];
        var progress = new TestModels.Progress<ExperimentProgress>(told =>
        {
            if (told.Training?.Finished is not null)
                stored.Add(_store.Metrics(_store.List()[0].Id).Count(m => m.Name == "epoch/train loss"));
        });
        new Experiment(options, _store, "").Run(_folder["out"], progress: progress, cancel: TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], stored);
    }

    [Fact]
    public void What_ended_it_comes_out_where_the_store_can_learn_no_more()
    {
        using var run = Begin();
        var e = Assert.Throws<InvalidDataException>(() => Experiment.Recorded<int>(run, () =>
        {
            run.Finish();
            throw new InvalidDataException("torn");
        }));
        Assert.Equal("torn", e.Message);
    }
}
