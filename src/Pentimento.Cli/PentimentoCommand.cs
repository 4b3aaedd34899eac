using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Pentimento.Cli.Verbs;

namespace Pentimento.Cli;

/// <summary>The whole command: parses, calls a verb, and turns what goes wrong into one line and an exit code.</summary>
internal static class PentimentoCommand
{
    public const string Name = "pentimento";

    private static readonly Func<Session, Command>[] s_verbs =
    [
        DemoVerb.Create, Train.Create, Evaluate.Create, Denoise.Create, Detect.Create, CompareDetectors.Create,
        CompareDenoisers.Create, AuditVerb.Create, Inspect.Create,
        Import.Create, ExportVerb.Create, RunsVerb.Create, Reproduce.Create, Completion.Create,
    ];

    /// <summary>Runs one command line.</summary>
    /// <param name="args">Without the program's name.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="runsPath">The run store; null is where it always is.</param>
    /// <param name="cancel">Stops it cleanly.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, Terminal terminal, string? runsPath = null, CancellationToken cancel = default)
    {
        using var session = new Session(terminal, CommandLineText.Of(args), cancel, runsPath);
        var root = Create(session);
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction) return UsageError.Report(parsed, terminal);
        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Output,
                Error = terminal.Error,
            });
        }
        catch (Exception e)
        {
            return Failure.Report(e, terminal, cancel);
        }
    }

    /// <summary>What is wrong with a command line, without running it.</summary>
    internal static IEnumerable<string> ErrorsIn(IReadOnlyList<string> args) => Tree().Parse(args).Errors.Select(e => e.Message);

    /// <summary>All verbs with their options, to look at rather than to run.</summary>
    internal static RootCommand Tree() =>
        Create(new Session(new Terminal(TextWriter.Null, TextWriter.Null), "", CancellationToken.None, null));

    private static RootCommand Create(Session session)
    {
        var root = new RootCommand("Image auto-encoders that clean pictures and find the ones that do not belong.");
        root.Options.Remove(root.Options.First(o => o is VersionOption));
        root.Options.Add(new Option<bool>("--version") { Description = "Show the version.", Action = new ShowVersion() });
        var help = root.Options.OfType<HelpOption>().Single();
        foreach (var alias in help.Aliases.Where(a => a is not "-h").ToArray()) help.Aliases.Remove(alias);
        (help.Action, help.Description) = (new ShowHelp(session.Terminal), "Show this help.");
        foreach (var create in s_verbs) root.Subcommands.Add(create(session));
        Numbers.Govern(root);
        root.SetAction(_ => ShowHelp.Of(root, session.Terminal));
        return root;
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parsed)
        {
            var version = typeof(PentimentoCommand).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parsed.InvocationConfiguration.Output.WriteLine($"{Name} {version}");
            return ExitCode.Done;
        }
    }

    private sealed class ShowHelp(Terminal terminal) : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed) => Of(parsed.CommandResult.Command, terminal);

        public static int Of(Command command, Terminal terminal)
        {
            HelpText.Write(command, terminal.Output, terminal.TextWidth);
            return ExitCode.Done;
        }
    }
}
