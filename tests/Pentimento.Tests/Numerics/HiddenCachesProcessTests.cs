using System.Diagnostics;
using System.IO.Compression;
using Pentimento.Files;
using Pentimento.Numerics;
using Pentimento.Tests.Cli;

namespace Pentimento.Tests.Numerics;

/// <summary>
/// The whole program on a machine that hides its caches. A processor that can trap CPUID plays one: Fixtures/numerics/hide_caches.c.
/// </summary>
public sealed class HiddenCachesProcessTests : IDisposable
{
    private static readonly Lazy<string?> s_disguise = new(Build);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "put into libtorch")]
    [InlineData(true, "does without oneDNN")]
    public void Training_there_gives_the_same_weights_each_time_and_says_nothing_but_its_own_lines(bool leave, string caches)
    {
        Assert.SkipWhen(s_disguise.Value is null, "This machine cannot play one that hides its caches (cc and a trap for CPUID).");
        var data = CommandRun.Pictures(_folder["pictures"], 12, side: 32);
        var results = Enumerable.Range(0, 2).Select(i =>
        {
            var (code, _, error) = Run(leave, "train", "denoise", "--data", data, "--size", "32", "--steps", "6", "--batch-size", "4",
                "--architecture", "unet", "--set", "width=8", "levels=2", "--out", _folder[$"out-{leave}-{i}"]);
            Assert.True(code == 0, error);
            Assert.DoesNotContain("NNPACK", error);
            Assert.Equal(i == 0, error.Contains("hides the sizes", StringComparison.Ordinal)); // once on a machine
            using var model = ZipFile.OpenRead(_folder[$"out-{leave}-{i}/model.pent"]);
            using var weights = model.GetEntry("weights.safetensors")!.Open();
            return ContentHash.Of(weights);
        }).ToArray();
        Assert.Equal(results[0], results[1]);
        Assert.Contains(caches, Run(leave, "inspect", "--machine").Output);
    }

    private (int Code, string Output, string Error) Run(bool leave, params string[] arguments)
    {
        var start = new ProcessStartInfo(ProcessTests.Command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LD_PRELOAD"] = s_disguise.Value;
        start.Environment[HiddenCaches.LeaveVariable] = leave ? "1" : "0";
        start.Environment["PENTIMENTO_HOME"] = _folder["home"];
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static string? Build()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var library = Path.Combine(Path.GetTempPath(), $"hide-caches-{Environment.ProcessId}.so");
        var source = Path.Combine(AppContext.BaseDirectory, "Fixtures", "numerics", "hide_caches.c");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(library);
        return Succeeds("cc", null, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl") && Succeeds("true", library) ? library : null;
    }

    private static bool Succeeds(string command, string? preload, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true };
            if (preload is not null) start.Environment["LD_PRELOAD"] = preload;
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no such command
        }
    }
}
