using System.Diagnostics;
using System.Net.Sockets;
using Pentimento.Cli;
using Pentimento.Files;
using Pentimento.Models;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

/// <summary>What is no file: each verb must say so and end, where reading would never end.</summary>
public sealed class SpecialFileTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<Socket> _sockets = []; // their names go with them

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Kinds => ["pipe", "socket", "device", "link"];

    /// <summary>Something of the kind under a name.</summary>
    private string Make(string kind, string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux says what is a pipe.");
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (kind == "link") File.CreateSymbolicLink(path, "/dev/zero");
        else if (kind == "device") File.CreateSymbolicLink(path, "/dev/tty");
        else if (kind == "socket")
        {
            _sockets.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
            _sockets[^1].Bind(new UnixDomainSocketEndPoint(path));
        }
        else
        {
            using var make = Process.Start("mkfifo", path);
            make.WaitForExit();
        }
        return path;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_is_refused_as_picture_model_set_labels_weights_and_start(string kind)
    {
        CommandRun.Pictures(_folder["pictures"], 10);
        using (var denoiser = TestModels.Convolutional(ModelTask.Denoise, 3)) denoiser.Save(_folder["m.pent"]);
        var (picture, model) = (Make(kind, "x.png"), Make(kind, "x.pent"));
        var (csv, idx, weights) = (Make(kind, "set/manifest.csv"), Make(kind, "idx/train-images-idx3-ubyte"), Make(kind, "w.safetensors"));
        Refuse("x.png", "denoise", picture, "--model", _folder["m.pent"], "--out", _folder["out"]);
        Refuse("x.png", "train", "reconstruct", "--data", picture, "--epochs", "1", "--out", _folder["r1"]);
        Refuse("x.pent", "denoise", _folder["pictures"], "--model", model, "--out", _folder["out"]);
        Refuse("x.pent", "detect", _folder["pictures"], "--model", model);
        Refuse("x.pent", "inspect", model);
        Refuse("x.pent", "export", model, "--onnx", _folder["x.onnx"]);
        Refuse("x.pent", "train", "denoise", "--data", _folder["pictures"], "--from", model, "--epochs", "1", "--out", _folder["r2"]);
        Refuse("manifest.csv", "train", "reconstruct", "--data", csv, "--epochs", "1", "--out", _folder["r3"]);
        Refuse("train-images", "train", "reconstruct", "--data", idx, "--epochs", "1", "--out", _folder["r4"]);
        Refuse("w.safetensors", "import", weights, "--architecture", "dncnn", "--out", _folder["i.pent"]);
        Refuse("w.safetensors", "train", "detect", "--data", _folder["pictures"], "--detector", "features", "--backbone", weights,
            "--out", _folder["r5"]);
        Refuse("x.pent", "evaluate", model, "--data", _folder["pictures"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_is_refused_as_mask_second_capture_audit_and_options_of_a_run(string kind)
    {
        CommandRun.Pictures(_folder["pictures"], 10);
        Make(kind, "run/experiment.json");
        Refuse("experiment.json", "train", "reconstruct", "--resume", _folder["run"]);
        Make(kind, "checkpointed/checkpoint.safetensors");
        Assert.Throws<InvalidDataException>(() => Pentimento.Training.Checkpoint.StepOf(_folder["checkpointed"]));
        Assert.Throws<InvalidDataException>(() => Pentimento.Auditing.AuditResult.Read(Make(kind, "audit.json")));
        Assert.Throws<InvalidDataException>(() => Pentimento.Training.MetricsLog.Read(Make(kind, "metrics.jsonl")));
        Assert.Null(Pentimento.Inference.Sidecar.Find(Path.ChangeExtension(Make(kind, "a.png.json"), null)));
        var pair = Make(kind, "pair.png");
        File.WriteAllText(_folder["pairs.csv"], $"path,pair\npictures/00.png,{pair}\npictures/01.png,pictures/02.png\n");
        Refuse("pair.png", "train", "denoise", "--data", _folder["pairs.csv"], "--supervision", "pairs", "--patch", "8", "--steps", "1",
            "--out", _folder["r1"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Among_the_pictures_of_a_folder_it_fails_and_the_others_are_done(string kind)
    {
        CommandRun.Pictures(_folder["pictures"], 3);
        using (var denoiser = TestModels.Convolutional(ModelTask.Denoise, 3)) denoiser.Save(_folder["m.pent"]);
        Make(kind, "pictures/01x.png");
        var run = Within("denoise", _folder["pictures"], "--model", _folder["m.pent"], "--out", _folder["out"]);
        run.AssertFailed(ExitCode.BadInput, "01x.png");
        Assert.Contains("3 done, 1 failed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_store_of_runs_is_refused_too()
    {
        Make("pipe", "runs.db");
        Within("runs").AssertFailed(ExitCode.BadInput, "it is a pipe");
    }

    [Fact]
    public void Files_and_links_to_files_are_read()
    {
        File.WriteAllText(_folder["a.txt"], "text");
        Assert.Equal("text", InputFile.ReadAllText(_folder["a.txt"]));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        File.CreateSymbolicLink(_folder["link"], _folder["a.txt"]);
        Assert.Equal("text", InputFile.ReadAllText(_folder["link"]));
        Assert.Throws<FileNotFoundException>(() => InputFile.ReadAllText(_folder["gone"]));
        Assert.Throws<InvalidDataException>(() => InputFile.OpenRead(_folder.Path));
    }

    private void Refuse(string part, params string[] args) => Within(args).AssertFailed(ExitCode.BadInput, part);

    /// <summary>A command that must end: one that hangs fails here, not the whole test run.</summary>
    private CommandRun Within(params string[] args)
    {
        var run = Task.Run(() => CommandRun.Of(_folder.Path, args));
        Assert.True(run.Wait(s_patience), $"it hangs: {string.Join(' ', args)}");
        return run.Result;
    }
}
