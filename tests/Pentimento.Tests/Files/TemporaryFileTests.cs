using System.Diagnostics;
using System.Globalization;
using Pentimento.Files;

namespace Pentimento.Tests.Files;

/// <summary>What killed processes leave under temporary names.</summary>
public sealed class TemporaryFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_dead_process_left_is_deleted_by_the_next_write_into_the_folder_and_what_a_live_one_writes_stays()
    {
        using var process = Process.Start(OperatingSystem.IsWindows() ? new ProcessStartInfo("ping", ["-n", "60", "localhost"])
            : new ProcessStartInfo("sleep", ["60"]))!;
        try
        {
            var (live, own, dead) = (Of(process.Id), TemporaryFile.For(_folder["b.bin"]), Of(Gone()));
            foreach (var file in new[] { live, own, dead }) File.WriteAllText(file, "half");
            AtomicFile.WriteText(_folder["a.txt"], "whole");
            Assert.Equal(Sorted(live, own, _folder["a.txt"]), Sorted(Directory.GetFiles(_folder.Path)));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void A_process_that_began_after_the_last_write_is_not_the_one_that_wrote()
    {
        using var process = Process.GetCurrentProcess();
        var file = TemporaryFile.For(_folder["a.bin"]);
        File.WriteAllText(file, "half");
        File.SetLastWriteTimeUtc(file, process.StartTime.ToUniversalTime().AddMinutes(-1));
        TemporaryFile.CleanOnce(_folder.Path);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void What_another_machine_writes_stays_for_a_day()
    {
        string Foreign() => $"{_folder[TemporaryFile.StartOf("a.bin")]}{Guid.NewGuid():N}.bin";
        var (fresh, old) = (Foreign(), Foreign());
        foreach (var file in new[] { fresh, old }) File.WriteAllText(file, "half");
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-2));
        TemporaryFile.CleanOnce(_folder.Path);
        Assert.Equal([fresh], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Files_of_others_are_never_deleted()
    {
        string[] others = [".pentimento-notes", ".pentimento.lock", $".pentimento-{new string('a', 16)}-{new string('z', 32)}", "a.tmp"];
        foreach (var name in others) File.WriteAllText(_folder[name], "kept");
        TemporaryFile.CleanOnce(_folder.Path);
        Assert.Equal(others.Length, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Names_fit_beside_the_longest_name_and_tell_which_process_writes()
    {
        var name = Path.GetFileName(TemporaryFile.For(_folder[new string('x', 250) + ".pent"]));
        Assert.InRange(name.Length, 1, FileName.Longest);
        Assert.Contains(Environment.ProcessId.ToString("x8", CultureInfo.InvariantCulture), name, StringComparison.Ordinal);
        Assert.EndsWith(".pent", name, StringComparison.Ordinal);
    }

    private static string[] Sorted(params string[] paths) => [.. paths.Order(StringComparer.Ordinal)];

    /// <summary>The number of a process that has ended.</summary>
    private static int Gone()
    {
        using var process = Process.Start(OperatingSystem.IsWindows() ? "hostname" : "true");
        process.WaitForExit();
        return process.Id;
    }

    /// <summary>A temporary file of another process of this machine.</summary>
    private string Of(int process)
    {
        var own = Path.GetFileName(TemporaryFile.For(_folder["a.bin"]));
        var start = TemporaryFile.StartOf("a.bin").Length + 8;
        return _folder[$"{own[..start]}{process:x8}{own[(start + 8)..]}"];
    }
}
