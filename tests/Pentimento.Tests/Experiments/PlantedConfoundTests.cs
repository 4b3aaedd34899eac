using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Tests.Auditing;

namespace Pentimento.Tests.Experiments;

/// <summary>
/// The check of docs/audit.md: pictures are dealt into two halves at random, one half is changed in a way that has nothing to do
/// with what it shows, and the audit has to find that; where nothing is changed it has to find nothing.
/// </summary>
public sealed class PlantedConfoundTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("JPEG 40")]
    [InlineData("5 % brighter")]
    [InlineData("blurred")]
    [InlineData("made smaller and large again")]
    [InlineData(null)]
    public void On_generated_pictures_the_whole_audit_finds_what_was_planted_and_nothing_else(string? planted)
    {
        void Half(string name, int first, string? change) => SyntheticPaintings.Folder(
            _folder[name], Enumerable.Range(first, 24), (image, path) => Write(image, path, change, asPng: true));
        Half("normal", 0, null);
        Half("other", 24, planted);
        var audit = DetectorAudit.Run(
            new DetectorAuditOptions
            {
                Normal = _folder["normal"],
                Other = _folder["other"],
                Size = 48,
                Folds = 3,
                SensitivityPictures = 0,
                Permutations = 199,
            },
            cancel: TestContext.Current.CancellationToken).Result;
        AssertFound(audit.Blank, planted);
        Assert.Equal(planted is null, audit.Conclusion.Any(
            said => said.StartsWith("No confound was found", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("JPEG 40")]
    [InlineData("5 % brighter")]
    [InlineData("blurred")]
    [InlineData("made smaller and large again")]
    [InlineData(null)]
    public void On_paintings_of_one_artist_it_is_found_through_a_later_compression_and_random_halves_are_alike(string? planted)
    {
        const int half = 80;
        var folder = SharedData.Find("paintings", "vangogh");
        string[] files = [.. Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).Take(2 * half)];
        new Random(1).Shuffle(files);
        foreach (var (i, file) in files.Index())
        {
            var set = Directory.CreateDirectory(_folder[i < half ? "normal" : "other"]).FullName;
            Write(ImageFile.Read(file), Path.Combine(set, $"{i:D3}"), i < half ? null : planted, asPng: false);
        }
        using var normal = Open(_folder["normal"]);
        using var other = Open(_folder["other"]);
        int[] all = [.. Enumerable.Range(0, half)];
        AssertFound(BlankModels.Run(
            normal, all, other, all, 5, new SeparationOptions { Permutations = 199 },
            cancel: TestContext.Current.CancellationToken), planted);
    }

    private static void AssertFound(BlankModels blank, string? planted)
    {
        var found = blank.Models.Where(m => m.PValue <= AuditConclusion.Level).ToArray();
        if (planted is null) Assert.Empty(found.Select(m => $"{m.Name}: p = {m.PValue}"));
        else Assert.True(found.Length > 0, string.Join(", ", blank.Models.Take(3).Select(m => $"{m.Name}: p = {m.PValue}")));
    }

    private static void Write(RasterImage image, string path, string? change, bool asPng)
    {
        var changed = change switch
        {
            "5 % brighter" => SyntheticPaintings.Brighter(image, 1.05),
            "blurred" => GaussianBlur.Of(image, 1),
            "made smaller and large again" => BilinearResize.Apply(
                BilinearResize.Apply(image, image.Shape.Height * 3 / 4, image.Shape.Width * 3 / 4), image.Shape.Height,
                image.Shape.Width),
            _ => image,
        };
        if (change == "JPEG 40") SyntheticPaintings.WriteJpeg(changed, path, 40);
        else if (asPng) ImageFile.Write(path + ".png", changed);
        else SyntheticPaintings.WriteJpeg(changed, path, 92);
    }

    private static ImageDataset Open(string folder) => ImageDataset.Open(
        folder, new ImageDatasetOptions { MixedSizes = true }, cancellation: TestContext.Current.CancellationToken);
}
