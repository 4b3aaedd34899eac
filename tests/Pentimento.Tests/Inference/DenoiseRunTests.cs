using NetVips;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Tests.Imaging;

namespace Pentimento.Tests.Inference;

public sealed class DenoiseRunTests : IDisposable
{
    private readonly Pentimento.Tests.TemporaryFolder _folder = new();
    private readonly Denoiser _denoiser = TestModels.Denoiser(3, tileSize: 20);

    public void Dispose()
    {
        _denoiser.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    private string Picture(string name, int seed = 1)
    {
        ImageFile.Write(_folder[name], TestModels.Noise(3, 24, 31, seed: seed));
        return _folder[name];
    }

    private DenoiseRunOptions To(string output, bool overwrite = false) =>
        new() { OutputFolder = _folder[output], Recursive = true, Overwrite = overwrite };

    private FileBatchResult<DenoisedFile> Run(string output, params string[] inputs) =>
        DenoiseRun.Run(_denoiser, inputs.Select(input => _folder[input]), To(output), cancellation: Never);

    // Hidden files too: a half-written one would be hidden.
    private string[] FilesIn(string folder)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        return [.. Directory.EnumerateFiles(_folder[folder], "*", all)
            .Select(file => Path.GetRelativePath(_folder[folder], file)).Order(StringComparer.Ordinal)];
    }

    private Dictionary<string, string> Contents() =>
        FilesIn("").ToDictionary(name => name, name => Convert.ToHexString(File.ReadAllBytes(_folder[name])));

    [Fact]
    public void Results_have_the_place_and_the_content_of_the_cleaned_originals()
    {
        Picture("in/a.png");
        Picture("in/sub/b.tif", seed: 2);
        var result = Run("out", "in");
        Assert.Equal("2 done", result.Describe());
        Assert.Equal(["a.png", "a.png.json", Path.Combine("sub", "b.tif"), Path.Combine("sub", "b.tif.json")], FilesIn("out"));
        foreach (var file in result.Files)
            Assert.Equal(0, Pictures.LargestDifference(
                _denoiser.Denoise(ImageFile.Read(file.Path), cancellation: Never), ImageFile.Read(file.Output!)));
    }

    [Fact]
    public void What_a_killed_run_left_beside_results_and_comparisons_is_removed()
    {
        Picture("in/a.png");
        foreach (var (folder, name) in new[] { ("out", "a.png"), ("compare", "a.png.compare.png") })
        {
            Directory.CreateDirectory(_folder[folder]);
            File.WriteAllText(_folder[$"{folder}/{AtomicFile.TemporaryStart(name)}{Guid.NewGuid():N}.png"], "half a picture");
        }
        DenoiseRun.Run(_denoiser, [_folder["in"]], To("out") with { ComparisonFolder = _folder["compare"] }, cancellation: Never);
        Assert.Equal(["a.png", "a.png.json"], FilesIn("out"));
        Assert.Equal(["a.png.compare.png"], FilesIn("compare"));
    }

    [Fact]
    public void A_bad_file_in_the_middle_fails_with_its_reason_and_the_rest_is_done()
    {
        Picture("in/1.png");
        var bytes = File.ReadAllBytes(Picture("in/2.png"));
        File.WriteAllBytes(_folder["in/2.png"], bytes[..(bytes.Length / 2)]);
        Picture("in/3.png");
        var result = Run("out", "in");
        Assert.Equal([FileOutcome.Done, FileOutcome.Failed, FileOutcome.Done], result.Files.Select(file => file.Outcome));
        Assert.Contains("2.png", result.Files[1].Reason, StringComparison.Ordinal);
        Assert.Equal("2 done, 1 failed", result.Describe());
        Assert.Equal(["1.png", "1.png.json", "3.png", "3.png.json"], FilesIn("out"));
    }

