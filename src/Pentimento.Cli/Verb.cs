using System.CommandLine;
using Pentimento.Files;
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
internal sealed record Session(Terminal Terminal, string CommandLine, CancellationToken Cancel, string? RunsPath) : IDisposable
{
    private string? _passing;

    /// <summary>Opens the run store, to read what is in it.</summary>
    /// <exception cref="IOException">It cannot be opened or made; the message says how another is chosen.</exception>
    public RunStore OpenRuns()
    {
        try
        {
            return RunStore.Open(RunsPath);
        }
        catch (IOException e) when (!Directory.Exists(Path.GetDirectoryName(RunsPath ?? RunStore.DefaultPath)))
        {
            throw new IOException($"{e.Message.TrimEnd('.')}; {HomeFolder.Advice}", e);
        }
    }

    /// <summary>Opens the run store for a new run; where none can be written, one that goes with this session, and says so.</summary>
    public RunStore OpenRunsToRecord()
    {
        try
        {
            var store = RunStore.Open(RunsPath);
            store.ThrowIfReadOnly();
            return store;
        }
        catch (IOException e)
        {
            Failure.Write(Terminal, $"{e.Message.TrimEnd('.')}; this run will not be remembered. {HomeFolder.Advice}");
            _passing = Directory.CreateTempSubdirectory("pentimento-").FullName;
            return RunStore.Open(Path.Combine(_passing, "runs.db"));
        }
    }

    /// <summary>Takes the store away that was made for this session alone.</summary>
    public void Dispose()
    {
        try
        {
            if (_passing is not null) Directory.Delete(_passing, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A few kilobytes are left in the folder for temporary files.
        }
    }
}
