using System.CommandLine;

namespace Pentimento.Cli;

/// <summary>The help of a command: usage, what it does, options in groups, examples.</summary>
internal static class HelpText
{
    private const int Indent = 2, Gap = 2, WidestTerm = 30;

    /// <summary>Writes it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="output">Where.</param>
    /// <param name="width">The columns of a line.</param>
    public static void Write(Command command, TextWriter output, int width)
    {
        Paragraph(output, command.Description ?? "", width, 0);
        output.WriteLine();
        output.WriteLine($"Usage: {Usage(command)}");
        Section(output, "Commands", command.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, FirstSentence(c.Description))),
            width);
        Section(output, "Arguments", command.Arguments.Where(a => !a.Hidden).Select(a => (Label(a), a.Description ?? "")), width);
        var groups = command is Verb verb ? verb.Groups : [];
        foreach (var (heading, options) in groups) Section(output, heading, Rows(options), width);
        Section(output, groups.Count > 0 ? "Other options" : "Options",
            Rows(Inherited(command).Except(groups.SelectMany(g => g.Options))), width);
        Examples(output, command);
        if (command is RootCommand) Section(output, "Exit codes", ExitCode.All.Select(e => ($"{e.Code}", e.Meaning)), width);
    }

    /// <summary>As in "pentimento train detect".</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}"
            : PentimentoCommand.Name;

    private static string Usage(Command command) => string.Join(' ', new[]
    {
        PathOf(command),
        command.Subcommands.Count == 0 ? null : command is RootCommand || command.Action is null ? "<command>" : "[<command>]",
        command.Arguments.Count == 0 ? null : string.Join(' ', command.Arguments.Select(Label)),
        string.Join(' ', command.Options.Where(o => o.Required).Select(Term)),
        command.Options.Any(o => !o.Required && !o.Hidden) ? "[options]" : null,
    }.Where(part => !string.IsNullOrEmpty(part)));

    private static string Label(Argument argument)
    {
        var name = $"<{argument.HelpName ?? argument.Name}>";
        if (argument.Arity.MaximumNumberOfValues > 1) name += "…";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static IEnumerable<Option> Inherited(Command command) => command.Options.Concat(
        command.Parents.OfType<Command>().SelectMany(Inherited).Where(o => o.Recursive));

    private static IEnumerable<(string, string)> Rows(IEnumerable<Option> options) =>
        options.Where(o => !o.Hidden).Select(o => (Term(o), o.Description ?? ""));

    private static string Term(Option option)
    {
        var names = string.Join(", ", option.Aliases.Where(a => a is ['-', _] and not "-?").Append(option.Name));
        return option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? names
            : $"{names} <{option.HelpName ?? option.Name.TrimStart('-')}>{(option.AllowMultipleArgumentsPerToken ? "…" : "")}";
    }

    private static string FirstSentence(string? text) => text is null ? "" : text.Split(". ")[0].TrimEnd('.') + ".";

    private static void Examples(TextWriter output, Command command)
    {
        if (command is not Verb { Examples: { Count: > 0 } examples }) return;
        output.WriteLine();
        output.WriteLine("Examples:");
        foreach (var (commandLine, words) in examples)
        {
            if (words is not null) output.WriteLine($"  # {words}");
            output.WriteLine($"  {commandLine}");
        }
    }

    private static void Section(TextWriter output, string heading, IEnumerable<(string Term, string Text)> rows, int width)
    {
        var list = rows.ToList();
        if (list.Count == 0) return;
        output.WriteLine();
        output.WriteLine($"{heading}:");
        var column = Indent + Gap + Math.Min(WidestTerm, list.Max(row => row.Term.Length));
        foreach (var (term, text) in list)
        {
            output.Write($"{new string(' ', Indent)}{term}");
            var fits = Indent + term.Length + Gap <= column;
            if (!fits) output.WriteLine();
            Paragraph(output, text, width, column, fits ? column - Indent - term.Length : column);
        }
    }

    /// <summary>Wraps a text at words.</summary>
    private static void Paragraph(TextWriter output, string text, int width, int indent, int? first = null)
    {
        output.Write(new string(' ', first ?? indent));
        var used = indent;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (used > indent && used + 1 + word.Length > width)
            {
                output.WriteLine();
                output.Write(new string(' ', indent));
                used = indent;
            }
            if (used > indent)
            {
                output.Write(' ');
                used++;
            }
            output.Write(word);
            used += word.Length;
        }
        output.WriteLine();
    }
}
