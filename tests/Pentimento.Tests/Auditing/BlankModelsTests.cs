using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;

namespace Pentimento.Tests.Auditing;

public sealed class BlankModelsTests : IDisposable
{
    private const int Each = 24;
    private static readonly SeparationOptions s_options = new() { Permutations = 199 };
    private readonly Pentimento.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Another_jpeg_quality_is_found_in_the_file_and_in_the_pixels()
    {
        var models = Compare((image, path) => SyntheticPaintings.WriteJpeg(image, path, 92),
            (image, path) => SyntheticPaintings.WriteJpeg(image, path, 40));
        Found(models, "JPEG quality", BlankKind.File, 1);
        Found(models, "bytes per pixel", BlankKind.Trace, 0.95);
        Found(models, "8×8 blockiness", BlankKind.Trace, 0.95);
        Assert.Contains("width", models.Same);
        Found(models, "file header", BlankKind.File, 1); // libjpeg's colours are at half the resolution below 90
    }

    [Fact]
    public void Pictures_that_were_compressed_once_and_written_as_png_are_still_found()
    {
        var models = Compare((image, path) => ImageFile.Write(path + ".png", image),
            (image, path) => ImageFile.Write(path + ".png", JpegRoundTrip.Of(image, 40)));
        Found(models, "8×8 blockiness", BlankKind.Trace, 0.95);
    }

    [Fact]
    public void Five_percent_more_brightness_is_found_in_the_levels()
    {
        var models = Compare((image, path) => ImageFile.Write(path + ".png", image),
            (image, path) => ImageFile.Write(path + ".png", SyntheticPaintings.Brighter(image, 1.05)));
        Found(models, "fine structure of the levels", BlankKind.Trace, 0.99);
    }

    [Fact]
    public void A_little_blur_is_found()
    {
        var models = Compare((image, path) => ImageFile.Write(path + ".png", image),
            (image, path) => ImageFile.Write(path + ".png", GaussianBlur.Of(image, 0.7)));
        Found(models, "noise level", BlankKind.Picture, 0.95);
    }

    [Fact]
    public void Another_size_is_found_in_the_file()
    {
        var models = Compare((image, path) => ImageFile.Write(path + ".png", image),
            (image, path) => ImageFile.Write(path + ".png", BilinearResize.Apply(image, 56, 56)));
        Found(models, "width", BlankKind.File, 1);
        Assert.Contains("aspect (width / height)", models.Same);
    }

    [Fact]
    public void Another_program_is_found_by_the_header_it_writes()
    {
        void Progressive(RasterImage image, string path)
        {
            using var picture = Imaging.Pictures.Vips(image);
            picture.Jpegsave(path + ".jpg", q: 92, interlace: true);
        }
        var models = Compare((image, path) => SyntheticPaintings.WriteJpeg(image, path, 92), Progressive);
        Found(models, "file header", BlankKind.File, 1);
        Assert.Contains("progressive", models.Models.Single(m => m.Name == "file header").Difference!, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_found_where_one_set_was_dealt_out_at_random()
    {
        using var images = Open(SyntheticPaintings.Folder(_folder["all"], Enumerable.Range(0, 2 * Each)));
        var facts = Enumerable.Range(0, images.Count).Select(i => PictureFacts.Of(images, i)).ToArray();
        int[] fold = [.. Enumerable.Range(0, facts.Length).Select(i => i % 5)];
        var found = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            bool[] positive = [.. Enumerable.Range(0, facts.Length).Select(i => i < Each)];
            new Random(seed).Shuffle(positive);
            if (BlankModels.Test(facts, positive, fold, s_options).Models.Any(m => m.PValue <= 0.01)) found++;
        }
        Assert.Equal(0, found);
    }

    [Fact]
    public void One_pixel_and_grey_pictures_can_be_measured()
    {
        foreach (var (name, value) in new[] { ("a", 10), ("b", 200) })
            for (var i = 0; i < 3; i++)
                ImageFile.Write(_folder[$"{name}/{i}.png"], new RasterImage(new ImageShape(1, 1, 1), [(byte)(value + i)]));
        using var normal = Open(_folder["a"]);
        using var other = Open(_folder["b"]);
        var models = BlankModels.Run(normal, [0, 1, 2], other, [0, 1, 2], 5, s_options, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(1, models.Models.Single(m => m.Name == "brightness").Auroc.Estimate);
    }

    [Fact]
    public void A_single_picture_is_refused()
    {
        SyntheticPaintings.Folder(_folder["a"], [1]);
        SyntheticPaintings.Folder(_folder["b"], [2, 3]);
        using var normal = Open(_folder["a"]);
        using var other = Open(_folder["b"]);
        var error = Assert.Throws<ArgumentException>(() => BlankModels.Run(normal, [0], other, [0, 1], 5));
        Assert.Contains("at least 2", error.Message, StringComparison.Ordinal);
    }

    private BlankModels Compare(Action<RasterImage, string> first, Action<RasterImage, string> second)
    {
        using var normal = Open(SyntheticPaintings.Folder(_folder["normal"], Enumerable.Range(0, Each), first));
        using var other = Open(SyntheticPaintings.Folder(_folder["other"], Enumerable.Range(Each, Each), second));
        return BlankModels.Run(normal, [.. Enumerable.Range(0, Each)], other, [.. Enumerable.Range(0, Each)], 5, s_options,
            cancel: TestContext.Current.CancellationToken);
    }

    private static void Found(BlankModels models, string name, BlankKind kind, double auroc)
    {
        var model = models.Models.Single(m => m.Name == name);
        Assert.Equal(kind, model.Kind);
        Assert.True(model.PValue <= 0.01 && model.Auroc.Estimate >= auroc, $"{name}: AUROC {model.Auroc}, p {model.PValue}");
    }

    private static ImageDataset Open(string folder) =>
        ImageDataset.Open(folder, new ImageDatasetOptions { MixedSizes = true }, cancellation: TestContext.Current.CancellationToken);
}
