namespace Pentimento.Cli;

/// <summary>Arguments as they are typed.</summary>
internal static class CommandLineText
{
    /// <summary>The whole command line, quoted where a shell needs it.</summary>
    public static string Of(IEnumerable<string> args) => string.Join(' ', args.Prepend(PentimentoCommand.Name).Select(Quote));

    /// <summary>One argument, quoted where a shell needs it.</summary>
    public static string Quote(string arg) =>
        arg.Length > 0 && arg.All(c => char.IsLetterOrDigit(c) || "-_./:,=+%@~".Contains(c)) ? arg
            : $"'{arg.Replace("'", "'\\''")}'";
}
