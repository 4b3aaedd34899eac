using Pentimento.Cli;

namespace Pentimento.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_reconstruct_leaves_model_and_report_and_says_where()
    {
        var data = CommandRun.Pictures(_folder["pictures"]);
        var run = Run("train", "reconstruct", "--data", data, "--size", "16", "--epochs", "1", "--architecture", "convolutional",
            "--out", _folder["out"]);
        run.Done();
        foreach (var file in new[] { "model.pent", "report.html" })
        {
            Assert.Contains(_folder[$"out/{file}"], run.Output, StringComparison.Ordinal);
            Assert.True(File.Exists(_folder[$"out/{file}"]));
        }
        Assert.Contains("psnr", run.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 1/1  loss ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output + run.Error);
        Assert.Contains("train reconstruct", Run("runs").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_denoise_then_denoise_cleans_what_can_be_read_and_exits_with_2()
    {
        var data = CommandRun.Pictures(_folder["pictures"], 12);
        Assert.Equal(ExitCode.Done, Run("train", "denoise", "--data", data, "--size", "16", "--epochs", "1", "--out",
            _folder["out"]).Code);
        File.WriteAllText(_folder["pictures/bad.png"], "no picture");
        var run = Run("denoise", data, "--model", _folder["out/model.pent"], "--out", _folder["clean"]);
        run.AssertFailed(ExitCode.BadInput, "bad.png");
        Assert.Contains("12 done, 1 failed", run.Output, StringComparison.Ordinal);
        Assert.Equal(12, Directory.GetFiles(_folder["clean"], "*.png").Length); // and a sidecar each

        File.Delete(_folder["pictures/bad.png"]);
        var again = Run("denoise", data, "--model", _folder["out/model.pent"], "--out", _folder["clean"], "--json");
        Assert.Equal((ExitCode.Done, 12), (again.Code, again.Json.GetProperty("skipped").GetInt32()));
        Run("detect", data, "--model", _folder["out/model.pent"]).AssertFailed(ExitCode.BadInput, "not to detect");
    }

    [Fact]
    public void Train_detect_then_detect_evaluate_and_the_run_commands_agree()
    {
        var (data, strange) = (CommandRun.Pictures(_folder["normal"]), CommandRun.Pictures(_folder["strange"], 5, noise: true));
        var train = Run("train", "detect", "--data", data, "--anomalous", strange, "--size", "16", "--epochs", "2", "--out",
            _folder["out"], "--json");
        train.Done();
        var auroc = Figure(train.Json.GetProperty("evaluation"), "auroc");
        var model = train.Json.GetProperty("model").GetString()!;

        var evaluate = Run("evaluate", model, "--data", data, "--anomalous", strange, "--out", _folder["again.html"], "--json");
        Assert.Equal((ExitCode.Done, auroc), (evaluate.Code, Figure(evaluate.Json, "auroc")));
        Assert.True(File.Exists(_folder["again.html"]));

        var detect = Run("detect", strange, data, "--model", model, "--maps", _folder["maps"], "--csv", _folder["scores.csv"],
            "--json");
        Assert.Equal((ExitCode.Done, 25), (detect.Code, detect.Json.GetProperty("images").GetArrayLength()));
        Assert.Equal(26, File.ReadAllLines(_folder["scores.csv"]).Length);
        Assert.Equal(25, Directory.GetFiles(_folder["maps"], "*.png", SearchOption.AllDirectories).Length);
        Assert.Contains(" of 25 do not belong", Run("detect", strange, data, "--model", model).Output, StringComparison.Ordinal);

        var id = train.Json.GetProperty("run").GetString()!;
        Assert.Equal(id, Run("runs", "--json").Json[0].GetProperty("id").GetString());
        Assert.Equal("finished", Run("runs", "show", id[^4..], "--json").Json.GetProperty("status").GetString());
        Assert.Contains("auroc", Run("runs", "show", id).Output, StringComparison.Ordinal);
        Run("runs", "compare", id).AssertFailed(ExitCode.BadInput, "run");
        Assert.Contains("final", Run("runs", "compare", id, id, "--json").Json.GetRawText(), StringComparison.OrdinalIgnoreCase);

        var facts = Run("inspect", model, "--json").Json;
        Assert.Equal((id, "detect", 56643), (facts.GetProperty("run").GetString(), facts.GetProperty("task").GetString(),
            facts.GetProperty("parameters").GetInt32()));
        Assert.Contains("false alarms", facts.GetProperty("calibration").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_run_exits_with_130_keeps_a_usable_model_and_says_how_to_go_on()
    {
        var data = CommandRun.Pictures(_folder["pictures"]);
        using var stop = new StopAtFile(_folder["out/checkpoint.safetensors"]);
        var run = CommandRun.Of(_folder.Path, stop.Token,
            "train", "reconstruct", "--data", data, "--size", "16", "--epochs", "100000", "--architecture", "convolutional",
                "--out", _folder["out"]);
        Assert.Equal(ExitCode.Interrupted, run.Code);
        Assert.Contains($"pentimento train reconstruct --resume {_folder["out"]}", run.Output, StringComparison.Ordinal);
        Run("inspect", _folder["out/model.pent"]).Done();
        Assert.Equal("interrupted", Run("runs", "--json").Json[0].GetProperty("status").GetString());
        Run("train", "reconstruct", "--resume", _folder["out"], "--epochs", "3").AssertFailed(
            ExitCode.BadInput, "leave --epochs out");
        Run("train", "detect", "--resume", _folder["out"]).AssertFailed(ExitCode.BadInput, "train reconstruct --resume");
    }

    [Fact]
    public void Inspect_lists_architectures_and_counts_the_references_parameters()
    {
        Assert.Contains("feed-forward", Run("inspect").Output, StringComparison.Ordinal);
        Assert.Contains("3,680,501,760", Run("inspect", "convolutional", "--size", "256").Output, StringComparison.Ordinal);
        Assert.Equal([3, 24, 40], Shape(Run(
            "inspect", "convolutional", "--size", "24x40", "--channels", "3", "--json").Json.GetProperty("input").GetString()!));

        static int[] Shape(string text) => [.. text.Split('×').Select(int.Parse)];
    }

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);

    private static double Figure(System.Text.Json.JsonElement evaluation, string name) =>
        evaluation.GetProperty("figures").EnumerateArray().First(f => f.GetProperty("name").GetString() == name).GetProperty(
            "value").GetDouble();
}
