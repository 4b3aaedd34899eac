using System.Diagnostics;

namespace Pentimento.Mutations;

/// <summary>How a run of tests ended.</summary>
/// <param name="Passed">Whether all passed.</param>
/// <param name="Why">"passed", "failed", "took too long" or "took too much memory".</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Output">What it wrote.</param>
internal sealed record TestRun(bool Passed, string Why, double Seconds, string Output);

/// <summary>A copy of the built test program in which the library's assembly can be another.</summary>
/// <remarks>
/// A program with a fault in it may write where it should not: one that took devices for files has replaced /dev/full. So root's
/// tests see a file system that is read-only but for a scratch folder; without being root there is little that can be spoilt.
/// </remarks>
internal sealed class TestProgram
{
    private const string ReadOnly = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro /dev && mount -o remount,bind,ro / && "
        + "cd \"$1\" && shift && exec \"$@\"";
    private const int LargeFile = 5 << 20;
    private const long MostMemory = 6L << 30;
    private readonly string _folder;
    private readonly string _scratch;

    /// <summary>Copies the program; large files (libtorch) are linked.</summary>
    /// <param name="built">The folder that it was built into.</param>
    /// <param name="work">Where to copy it.</param>
    public TestProgram(string built, string work)
    {
        (_folder, _scratch) = (Path.Combine(work, "bin"), Path.Combine(work, "scratch"));
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (new FileInfo(file).Length > LargeFile) File.CreateSymbolicLink(target, file);
            else File.Copy(file, target);
        }
    }

    /// <summary>The library's assembly.</summary>
    public string Library => Path.Combine(_folder, "Pentimento.dll");

    /// <summary>The one folder that it may write into; empty when a run begins.</summary>
    public string Scratch => _scratch;

    /// <summary>The names of the test classes in a namespace.</summary>
    public IReadOnlyList<string> Classes(string name) =>
        [.. Run(["-list", "classes"], 120, []).Output.Split('\n').Select(line => line.Trim())
            .Where(line => line.StartsWith(name + ".", StringComparison.Ordinal))];

    /// <summary>Runs test classes until the first failure.</summary>
    /// <param name="classes">Their full names.</param>
    /// <param name="seconds">No run takes longer.</param>
    /// <param name="environment">Variables that are set for it.</param>
    public TestRun Run(IEnumerable<string> classes, double seconds, params (string Name, string Value)[] environment) =>
        Run([.. classes.SelectMany(c => new[] { "-class", c }), "-stopOnFail", "-noColor", "-noLogo"], seconds, environment);

    private TestRun Run(string[] arguments, double seconds, (string Name, string Value)[] environment)
    {
        if (Directory.Exists(_scratch)) Directory.Delete(_scratch, recursive: true);
        Directory.CreateDirectory(_scratch);
        string[] command = ["dotnet", "exec", Path.Combine(_folder, "Pentimento.Tests.dll"), .. arguments];
        if (OperatingSystem.IsLinux() && Environment.UserName == "root")
            command = ["unshare", "--mount", "sh", "-c", ReadOnly, "sh", _scratch, .. command];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _scratch,
        };
        start.Environment["TMPDIR"] = _scratch;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        string? why = null;
        while (!process.WaitForExit(100))
        {
            process.Refresh();
            why = clock.Elapsed.TotalSeconds > seconds ? "took too long"
                : Memory(process) > MostMemory ? "took too much memory" : null;
            if (why is null) continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            break;
        }
        var passed = why is null && process.ExitCode == 0;
        // A process that a killed one has started may hold the pipe.
        var text = Task.WaitAll([output, errors], 5000) ? output.Result + errors.Result : "";
        return new TestRun(passed, why ?? (passed ? "passed" : "failed"), clock.Elapsed.TotalSeconds, text);
    }

    private static long Memory(Process process)
    {
        try
        {
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has ended in between
        }
    }
}
