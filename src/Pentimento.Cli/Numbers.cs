using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Pentimento.Cli;

/// <summary>
/// Numbers as people write them, read in one way wherever an option has one: a decimal point, no marks between thousands, nothing
/// infinite and no not-a-number, whatever the language of the machine.
/// </summary>
internal static partial class Numbers
{
    private const string Real = "a number such as 0.5", Whole = "a whole number such as 100";

    /// <summary>
    /// Has all options of a command and of those below it that take a plain number read it here; System.CommandLine's own reading
    /// takes "0,001" for 1. Options with a parser of their own keep it.
    /// </summary>
    public static void Govern(Command command)
    {
        foreach (var option in command.Options)
            switch (option)
            {
                case Option<int> o: o.CustomParser ??= result => (int)One(result, ParseInt32(Text(result))); break;
                case Option<int?> o: o.CustomParser ??= result => (int)One(result, ParseInt32(Text(result))); break;
                case Option<long> o: o.CustomParser ??= result => One(result, ParseWhole(Text(result))); break;
                case Option<long?> o: o.CustomParser ??= result => One(result, ParseWhole(Text(result))); break;
                case Option<double> o: o.CustomParser ??= result => One(result, ParseReal(Text(result))); break;
                case Option<double?> o: o.CustomParser ??= result => One(result, ParseReal(Text(result))); break;
                case Option<double[]> o: o.CustomParser ??= Several; break;
            }
        foreach (var below in command.Subcommands) Govern(below);
    }

    /// <summary>As in 0.001, -2 and 1e-3; null for anything else, also for what is not finite.</summary>
    public static double? ParseReal(string text) => double.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
        CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    /// <summary>As in 100 and -2; null for anything else, also for what is out of the range.</summary>
    private static long? ParseWhole(string text, long least = long.MinValue, long most = long.MaxValue) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most ? value : null;

    /// <summary>As in 100 and -2; null for anything else, also for what an <see cref="int"/> cannot hold.</summary>
    public static int? ParseInt32(string text) => (int?)ParseWhole(text, int.MinValue, int.MaxValue);

    /// <summary>What is wrong with the text of an option, in one sentence that says how a comma in it is to be written.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="text">What was given.</param>
    /// <param name="expected">What it takes, as in "a number such as 0.5".</param>
    public static string Fault(string? option, string text, string expected) =>
        $"{option} is '{text}'; it takes {expected}{Hint(text, expected is Whole)}.";

    private static string Hint(string text, bool isWhole)
    {
        if (Thousands().IsMatch(text))
        {
            var plain = text.Replace(",", "", StringComparison.Ordinal);
            if (isWhole || text.Count(c => c == ',') > 1) return $"; thousands have no mark: write {plain}";
            return $"; decimals have a point and thousands no mark: write {text.Replace(',', '.')} or {plain}";
        }
        return !isWhole && DecimalComma().IsMatch(text) ? $"; decimals have a point: write {DecimalComma().Replace(text, ".")}" : "";
    }

    private static double[] Several(ArgumentResult result)
    {
        var numbers = result.Tokens.Select(token => (token.Value, Number: ParseReal(token.Value))).ToArray();
        if (Array.Find(numbers, n => n.Number is null).Value is { } wrong) result.AddError(Fault(NameOf(result), wrong, Real));
        return [.. numbers.Select(n => n.Number ?? 0)];
    }

    private static T One<T>(ArgumentResult result, T? value)
        where T : struct
    {
        if (value is null) result.AddError(Fault(NameOf(result), Text(result), typeof(T) == typeof(double) ? Real : Whole));
        return value ?? default;
    }

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static string? NameOf(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name;

    [GeneratedRegex(@"^[-+]?[1-9]\d{0,2}(,\d{3})+$")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"(?<=\d|^),(?=\d)")]
    private static partial Regex DecimalComma();
}