    [Fact]
    public void A_result_that_cannot_be_written_fails_and_leaves_nothing()
    {
        Picture("in/a.png");
        Picture("in/sub/b.png");
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["out/sub"], "a file where a folder should be");
        var result = Run("out", "in");
        Assert.Equal("1 done, 1 failed", result.Describe());
        Assert.StartsWith($"Cannot write '{_folder["out/sub/b.png"]}'", result.Files[1].Reason, StringComparison.Ordinal);
        Assert.Equal(["a.png", "a.png.json", "sub"], FilesIn("out"));
    }

    [Fact]
    public void An_output_folder_that_is_a_file_is_refused()
    {
        Picture("in/a.png");
        File.WriteAllText(_folder["out"], "");
        Assert.Contains("is a file", Assert.Throws<ArgumentException>(() => Run("out", "in")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/../in/")]
    [InlineData("link")] // to in
    [InlineData("elsewhere")] // where an input is a link to
    public void What_would_overwrite_an_original_is_refused_before_any_work(string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Picture("in/0.png");
        Picture("in/a.png");
        Picture("elsewhere/b.png");
        File.CreateSymbolicLink(_folder["in/b.png"], _folder["elsewhere/b.png"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["in"]);
        var before = Contents();
        var error = Assert.Throws<ArgumentException>(() =>
            DenoiseRun.Run(_denoiser, [_folder["in"]], To(output, overwrite: true), cancellation: Never));
        Assert.Contains("overwrite the original", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void An_original_in_another_spelling_is_refused()
    {
        Picture("x/a.png");
        Picture("y/A.PNG");
        Assert.Throws<ArgumentException>(() => Run("y", "x/a.png", "y/A.PNG"));
    }

    [Fact]
    public void Two_inputs_with_one_result_are_refused()
    {
        Picture("x/a.png");
        Picture("y/a.png");
        var error = Assert.Throws<ArgumentException>(() => Run("out", "x/a.png", "y/a.png"));
        Assert.Contains(_folder["x/a.png"], error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["y/a.png"], error.Message, StringComparison.Ordinal);
        Assert.Equal([_folder["out/x/a.png"], _folder["out/y/a.png"]], Run("out", "x", "y").Files.Select(file => file.Output));
    }

    [Fact]
    public void Formats_that_cannot_be_written_become_png_beside_their_namesakes()
    {
        Picture("in/a.png");
        Picture("in/a.tif");
        File.WriteAllBytes(_folder["in/a.gif"], Pictures.Vips(TestModels.Noise(3, 24, 31)).GifsaveBuffer());
        Assert.Equal(3, Run("out", "in").Done);
        Assert.Equal(["a.gif.png", "a.png", "a.tif"], FilesIn("out").Where(ImageFile.IsImage));
    }

    [Theory]
    [InlineData(1), InlineData(8)]
    public void A_16_bit_tiff_keeps_depth_profile_alpha_and_resolution(int ensemble)
    {
        using var denoiser = new Denoiser(
            TestModels.Convolutional(ModelTask.Denoise, 3), new DenoiserOptions { TileSize = 20, Ensemble = ensemble });
        var rgba = TestModels.Noise(1, 24, 31 * 4, bitDepth: 16).Samples16!;
        using var plain = Image.NewFromMemory(rgba, 31, 24, 4, Enums.BandFormat.Ushort);
        using var deep = plain.Copy(interpretation: Enums.Interpretation.Rgb16, xres: 11.8, yres: 11.8);
        using var profiled = deep.Mutate(target => target.Set(GValue.BlobType, "icc-profile-data", Image.ProfileLoad("p3")));
        Directory.CreateDirectory(_folder["in"]);
        profiled.Tiffsave(_folder["in/a.tif"]);
        Assert.Equal("1 done", DenoiseRun.Run(denoiser, [_folder["in"]], To("out"), cancellation: Never).Describe());

        using Image before = Image.NewFromFile(_folder["in/a.tif"]), after = Image.NewFromFile(_folder["out/a.tif"]);
        Assert.Equal(Enums.BandFormat.Ushort, after.Format);
        Assert.Equal((byte[])before.Get("icc-profile-data"), (byte[])after.Get("icc-profile-data"));
        Assert.Equal(before.Xres, after.Xres, 3);
        Assert.Equal(before[3].WriteToMemory<ushort>(), after[3].WriteToMemory<ushort>());
        Assert.NotEqual(before[0].WriteToMemory<ushort>(), after[0].WriteToMemory<ushort>());
    }

    [Fact]
    public void A_jpeg_keeps_its_exif_and_a_turned_one_comes_out_upright()
    {
        using var plain = Pictures.Vips(Pictures.Slopes(3, 24, 31));
        using var tagged = plain.Mutate(target =>
        {
            target.Set(GValue.RefStrType, "exif-ifd0-Copyright", "A. Painter (A. Painter, ASCII, 11 components, 11 bytes)");
            target.Set(GValue.GIntType, "orientation", 6);
        });
        Directory.CreateDirectory(_folder["in"]);
        tagged.Jpegsave(_folder["in/a.jpg"]);
        Assert.Equal("1 done", Run("out", "in").Describe());
        using var after = Image.NewFromFile(_folder["out/a.jpg"]);
        Assert.StartsWith("A. Painter", (string)after.Get("exif-ifd0-Copyright"), StringComparison.Ordinal);
        Assert.Equal((24, 31, 1), (after.Width, after.Height, after.Get("orientation")));
    }

    [Theory]
    [InlineData(1, 1), InlineData(1, 50), InlineData(7, 3)]
    public void Tiny_files_are_cleaned_like_others(int height, int width)
    {
        ImageFile.Write(_folder["in/a.png"], TestModels.Noise(3, height, width, bitDepth: 16));
        Assert.Equal("1 done", Run("out", "in").Describe());
        var after = ImageFile.Read(_folder["out/a.png"]);
        Assert.Equal((new ImageShape(3, height, width), 16), (after.Shape, after.BitDepth));
    }

    [Fact]
    public void A_result_whose_name_is_a_folder_fails_and_leaves_no_temporary_file()
    {
        Picture("in/a.png");
        Directory.CreateDirectory(_folder["out/a.png"]);
        Assert.Equal("0 done, 1 failed", Run("out", "in").Describe());
        Assert.Empty(FilesIn("out"));
    }

    [Fact]
    public void A_picture_of_more_pixels_than_allowed_fails_before_it_is_decoded()
    {
        Picture("in/a.png");
        var options = To("out") with { MaxPixels = 24 * 31 - 1 };
        var result = DenoiseRun.Run(_denoiser, [_folder["in"]], options, cancellation: Never);
        Assert.Contains("more than the limit of 743", Assert.Single(result.Files).Reason, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
            DenoiseRun.Run(_denoiser, [_folder["in"]], options with { MaxPixels = 0 }, cancellation: Never));
    }

    [Fact]
    public void Of_several_pages_the_first_is_cleaned_and_that_is_said()
    {
        using (var pages = Pictures.Vips(TestModels.Noise(3, 48, 31)))
        using (var paged = pages.Mutate(target => target.Set(GValue.GIntType, "page-height", 24)))
        {
            Directory.CreateDirectory(_folder["in"]);
            paged.Tiffsave(_folder["in/a.tif"]);
        }
        var file = Assert.Single(Run("out", "in").Files);
        Assert.Equal(FileOutcome.Done, file.Outcome);
        Assert.Equal("it has 2 pages or frames; only the first is in the result", file.Reason);
        Assert.Equal([file.Reason!], Sidecar.Find(file.Output!)!.Remarks);
        Assert.Equal(24, ImageFile.Read(_folder["out/a.tif"]).Shape.Height);
    }

    [Fact]
    public void An_input_that_is_gone_when_its_turn_comes_fails_and_the_others_are_cleaned()
    {
        Picture("in/1.png");
        Picture("in/2.png");
        Picture("in/3.png");
        var progress = new TestModels.Progress<FileProgress>(_ => File.Delete(_folder["in/2.png"]));
        var result = DenoiseRun.Run(_denoiser, [_folder["in"]], To("out"), progress, Never);
        Assert.Equal("2 done, 1 failed", result.Describe());
        Assert.Contains("2.png", result.Files[1].Reason, StringComparison.Ordinal);
        Assert.Equal(["1.png", "1.png.json", "3.png", "3.png.json"], FilesIn("out"));
    }

    [Fact]
    public void A_grey_picture_stays_grey()
    {
        ImageFile.Write(_folder["in/a.png"], TestModels.Noise(1, 24, 31));
        Assert.Equal("1 done", Run("out", "in").Describe());
        using var after = Image.NewFromFile(_folder["out/a.png"]);
        Assert.Equal(1, after.Bands);
    }

    [Fact]
    public void A_network_of_one_size_writes_pictures_of_that_size()
    {
        Picture("in/a.png");
        var network = Architectures.Create("feed-forward", new ImageShape(1, 12, 12));
        network.Initialise(1);
        var preprocessing = new Preprocessing { Resize = 12, Crop = 12, Channels = 1 };
        using var denoiser = new Denoiser(new ModelBundle(ModelTask.Reconstruct, network, preprocessing));
        var result = DenoiseRun.Run(denoiser, [_folder["in"]], To("out"), cancellation: Never);
        Assert.Equal(new ImageShape(3, 12, 12), ImageFile.Read(result.Files.Single().Output!).Shape);
    }

    [Fact]
    public void Cancelling_keeps_what_is_finished_and_leaves_nothing_half_written()
    {
        Picture("in/1.png");
        Picture("in/2.png");
        Picture("in/3.png");
        using var cancellation = new CancellationTokenSource();
        var progress = new TestModels.Progress<FileProgress>(report =>
        {
            if (report is { Finished: 1, Fraction: > 0, Result: null }) cancellation.Cancel(); // in the middle of the second
        });
        var result = DenoiseRun.Run(_denoiser, [_folder["in"]], To("out"), progress, cancellation.Token);
        Assert.Equal("1 done, cancelled", result.Describe());
        Assert.Equal(["1.png", "1.png.json"], FilesIn("out"));
    }

    [Fact]
    public void Progress_goes_from_nothing_to_all_and_never_back()
    {
        Picture("in/1.png");
        File.WriteAllText(_folder["in/2.png"], "no image");
        var progress = new TestModels.Progress<FileProgress>();
        DenoiseRun.Run(_denoiser, [_folder["in"]], To("out"), progress, Never);
        var overall = progress.Reports.Select(report => report.Overall).ToArray();
        Assert.Equal((0, 1), (overall[0], overall[^1]));
        Assert.Equal(overall.Order(), overall);
        var outcomes = progress.Reports.Select(report => report.Result?.Outcome).OfType<FileOutcome>();
        Assert.Equal([FileOutcome.Done, FileOutcome.Failed], outcomes);
        Assert.Equal(TimeSpan.Zero, progress.Reports[^1].Remaining);
        Assert.Null(progress.Reports[0].Remaining);
    }
}
