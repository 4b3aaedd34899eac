using System.CommandLine;

namespace Pentimento.Cli;

/// <summary>What is wrong with a command line, in one line.</summary>
internal static class UsageError
{
    private const int FarthestTypo = 2;

    /// <summary>Writes the line.</summary>
    public static int Report(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        Failure.Write(terminal, $"{Problem(parsed, command)} Try '{HelpText.PathOf(command)} --help'.");
        return ExitCode.BadInput;
    }

    private static string Problem(ParseResult parsed, Command command)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            var token = parsed.UnmatchedTokens[0];
            var known = token.StartsWith('-') ? command.Options.Where(o => !o.Hidden).Select(o => o.Name)
                : command.Subcommands.Select(c => c.Name);
            var closest = known.MinBy(name => Distance(token, name));
            var kind = token.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            var isTypo = closest is not null && Distance(token, closest) <= FarthestTypo;
            return $"There is no {kind} '{token}'{(isTypo ? $"; did you mean '{closest}'?" : ".")}";
        }
        if (command.Subcommands.Count > 0 && command.Action is null)
            return $"Which one: {string.Join(", ", command.Subcommands.Select(c => c.Name))}?";
        return parsed.Errors[0].Message.ReplaceLineEndings(" ");
    }

    /// <summary>The Levenshtein distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j],
                    Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[b.Length];
    }
}
