using System.CommandLine;
using Pentimento.Runs;

namespace Pentimento.Cli;

/// <summary>A command with the parts that its help has beyond System.CommandLine's: options in groups, and examples.</summary>
internal class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Options by heading, in the order in which they were added.</summary>
    public List<(string Heading, IReadOnlyList<Option> Options)> Groups { get; } = [];

    /// <summary>Command lines, each with a few words or none.</summary>
    public List<(string CommandLine, string? Words)> Examples { get; } = [];

    /// <summary>Adds options under a heading.</summary>
    public void Add(string heading, params IReadOnlyList<Option> options)
    {
        Groups.Add((heading, options));
        foreach (var option in options) Options.Add(option);
    }

    /// <summary>Adds an example.</summary>
    public void Example(string commandLine, string? words = null) => Examples.Add((commandLine, words));
}

/// <summary>What every verb is given besides its options.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="CommandLine">What was typed, for the record.</param>
/// <param name="Cancel">Ctrl-C.</param>
/// <param name="RunsPath">The run store; null is where it always is.</param>
internal sealed record Session(Terminal Terminal, string CommandLine, CancellationToken Cancel, string? RunsPath)
{
    /// <summary>Opens the run store.</summary>
    public RunStore OpenRuns() => RunStore.Open(RunsPath);
}
