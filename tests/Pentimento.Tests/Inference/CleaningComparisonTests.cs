using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;

namespace Pentimento.Tests.Inference;

/// <summary>Pictures of before, after and difference.</summary>
public sealed class CleaningComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Denoiser _denoiser = TestModels.Denoiser(3, tileSize: 20);

    public void Dispose()
    {
        _denoiser.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Before_after_and_difference_stand_side_by_side_pixel_for_pixel()
    {
        var input = Picture("in/sub/a.png");
        Assert.Equal("1 done", Run().Describe());
        Assert.Equal(
            [_folder["compare/sub/a.png.compare.png"]],
            Directory.GetFiles(_folder["compare"], "*", SearchOption.AllDirectories));
        using var scope = TorchSharp.torch.NewDisposeScope();
        var drawn = ImageFile.Read(_folder["compare/sub/a.png.compare.png"]).ToTensor();
        Assert.Equal([3, 24, 3 * 31 + 16], drawn.shape);
        var (before, after) = (ImageFile.Read(input).ToTensor(), ImageFile.Read(_folder["out/sub/a.png"]).ToTensor());
        var difference = ((after - before) * 4 + 0.5).clamp(0, 1);
        Assert.InRange((drawn.narrow(2, 0, 31) - before).abs().max().item<float>(), 0, 1e-6f);
        Assert.InRange((drawn.narrow(2, 39, 31) - after).abs().max().item<float>(), 0, 1e-6f);
        Assert.InRange((drawn.narrow(2, 78, 31) - difference).abs().max().item<float>(), 0, 1 / 255f);
        Assert.Equal(1, drawn.narrow(2, 31, 8).min().item<float>());
    }

    [Fact]
    public void Of_a_large_picture_the_middle_is_compared()
    {
        ImageFile.Write(_folder["in/a.png"], TestModels.Noise(3, 530, 700, seed: 3));
        Run();
        using var scope = TorchSharp.torch.NewDisposeScope();
        var drawn = ImageFile.Read(_folder["compare/a.png.compare.png"]).ToTensor();
        Assert.Equal([3, 512, 3 * 512 + 16], drawn.shape);
        var before = ImageFile.Read(_folder["in/a.png"]).ToTensor().narrow(1, 9, 512).narrow(2, 94, 512);
        Assert.InRange((drawn.narrow(2, 0, 512) - before).abs().max().item<float>(), 0, 1e-6f);
    }

    [Fact]
    public void A_first_run_with_comparisons_over_finished_results_draws_them_without_cleaning_again()
    {
        Picture("in/a.png");
        Run(compare: null);
        var made = File.GetLastWriteTimeUtc(_folder["out/a.png"]);
        Assert.Equal("0 done, 1 skipped", Run().Describe());
        Assert.Equal(made, File.GetLastWriteTimeUtc(_folder["out/a.png"]));
        var late = File.ReadAllBytes(_folder["compare/a.png.compare.png"]);
        Run(compare: "other", overwrite: true);
        Assert.Equal(File.ReadAllBytes(_folder["other/a.png.compare.png"]), late);
    }

    [Fact]
    public void A_comparison_that_is_there_is_left_unless_its_result_is_newer()
    {
        Picture("in/a.png");
        Run();
        File.WriteAllText(_folder["compare/a.png.compare.png"], "mine");
        Run();
        Assert.Equal("mine", File.ReadAllText(_folder["compare/a.png.compare.png"]));
        var older = File.GetLastWriteTimeUtc(_folder["out/a.png"]).AddDays(-1);
        File.SetLastWriteTimeUtc(_folder["compare/a.png.compare.png"], older);
        Assert.Equal("0 done, 1 skipped", Run().Describe());
        Assert.Equal(24, ImageFile.Read(_folder["compare/a.png.compare.png"]).Shape.Height);
    }

    [Fact]
    public void A_result_that_others_made_gets_none()
    {
        Picture("in/a.png");
        Picture("out/a.png");
        Assert.Equal("0 done, 1 skipped", Run().Describe());
        Assert.Empty(Directory.GetFiles(_folder["compare"]));
    }

    [Fact]
    public void A_comparison_that_cannot_be_written_is_said_and_the_result_is_kept()
    {
        Picture("in/a.png");
        Directory.CreateDirectory(_folder["compare/a.png.compare.png"]);
        var file = Assert.Single(Run().Files);
        Assert.Equal(FileOutcome.Failed, file.Outcome);
        Assert.Equal($"Cannot write '{_folder["compare/a.png.compare.png"]}': it is a folder.", file.Reason);
        Directory.Delete(_folder["compare/a.png.compare.png"]);
        Assert.Equal("0 done, 1 skipped", Run().Describe());
        Assert.True(File.Exists(_folder["compare/a.png.compare.png"]));
    }

    [Fact]
    public void Networks_of_one_size_are_compared_with_the_picture_as_they_see_it()
    {
        Picture("in/a.png");
        var network = Architectures.Create("feed-forward", new ImageShape(1, 12, 12));
        network.Initialise(1);
        using var model = new ModelBundle(
            ModelTask.Denoise, network, new Preprocessing { Resize = 14, Crop = 12, Channels = 1 });
        using var denoiser = new Denoiser(model);
        Assert.Null(Assert.Single(DenoiseRun.Run(denoiser, [_folder["in"]], Options("compare"), cancellation: Never).Files).Reason);
        Assert.Equal(new ImageShape(3, 12, 3 * 12 + 16), ImageFile.Read(_folder["compare/a.png.compare.png"]).Shape);
    }

    [Theory]
    [InlineData("out", "is the one for results")]
    [InlineData("out/../out/", "is the one for results")]
    [InlineData("in", "is that of the original")]
    [InlineData("in/a.png", "is a file")]
    public void A_folder_with_results_or_originals_and_a_file_are_refused_before_any_work(string compare, string reason)
    {
        Picture("in/a.png");
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => Run(compare)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out/a.png"]));
    }

    [Fact]
    public void A_comparison_never_replaces_a_result()
    {
        Picture("in/a.png");
        Picture("in/compare/a.png.compare.png");
        var error = Assert.Throws<ArgumentException>(() => Run("out/compare"));
        Assert.Contains("would both become", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out/a.png"]));
    }

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    private string Picture(string name)
    {
        ImageFile.Write(_folder[name], TestModels.Noise(3, 24, 31));
        return _folder[name];
    }

    private DenoiseRunOptions Options(string? compare, bool overwrite = false) => new()
    {
        OutputFolder = _folder["out"],
        ComparisonFolder = compare is null ? null : _folder[compare],
        Recursive = true,
        Overwrite = overwrite,
    };

    private FileBatchResult<DenoisedFile> Run(string? compare = "compare", bool overwrite = false) =>
        DenoiseRun.Run(_denoiser, [_folder["in"]], Options(compare, overwrite), cancellation: Never);
}
