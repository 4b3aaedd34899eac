using System.Diagnostics;
using Pentimento.Files;
using Pentimento.Models;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

public sealed class KilledDenoiseTests : IDisposable
{
    private const int Count = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_whose_cleaning_was_killed_is_finished_by_the_next_run_with_nothing_twice_and_nothing_torn()
    {
        CommandRun.Pictures(_folder["in"], Count, noise: true, side: 96);
        using (var model = TestModels.Convolutional(ModelTask.Denoise, 3)) model.Save(_folder["m.pent"]);
        string[] To(string output) =>
            ["denoise", _folder["in"], "--model", _folder["m.pent"], "--out", _folder[output], "--json"];
        CommandRun.Of(_folder.Path, To("whole")).Done();

        using (var killed = Start(To("killed")))
        {
            var clock = Stopwatch.StartNew();
            while (Done("killed").Length < 3)
            {
                Assert.False(killed.HasExited, "it ended before it could be killed");
                Assert.True(clock.Elapsed < s_patience);
                Thread.Sleep(1);
            }
            killed.Kill();
            killed.WaitForExit();
        }
        var times = Done("killed").ToDictionary(path => path, File.GetLastWriteTimeUtc);
        var again = CommandRun.Of(_folder.Path, To("killed"));
        again.Done();
        Assert.Equal(times.Count, again.Json.GetProperty("skipped").GetInt32());
        Assert.Equal(Count - times.Count, again.Json.GetProperty("done").GetInt32());
        Assert.Equal(Names("whole"), Names("killed"));
        foreach (var path in Directory.GetFiles(_folder["whole"]))
            Assert.Equal(ContentHash.OfFile(path), ContentHash.OfFile(Path.Combine(_folder["killed"], Path.GetFileName(path))));
        Assert.All(times, time => Assert.Equal(time.Value, File.GetLastWriteTimeUtc(time.Key)));
    }

    /// <summary>Pictures under their final names; their sidecars are there by then.</summary>
    private string[] Done(string output) =>
        Directory.Exists(_folder[output]) ? [.. Directory.GetFiles(_folder[output], "*.png").Where(path => !IsHidden(path))] : [];

    private string[] Names(string output) =>
        [.. Directory.GetFiles(_folder[output]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    private Process Start(string[] args)
    {
        var command = OperatingSystem.IsWindows() ? "Pentimento.Cli.exe" : "Pentimento.Cli";
        var info = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, command), args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["PENTIMENTO_HOME"] = _folder.Path;
        info.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(info)!;
    }
}
