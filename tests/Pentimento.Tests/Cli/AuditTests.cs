using Pentimento.Cli;

namespace Pentimento.Tests.Cli;

public sealed class AuditTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void It_says_first_what_it_found_and_writes_a_page_figures_and_a_table()
    {
        var run = Audit("--changed", "2");
        run.Done();
        Assert.Matches(@"^\s*(✓|!|✗) ", run.Output);
        foreach (var part in new[] { "descriptors", "share of high frequencies", "JPEG at quality 40", "audit.html" })
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
        foreach (var file in new[] { "audit.html", "audit.json", "pictures.csv" }) Assert.True(File.Exists(_home[$"out/{file}"]), file);
    }

    [Fact]
    public void With_json_it_prints_one_document()
    {
        var json = Audit("--changed", "0", "--json").Json;
        Assert.NotEmpty(json.GetProperty("conclusion").EnumerateArray());
        Assert.Equal("descriptors", json.GetProperty("detector").GetProperty("name").GetString());
        Assert.NotEmpty(json.GetProperty("blank").GetProperty("models").EnumerateArray());
    }

    [Theory]
    [InlineData("Either --detector or --model", "--detector", "descriptors", "--model", "x.pent")]
    [InlineData("leave --known-others out", "--model", "x.pent", "--known-others", "y")]
    [InlineData("leave --backbone out", "--model", "x.pent", "--backbone", "y")]
    [InlineData("leave --false-alarms out", "--model", "x.pent", "--false-alarms", "1%")]
    [InlineData("needs examples of others", "--detector", "known-others")]
    public void What_does_not_go_together_is_one_line(string part, params string[] more) =>
        Audit(more).AssertFailed(ExitCode.BadInput, part);

    [Fact]
    public void A_model_that_is_not_there_is_one_line() =>
        Audit("--model", "x.pent").AssertFailed(ExitCode.BadInput, "There is no model 'x.pent'");

    private CommandRun Audit(params string[] more) => CommandRun.Of(_home.Path, [
        "audit", "--normal", CommandRun.Pictures(_home["normal"], 14), "--other", CommandRun.Pictures(_home["other"], 10, noise: true),
        "--folds", "2", .. more.Contains("--model") ? [] : new[] { "--size", "16" }, "--out", _home["out"], .. more]);
}
