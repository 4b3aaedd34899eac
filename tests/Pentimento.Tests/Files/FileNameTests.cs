using System.Text;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Files;

/// <summary>Names as long as file systems take.</summary>
public sealed class FileNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_ending_that_fits_is_put_behind_the_name() =>
        Assert.Equal(Path.Combine("a", "b.tif.json"), FileName.With(Path.Combine("a", "b.tif"), ".json"));

    [Theory]
    [InlineData(250, true)]
    [InlineData(251, false)]
    public void A_name_is_shortened_just_where_its_ending_no_longer_fits(int length, bool fits)
    {
        var path = Path.Combine("a", new string('x', length));
        var made = FileName.With(path, ".json");
        Assert.Equal(fits, made == path + ".json");
        Assert.Equal(255, FileName.Length(Path.GetFileName(made)));
        if (!fits) Assert.Matches("^x{233}~[0-9a-f]{16}[.]json$", Path.GetFileName(made));
    }

    [Fact]
    public void Names_with_an_ending_stay_within_what_file_systems_take_and_apart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems count units of UTF-16.");
        string[] names = [.. new[] { "1", "2" }.Select(end => new string('é', 124) + end + ".tiff")];
        string[] made = [.. names.Select(name => FileName.With(Path.Combine("a", name), ".compare.png"))];
        Assert.Equal(2, made.Distinct().Count());
        Assert.All(made, path =>
        {
            Assert.Equal("a", Path.GetDirectoryName(path));
            Assert.EndsWith(".compare.png", path, StringComparison.Ordinal);
            Assert.InRange(Encoding.UTF8.GetByteCount(Path.GetFileName(path)), 254, 255); // whole letters
        });
    }

    [Theory]
    [InlineData(221)]
    [InlineData(255)]
    public void A_file_of_a_long_name_is_written_whole(int length)
    {
        var path = _folder[new string('x', length - 4) + ".txt"];
        AtomicFile.WriteText(path, "one");
        AtomicFile.WriteText(path, "two");
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_name_that_no_file_system_takes_is_refused_in_words_before_anything_is_written()
    {
        var written = false;
        var path = _folder[new string('x', 256)];
        var e = Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => written = true));
        Assert.Equal($"Cannot write '{path}': its name has 256 bytes, more than the 255 that file systems take.", e.Message);
        Assert.False(written);
    }

    [Theory]
    [InlineData(".png", 230)]
    [InlineData(".jpg", 255)]
    public void Pictures_of_long_names_are_cleaned_compared_and_skipped_afterwards(string extension, int length)
    {
        var name = new string('x', length - 4) + extension;
        ImageFile.Write(_folder["in/" + name], TestModels.Noise(3, 24, 31));
        using var denoiser = TestModels.Denoiser(3);
        var options = new DenoiseRunOptions { OutputFolder = _folder["out"], ComparisonFolder = _folder["compare"] };
        string Run() => DenoiseRun.Run(
            denoiser, [_folder["in"]], options, cancellation: TestContext.Current.CancellationToken).Describe();
        Assert.Equal(("1 done", "0 done, 1 skipped"), (Run(), Run()));
        Assert.NotNull(Sidecar.Find(_folder["out/" + name]));
        Assert.Equal(2, Directory.GetFiles(_folder["out"]).Length);
        Assert.Single(Directory.GetFiles(_folder["compare"], "*.compare.png"));
    }

    [Fact]
    public void A_result_whose_name_grows_too_long_fails_in_one_line_and_the_rest_is_done()
    {
        var name = new string('x', 251) + ".gif";
        ImageFile.Write(_folder["in/a.png"], TestModels.Noise(3, 24, 31));
        File.WriteAllBytes(_folder["in/" + name], NetVips.Image.Black(8, 8).GifsaveBuffer());
        using var denoiser = TestModels.Denoiser(3);
        var result = DenoiseRun.Run(
            denoiser, [_folder["in"]], new DenoiseRunOptions { OutputFolder = _folder["out"] },
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("1 done, 1 failed", result.Describe());
        Assert.EndsWith(
            "its name has 259 bytes, more than the 255 that file systems take.", result.Files[1].Reason!, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder["out"]).Length);
    }
}
