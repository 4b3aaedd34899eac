using System.CommandLine;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Training;

namespace Pentimento.Tests.Cli;

public sealed class NumbersTests : IDisposable
{
    private static readonly Type[] s_numeric =
    [
        typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(LossWeights), typeof(Noise),
    ];

    private static readonly string[] s_kinds = ["number", "N|HxW", "noise", "share", "size", "pixels"]; // of options that are text

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    /// <summary>Every option of every verb that has a number in it: a new one is here by being there.</summary>
    public static TheoryData<string, string> NumericOptions()
    {
        var data = new TheoryData<string, string>();
        foreach (var (path, option) in Walk(PentimentoCommand.Tree(), ""))
            data.Add(path.Trim(), option.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(NumericOptions))]
    public void A_decimal_comma_marks_of_thousands_and_what_is_no_number_are_refused_in_one_line(string verb, string option)
    {
        var command = verb.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate((Command)PentimentoCommand.Tree(), (c, name) => c.Subcommands.Single(s => s.Name == name));
        string[] needed =
        [
            .. command.Options.Where(o => o.Required && o.Name != option).SelectMany(o => new[] { o.Name, IsNumeric(o) ? "0.1" : "x" }),
            .. command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0)
                .Select(a => verb is "completion" ? "bash" : "x"),
        ];
        foreach (var number in new[] { "0,5", "1,000", "nan", "Infinity", "1e999" })
            foreach (var text in Forms(command.Options.Single(o => o.Name == option), number))
            {
                var run = CommandRun.Of(
                    _home.Path, new CancellationToken(canceled: true), [.. verb.Split(' '), .. needed, option, text]);
                run.AssertFailed(ExitCode.BadInput, option);
                Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.Contains(text, run.Error, StringComparison.Ordinal);
            }
    }

    [Theory]
    [InlineData("--learning-rate", "0,001", "write 0.001")]
    [InlineData("--learning-rate", "1,000", "write 1.000 or 1000")]
    [InlineData("--learning-rate", ",5e-3", "write .5e-3")]
    [InlineData("--batch-size", "1,000", "write 1000")]
    [InlineData("--steps", "1,000,000", "write 1000000")]
    [InlineData("--steps", "0,5", "it takes a whole number")]
    [InlineData("--steps", "99999999999", "it takes a whole number")]
    [InlineData("--test", "0,3", "write 0.3")]
    [InlineData("--loss", "mse+0,5*ssim", "write mse+0.5*ssim")]
    [InlineData("--noise", "0,2", "write 0.2")]
    [InlineData("--noise", "0,1-0,5", "write 0.1-0.5")]
    public void An_error_says_how_the_number_is_written(string option, string text, string part) =>
        CommandRun.Of(_home.Path, "train", "denoise", "--data", "nowhere", option, text).AssertFailed(ExitCode.BadInput, part);

    [Fact]
    public void Sizes_in_memory_say_it_too() =>
        CommandRun.Of(_home.Path, "denoise", "nowhere", "--out", "o", "--memory", "1,5GB")
            .AssertFailed(
                ExitCode.BadInput,
                "--memory is '1,5GB'; it takes a size such as 1.5GB, 800MB or 1GiB; decimals have a point: write 1.5GB.");

    [Theory]
    [InlineData("--blend", "50%")]
    [InlineData("--blend", "0.5")]
    [InlineData("--strength", "1e-1")]
    [InlineData("--strength", ".7")]
    [InlineData("--max-pixels", "1000000")]
    [InlineData("--memory", "1.5 GB")]
    public void Numbers_with_a_point_and_shares_with_a_percent_sign_are_read(string option, string text) =>
        Assert.Empty(PentimentoCommand.ErrorsIn(["denoise", "in", "--out", "o", option, text]));

    [Fact]
    public void All_kinds_of_numeric_options_are_among_those_that_are_tried()
    {
        var all = Walk(PentimentoCommand.Tree(), "").Select(o => o.Option.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "--learning-rate", "--blend", "--sigma", "--set", "--noise", "--loss",
            "--bank-size", "--memory", "--seed",
            "--false-alarms", "--limit", "--shorten", "--size", "--seeds" }, all);
        Assert.True(all.Count >= 35, $"{all.Count}");
    }

    private static IEnumerable<(string Path, Option Option)> Walk(Command command, string path) =>
        command.Options.Where(IsNumeric).Select(o => (path, o))
            .Concat(command.Subcommands.SelectMany(below => Walk(below, $"{path} {below.Name}")));

    private static bool IsNumeric(Option option)
    {
        var type = option.ValueType.GetElementType() ?? option.ValueType;
        return s_numeric.Contains(Nullable.GetUnderlyingType(type) ?? type)
            || option.HelpName is { } name && s_kinds.Any(kind => name.Contains(kind, StringComparison.Ordinal));
    }

    private static string[] Forms(Option option, string number) => option.HelpName switch
    {
        "name=number" => [number, $"a={number}"],
        "size" => [number, $"{number}GB"],
        "mix" => [number, $"{number}*mse"],
        "noise" => [number, $"gaussian({number})"],
        "share" => [number, $"{number}%"],
        "N|HxW" => [number, $"28x{number}"],
        _ => [number],
    };
}
