using Pentimento.Cli;

namespace Pentimento.Tests.Cli;

public sealed class HelpTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Without_arguments_it_shows_the_verbs_and_the_exit_codes()
    {
        var run = CommandRun.Of(_home.Path);
        run.Done();
        foreach (var verb in "demo train evaluate denoise detect inspect export runs reproduce completion".Split(' '))
            Assert.Contains($"\n  {verb} ", run.Output, StringComparison.Ordinal);
        Assert.Contains("130  stopped by Ctrl-C", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("train")]
    [InlineData("train", "reconstruct")]
    [InlineData("train", "denoise")]
    [InlineData("train", "detect")]
    [InlineData("evaluate")]
    [InlineData("denoise")]
    [InlineData("detect")]
    [InlineData("audit")]
    [InlineData("inspect")]
    [InlineData("export")]
    [InlineData("runs")]
    [InlineData("runs", "show")]
    [InlineData("runs", "compare")]
    [InlineData("reproduce")]
    [InlineData("reproduce", "fashion-mnist")]
    [InlineData("reproduce", "paintings")]
    [InlineData("completion")]
    public void Every_verb_shows_its_usage_and_examples_that_parse(params string[] verb)
    {
        var run = CommandRun.Of(_home.Path, [.. verb, "--help"]);
        run.Done();
        Assert.Contains($"Usage: pentimento {string.Join(' ', verb)}", run.Output, StringComparison.Ordinal);
        var examples = run.Output.Split("Examples:\n")[1].Split('\n').Select(line => line.Trim())
            .Where(line => line.StartsWith("pentimento", StringComparison.Ordinal));
        Assert.All(examples, example => Assert.Empty(PentimentoCommand.ErrorsIn(Words(example))));
        Assert.All(run.Output.Split('\n').TakeWhile(l => l != "Examples:"), line => Assert.True(line.Length <= 120, line));
    }

    [Fact]
    public void The_version_is_one_line() =>
        Assert.Matches(@"^pentimento \d+\.\d+\.\d+\S*\s*$", CommandRun.Of(_home.Path, "--version").Output);

    [Theory]
    [InlineData("train", "There is no option '--epoch'; did you mean '--epochs'?", "detect", "--data", "x", "--epoch", "3")]
    [InlineData("trian", "did you mean 'train'?")]
    [InlineData("train", "Which one: reconstruct, denoise, detect, strength?")]
    [InlineData("train", "Which images?", "detect")]
    [InlineData("train", "--schedule is 'linear'; it takes constant, cosine, one-cycle.", "detect", "--data", "x", "--schedule",
        "linear")]
    [InlineData("train", "--false-alarms is 'few'", "detect", "--data", "x", "--false-alarms", "few")]
    [InlineData("train", "--loss is 'mse+huber'", "detect", "--data", "x", "--loss", "mse+huber")]
    [InlineData("train", "a=x", "detect", "--data", "x", "--set", "a=x")]
    [InlineData("train", "--weight-decay goes with --optimizer adamw", "detect", "--data", "x", "--weight-decay", "0.1")]
    [InlineData("train", "no architecture 'unet-9000'", "detect", "--data", "x", "--architecture", "unet-9000")]
    [InlineData("train", "epochs is 0", "detect", "--data", "x", "--epochs", "0")]
    [InlineData("train", "nowhere", "detect", "--data", "nowhere")]
    [InlineData("inspect", "name it", "--size", "64")]
    [InlineData("evaluate", "--data", "model.pent")]
    [InlineData("evaluate", "There is no model 'model.pent'", "model.pent", "--data", "x")]
    [InlineData("denoise", "--out", "x.png", "--model", "model.pent")]
    [InlineData("inspect", "no architecture 'nothing'", "nothing")]
    [InlineData("inspect", "'big' is no size", "convolutional", "--size", "big")]
    [InlineData("export", "--onnx", "model.pent")]
    [InlineData("export", "There is no model 'model.pent'", "model.pent", "--onnx", "x.onnx")]
    [InlineData("runs", "No run in", "show", "7f3a")]
    [InlineData("completion", "tcsh", "tcsh")]
    public void Wrong_usage_is_one_line_and_exit_code_2(string verb, string part, params string[] rest) =>
        CommandRun.Of(_home.Path, [verb, .. rest]).AssertFailed(ExitCode.BadInput, part);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_completion_script_asks_for_suggestions(string shell) =>
        Assert.Contains("pentimento \"[suggest:", CommandRun.Of(_home.Path, "completion", shell).Output,
            StringComparison.Ordinal);

    [Fact]
    public void Suggestions_are_words_as_they_are_typed()
    {
        Assert.Equal(["constant", "cosine", "one-cycle"], Suggested("train detect --schedule "));
        Assert.Contains("convolutional", Suggested("train detect --architecture "));
        Assert.Equal(["--false-alarms"], Suggested("train detect --false"));
    }

    private string[] Suggested(string line) =>
        CommandRun.Of(_home.Path, $"[suggest:{line.Length}]", line).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Words(string example) =>
        [.. example.Split(" > ")[0].Split('\'').SelectMany(
            (part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1)];
}
