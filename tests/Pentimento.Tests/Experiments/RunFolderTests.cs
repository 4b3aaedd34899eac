using Pentimento.Cli;
using Pentimento.Experiments;
using Pentimento.Files;
using Pentimento.Tests.Cli;

namespace Pentimento.Tests.Experiments;

/// <summary>Who may write into the folder of a run.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunFolderTests() => CommandRun.Pictures(_folder["pictures"], 10);

    public void Dispose() => _folder.Dispose();

    private CommandRun Train(params string[] more) => CommandRun.Of(_folder.Path,
    [
        "train", "reconstruct", "--data", _folder["pictures"], "--size", "16", "--epochs", "1", "--architecture", "convolutional",
        "--set", "a=2", "b=2", "--out", _folder["out"], .. more,
    ]);

    [Fact]
    public void A_finished_run_is_replaced_only_when_that_is_asked_for()
    {
        Train().Done();
        var model = ContentHash.OfFile(_folder["out/model.pent"]);
        Train("--seed", "7").AssertFailed(ExitCode.BadInput, "--overwrite");
        Assert.Equal(model, ContentHash.OfFile(_folder["out/model.pent"]));
        Assert.Equal(1, CommandRun.Of(_folder.Path, "runs", "--json").Json.GetArrayLength());
        Train("--seed", "7", "--overwrite").Done();
        Assert.NotEqual(model, ContentHash.OfFile(_folder["out/model.pent"]));
        Assert.Single(Directory.GetFiles(_folder["out"], "events.out.*"));
    }

    [Theory]
    [InlineData("model.pent")]
    [InlineData("experiment.json")]
    public void A_model_or_a_stopped_run_is_not_replaced_either(string name)
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder[$"out/{name}"], "of somebody");
        Train().AssertFailed(ExitCode.BadInput, "--overwrite");
        CommandRun.Of(_folder.Path, "train", "detect", "--data", _folder["pictures"], "--size", "16", "--detector", "descriptors",
            "--out", _folder["out"]).AssertFailed(ExitCode.BadInput, "--overwrite");
        Assert.Equal([_folder[$"out/{name}"]], Directory.GetFileSystemEntries(_folder["out"]));
        Assert.Equal("of somebody", File.ReadAllText(_folder[$"out/{name}"]));
    }

    [Fact]
    public void Two_runs_into_one_folder_at_once_are_refused_whatever_they_do()
    {
        using (FolderLock.Make(_folder["out"]))
        {
            Train("--overwrite").AssertFailed(ExitCode.Failed, "Another run writes into");
            CommandRun.Of(_folder.Path, "train", "detect", "--data", _folder["pictures"], "--size", "16", "--detector", "descriptors",
                "--out", _folder["out"]).AssertFailed(ExitCode.Failed, "Another run writes into");
            CommandRun.Of(_folder.Path, "demo", "--out", _folder["out"]).AssertFailed(ExitCode.Failed, "Another run writes into");
            CommandRun.Of(_folder.Path, "audit", "--normal", _folder["pictures"], "--other", _folder["pictures"], "--out", _folder["out"])
                .AssertFailed(ExitCode.Failed, "Another run writes into");
            Assert.Equal([_folder["out/.pentimento.lock"]], Directory.GetFileSystemEntries(_folder["out"]));
        }
        Assert.False(Directory.Exists(_folder["out"]));
        Train().Done();
    }

    [Fact]
    public void What_fails_before_it_begins_leaves_no_folder_and_replaces_nothing()
    {
        File.WriteAllText(_folder["pictures/03.png"], "no picture");
        Train().AssertFailed(ExitCode.BadInput, "03.png");
        Assert.False(Directory.Exists(_folder["out"]));
        CommandRun.Pictures(_folder["pictures"], 10);
        Train().Done();
        File.WriteAllText(_folder["pictures/03.png"], "no picture");
        var before = Directory.GetFiles(_folder["out"]).ToDictionary(path => path, ContentHash.OfFile);
        Train("--overwrite").AssertFailed(ExitCode.BadInput, "03.png");
        Assert.Equal(before, Directory.GetFiles(_folder["out"]).ToDictionary(path => path, ContentHash.OfFile));
    }

    [Fact]
    public void Exports_into_one_folder_and_onto_one_name_at_once_are_all_whole()
    {
        Train().Done();
        Parallel.For(0, 8, i => CommandRun.Of(
            _folder.Path, "export", _folder["out/model.pent"], "--out", _folder[$"copies/{(i % 2 == 0 ? "same" : $"{i}")}.pent"]).Done());
        Assert.Equal(5, Directory.GetFileSystemEntries(_folder["copies"]).Length);
        foreach (var copy in Directory.GetFiles(_folder["copies"])) CommandRun.Of(_folder.Path, "inspect", copy).Done();
    }

    [Fact]
    public void A_run_that_replaces_another_leaves_nothing_of_it_to_resume_from()
    {
        Train().Done();
        using (var folder = RunFolder.Take(_folder["out"], resume: false, overwrite: true)) folder.Clear();
        Assert.Equal([_folder["out/experiment.json"]], Directory.GetFiles(_folder["out"]));
    }
}
