using System.Diagnostics;
using System.Text.Json;

namespace Pentimento.Mutations;

/// <summary>What became of a mutant.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Room">Where.</param>
/// <param name="Outcome">"noticed", "survived" or "not reached" (by any test of its room).</param>
/// <param name="By">The test that noticed it, or why a run was stopped.</param>
/// <param name="Seconds">How long its tests took.</param>
internal sealed record Finding(string Key, string Room, string Outcome, string By, double Seconds)
{
    public bool Noticed => Outcome == "noticed";
}

/// <summary>Runs the tests of a room on a sample of its mutants.</summary>
/// <param name="program">With the schemata in it.</param>
internal sealed class Survey(TestProgram program)
{
    private const double SecondsOfFirstRun = 8;
    private readonly Dictionary<string, double> _seconds = [];
    private readonly Dictionary<string, HashSet<int>> _reached = [];

    /// <summary>Which mutants each test class of a room reaches, and how long it takes.</summary>
    /// <exception cref="InvalidOperationException">A class fails with all mutants off.</exception>
    public void Watch(string room)
    {
        foreach (var name in program.Classes($"Pentimento.Tests.{room}"))
        {
            var run = program.Run([name], 1200, ("PENTIMENTO_REACHED", Path.Combine(program.Scratch, "reached")));
            if (!run.Passed) throw new InvalidOperationException($"{name} {run.Why} with all mutants off:\n{run.Output}");
            _seconds[name] = run.Seconds;
            _reached[name] = [.. Directory.GetFiles(program.Scratch, "reached.*").SelectMany(file => File.ReadAllText(file).Split(','))
                .Where(number => number.Length > 0).Select(int.Parse)];
        }
    }

    /// <summary>Runs the classes of a room that reach a mutant, the quick ones first, until one fails.</summary>
    public Finding Test(Mutant mutant)
    {
        var all = _reached.Where(c => c.Key.StartsWith($"Pentimento.Tests.{mutant.Room}.", StringComparison.Ordinal)
            && c.Value.Contains(mutant.Id)).Select(c => c.Key).OrderBy(name => _seconds[name]).ToArray();
        if (all.Length == 0) return new Finding(mutant.Key, mutant.Room, "not reached", "", 0);
        var clock = Stopwatch.StartNew();
        double soFar = 0;
        var quick = all.TakeWhile((name, i) => i == 0 || (soFar += _seconds[name]) < SecondsOfFirstRun).ToArray();
        foreach (var classes in new[] { quick, all[quick.Length..] })
        {
            if (classes.Length == 0) continue;
            var run = program.Run(classes, 30 + 4 * classes.Sum(name => _seconds[name]), ("PENTIMENTO_MUTANT", $"{mutant.Id}"));
            if (!run.Passed)
                return new Finding(mutant.Key, mutant.Room, "noticed", By(run), Math.Round(clock.Elapsed.TotalSeconds, 1));
        }
        return new Finding(mutant.Key, mutant.Room, "survived", "", Math.Round(clock.Elapsed.TotalSeconds, 1));
    }

    private static string By(TestRun run)
    {
        if (run.Why != "failed") return run.Why;
        var line = run.Output.Split('\n').FirstOrDefault(l => l.Contains("[FAIL]", StringComparison.Ordinal));
        return line is null ? "the test program ended" : line.Replace("[FAIL]", "", StringComparison.Ordinal).Trim();
    }

    /// <summary>What an earlier run found.</summary>
    public static IReadOnlyList<Finding> Read(string path) => !File.Exists(path) ? []
        : [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Finding>(line)!)];
}
