using System.Diagnostics;
using System.IO.Compression;
using Pentimento.Cli;
using Pentimento.Training;

namespace Pentimento.Tests.Cli;

/// <summary>What only a process of its own can show: being killed, and a disk that is full.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_was_killed_ends_resumed_with_the_weights_of_one_that_was_not()
    {
        var data = CommandRun.Pictures(_folder["pictures"], 40, side: 32);
        string[] Train(string output) =>
        [
            "train", "denoise", "--data", data, "--size", "32", "--batch-size", "1", "--epochs", "3", "--checkpoint-steps", "5",
                "--ema", "0.9",
            "--out", _folder[output],
        ];
        using (var killed = Start(Train("killed")))
        {
            var clock = Stopwatch.StartNew();
            while (Checkpoint.StepOf(Directory.Exists(_folder["killed"]) ? _folder["killed"] : _folder.Path) is null or 0)
            {
                Assert.False(killed.HasExited, "it ended before it could be killed");
                Assert.True(clock.Elapsed < s_patience);
                Thread.Sleep(2);
            }
            killed.Kill();
            killed.WaitForExit();
        }
        Assert.False(File.Exists(_folder["killed/model.pent"]));
        Assert.Equal(ExitCode.Done, Finish(Start("train", "denoise", "--resume", _folder["killed"])).Code);
        Assert.Equal(ExitCode.Done, Finish(Start(Train("whole"))).Code);
        Assert.Equal(Weights("whole"), Weights("killed"));
    }

    [Fact]
    public void A_full_disk_is_one_line_and_leaves_no_broken_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Namespaces is not null,
            "There is no way here to make a small disk of one's own.");
        var data = CommandRun.Pictures(_folder["pictures"]);
        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        const string script = """
            mount -t tmpfs -o size=300k none "$0" && "$@"
            echo "exit $?"
            find "$0" -type f -printf '%f\n'
            """;
        var (_, output, error) = Finish(Start("unshare",
        [
            .. Namespaces!, "sh", "-c", script, disk, Command, "train", "reconstruct", "--data", data, "--size", "16", "--epochs",
                "1",
            "--architecture", "convolutional", "--out", Path.Combine(disk, "out"),
        ]));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"exit {ExitCode.Failed}", lines[0]);
        new CommandRun(ExitCode.Failed, output, error).AssertFailed(ExitCode.Failed, "checkpoint.safetensors");
        string[] whole = ["experiment.json", "metrics.jsonl"];
        Assert.All(lines.Skip(1), file =>
            Assert.True(whole.Contains(file) || file.StartsWith("events.out", StringComparison.Ordinal), file));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    public void Help_and_version_load_no_native_library(string option)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only the loader of Linux tells what it loads.");
        using var command = Start(Command, [option], info => info.Environment["LD_DEBUG"] = "files");
        var (code, output, trace) = Finish(command);
        Assert.Equal(ExitCode.Done, code);
        Assert.NotEmpty(output);
        Assert.DoesNotContain("torch", trace, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("sqlite", trace, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("vips", trace, StringComparison.OrdinalIgnoreCase);
    }

    internal static string Command => Path.Combine(
        AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Pentimento.Cli.exe" : "Pentimento.Cli");

    /// <summary>Options with which unshare gives a mount namespace; null where it does not.</summary>
    private string[]? Namespaces => new string[][] { ["--mount"], ["--user", "--map-root-user", "--mount"] }.FirstOrDefault(
        options =>
    {
        try
        {
            var disk = Directory.CreateDirectory(_folder["probe"]).FullName;
            return Finish(Start("unshare", [.. options, "mount", "-t", "tmpfs", "none", disk])).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private byte[] Weights(string run)
    {
        using var zip = ZipFile.OpenRead(_folder[$"{run}/model.pent"]);
        using var content = new MemoryStream();
        using var weights = zip.GetEntry("weights.safetensors")!.Open();
        weights.CopyTo(content);
        return content.ToArray();
    }

    private Process Start(params string[] args) => Start(Command, args);

    private Process Start(string program, string[] args, Action<ProcessStartInfo>? more = null) =>
        Start(_folder.Path, program, args, more);

    internal static Process Start(string folder, string program, string[] args, Action<ProcessStartInfo>? more = null)
    {
        var info = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        info.Environment["PENTIMENTO_HOME"] = folder;
        info.Environment["OMP_NUM_THREADS"] = "1";
        more?.Invoke(info);
        return Process.Start(info)!;
    }

    internal static (int Code, string Output, string Error) Finish(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            if (process.WaitForExit(s_patience)) return (process.ExitCode, output, error.Result);
            process.Kill();
            throw new TimeoutException($"{process.StartInfo.FileName} did not end.");
        }
    }
}
