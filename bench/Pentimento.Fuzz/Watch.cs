using System.Diagnostics;
using System.Globalization;

namespace Pentimento.Fuzz;

/// <summary>Runs cases in a process of its own: one that crashes, hangs or fills the memory is noticed, and the next is run.</summary>
internal static class Watch
{
    private const long MostMemory = 1_500_000_000; // of the process: libraries, all valid inputs, and a picture's 1 GB at most
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20); // a case; the machine may be busy

    /// <summary>Works for a time, or until so many cases were tried.</summary>
    /// <returns>0 without a finding, 1 with one.</returns>
    public static int Run(int seed, TimeSpan time, int cases, string? only, string findings)
    {
        var folder = Directory.CreateTempSubdirectory("pentimento-fuzz-").FullName;
        var clock = Stopwatch.StartNew();
        var (from, native) = (0, 0);
        try
        {
            while (clock.Elapsed < time && from < cases)
            {
                using var child = Start(folder, seed, from, only);
                var reason = Wait(child, folder, () => clock.Elapsed >= time || CaseOf(folder)?.Index >= cases);
                if (CaseOf(folder) is not { } last) throw new InvalidOperationException($"The child made no case: {reason}");
                from = last.Index + 1;
                if (reason is null) continue;
                native++;
                Keep(findings, last, seed, reason);
            }
            var found = Child.MoveFindings(folder, findings, seed) + native;
            var place = found > 0 ? $" in {findings}" : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"seed {seed}: {from:N0} cases in {clock.Elapsed.TotalSeconds:0} s, {found} findings{place}"));
            return found > 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string folder, int seed, int from, string? only)
    {
        File.Delete(Child.CasePath(folder));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(Watch).Assembly.Location);
        string[] one = only is null ? [] : ["--only", only];
        string[] options = ["--child", folder, "--seed", $"{seed}", "--from", $"{from}", .. one];
        foreach (var option in options) start.ArgumentList.Add(option);
        start.Environment["PENTIMENTO_HOME"] = folder;
        var child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { }; // libtorch's warnings; a full pipe would stop the child
        child.BeginErrorReadLine();
        return child;
    }

    /// <summary>Why the child ended or had to be ended, null where the time is up.</summary>
    private static string? Wait(Process child, string folder, Func<bool> isUp)
    {
        var (index, since) = (-1, Stopwatch.StartNew());
        while (!child.WaitForExit(50))
        {
            child.Refresh();
            var now = CaseOf(folder)?.Index ?? -1;
            if (now != index) (index, since) = (now, Stopwatch.StartNew());
            var reason = now >= 0 && since.Elapsed > s_longest ? $"it takes more than {s_longest.TotalSeconds} s"
                : child.WorkingSet64 > MostMemory ? $"the process has {child.WorkingSet64 / 1e9:0.0} GB"
                : null;
            if (reason is null && !(isUp() && now >= 0)) continue;
            child.Kill();
            child.WaitForExit();
            return reason;
        }
        return $"the process ended with {child.ExitCode}";
    }

    private static (int Index, string Reader)? CaseOf(string folder)
    {
        try
        {
            return File.ReadAllText(Child.CasePath(folder)).Split(' ') is [var index, var reader]
                ? (int.Parse(index, CultureInfo.InvariantCulture), reader) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The file is made once more, since the child may have died while it wrote.
    private static void Keep(string findings, (int Index, string Reader) last, int seed, string reason)
    {
        var made = Directory.CreateTempSubdirectory("pentimento-fuzz-");
        try
        {
            var reader = Readers.All(made.FullName).First(r => r.Name == last.Reader);
            Child.Keep(findings, reader, reader.Mutated(seed, last.Index), seed, last.Index, reason);
        }
        finally
        {
            made.Delete(recursive: true);
        }
    }
}
