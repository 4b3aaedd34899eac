using System.Text.Json.Nodes;
using Pentimento.Cli;
using Pentimento.Models;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

/// <summary>Models that come from elsewhere, measured on pictures of any size.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EvaluateTests()
    {
        CommandRun.Pictures(_folder["pictures"], 4);
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["denoiser.pent"]);
        using var detector = TestModels.Detector();
        detector.ToBundle().Save(_folder["detector.pent"]);
    }

    public void Dispose() => _folder.Dispose();

    private CommandRun Evaluate(string model, params string[] more) => CommandRun.Of(
        _folder.Path, [
            "evaluate", _folder[model], "--data", _folder["pictures"],
            .. more.Contains("--out") ? [] : new[] { "--out", _folder["report.html"] }, .. more,
        ]);

    [Fact]
    public void Among_pictures_of_many_sizes_there_is_no_SSIM_where_one_is_too_small_for_it()
    {
        Assert.Contains("ssim", Evaluate("denoiser.pent").Done().Output, StringComparison.Ordinal);
        File.Move(CommandRun.Pictures(_folder["small"], 1, side: 8) + "/00.png", _folder["pictures/small.png"]);
        var run = Evaluate("denoiser.pent").Done();
        Assert.Contains("psnr", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ssim", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_the_model_has_no_use_for_is_refused()
    {
        Evaluate("detector.pent", "--noise", "0.1").AssertFailed(ExitCode.BadInput, "this one is a detector");
        Evaluate("denoiser.pent", "--anomalous", _folder["pictures"]).AssertFailed(ExitCode.BadInput, "made to denoise");
        Evaluate("denoiser.pent", "--normal", "good").AssertFailed(ExitCode.BadInput, "made to denoise");
    }

    [Theory]
    [InlineData("options", "\"none\"")]
    [InlineData("epochs", "\"none\"")]
    [InlineData("fingerprint", "7")]
    public void A_model_file_that_tells_nonsense_of_its_training_is_named(string fact, string value)
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Training[fact] = JsonNode.Parse(value);
        model.Save(_folder["odd.pent"]);
        Evaluate("odd.pent").AssertFailed(ExitCode.BadInput, _folder["odd.pent"]);
    }

    [Fact]
    public void What_was_found_is_printed_even_where_its_file_cannot_be_written()
    {
        var evaluated = Evaluate("denoiser.pent", "--out", _folder.Path);
        evaluated.AssertFailed(ExitCode.Failed, "it is a folder");
        Assert.Contains("psnr", evaluated.Output, StringComparison.Ordinal);
        var scored = CommandRun.Of(
            _folder.Path, "detect", _folder["pictures"], "--model", _folder["detector.pent"], "--csv", _folder.Path);
        scored.AssertFailed(ExitCode.Failed, "it is a folder");
        Assert.Contains("03.png", scored.Output, StringComparison.Ordinal);
    }
}
