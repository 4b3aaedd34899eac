using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class TiffTagsTests : IDisposable
{
    private static readonly ushort[] s_storage = [256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 339];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false, false), InlineData(true, false), InlineData(false, true), InlineData(true, true)]
    public void A_16_bit_AdobeRGB_TIFF_keeps_pixels_profile_and_every_tag(bool bigEndian, bool isBig)
    {
        var picture = Pictures.Slopes(3, 21, 34, 16);
        var original = folder.Write("a.tif", new TiffFixture(bigEndian, isBig).Picture(picture, AdobeRgb.Profile()));
        var read = ImageFile.Read(original);
        Assert.Equal(0, Pictures.LargestDifference(picture, read));
        ImageFile.WriteLike(original, read, folder.File("b.tif"));

        Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(folder.File("b.tif"))));
        using var written = Image.NewFromFile(folder.File("b.tif"));
        Assert.Equal(AdobeRgb.Profile(), (byte[])written.Get("icc-profile-data"));
        var (before, after) = (Tags("a.tif"), Tags("b.tif"));
        Assert.Equal(before, after);
        // The values themselves, lest two wrong readings agree.
        Assert.Contains("282/5/1: 58020000 01000000", after);
        Assert.Contains("33434/5/1: 01000000 7D000000", after);
        Assert.Contains("37380/10/1: FFFFFFFF 03000000", after);
        Assert.Contains("34855/3/1: 9001", after);
        Assert.Contains("40965>1/2/4: 52393800", after);
        Assert.Contains("34853>2/5/3: 3B000000 01000000 36000000 01000000 00000000 01000000", after);
        Assert.Contains("33550/12/1: 00000000 0000D03F", after);
        Assert.Contains(after, tag => tag.StartsWith("700/", StringComparison.Ordinal));
        Assert.Contains(after, tag => tag.StartsWith("33723/", StringComparison.Ordinal));
        Assert.Equal(TiffFixture.Iptc, Entries("b.tif").Single(entry => entry.Tag == 33723).Content);
    }

    [Fact]
    public void EXIF_of_a_JPEG_gets_into_a_TIFF()
    {
        using var plain = Pictures.Vips(Pictures.Slopes(3, 16, 16));
        using var tagged = plain.Mutate(m =>
        {
            m.Set(GValue.GStrType, "exif-ifd0-Artist", "Edvard Munch");
            m.Set(GValue.GStrType, "exif-ifd2-ISOSpeedRatings", "400");
        });
        var original = folder.Write("a.jpg", tagged.JpegsaveBuffer());
        ImageFile.WriteLike(original, ImageFile.Read(original), folder.File("b.tif"));
        var entries = Entries("b.tif");
        Assert.Equal("Edvard Munch\0"u8.ToArray(), entries.Single(entry => entry.Tag == 315).Content);
        Assert.Equal([0x90, 1], entries.Single(entry => entry.Tag == 34665).Entries!.Single(entry => entry.Tag == 34855).Content);
    }

    [Fact]
    public void Directories_that_lead_nowhere_or_into_themselves_are_no_obstacle()
    {
        var fixture = new TiffFixture();
        var outside = new TiffFixture.Entry(65001, 4, 1_000_000, [0, 0, 0, 127]);
        var content = fixture.Picture(Pictures.Slopes(3, 4, 4, 16), AdobeRgb.Profile(), outside);
        for (var at = 0; at < content.Length - 12; at += 2) // EXIF leads back to the first directory
            if (content.AsSpan(at, 4).SequenceEqual<byte>([0x69, 0x87, 4, 0]))
                content.AsSpan(4, 4).CopyTo(content.AsSpan(at + 8));
        var original = folder.Write("a.tif", content);
        ImageFile.WriteLike(original, ImageFile.Read(original), folder.File("b.tif"));
        Assert.Equal(4, ImageFile.Read(folder.File("b.tif")).Shape.Height);
        Assert.DoesNotContain(Entries("b.tif"), entry => entry.Tag == 65001);
    }

    [Fact]
    public void What_is_no_TIFF_or_ends_early_has_no_tags()
    {
        Assert.Null(TiffDirectory.Read(new MemoryStream([])));
        Assert.Null(TiffDirectory.Read(new MemoryStream([.. "II"u8])));
        Assert.Null(TiffDirectory.Read(new MemoryStream(new byte[100])));
        Assert.Empty(TiffDirectory.Read(new MemoryStream([0x49, 0x49, 42, 0, 200, 0, 0, 0]))!);
    }

    private IReadOnlyList<TiffEntry> Entries(string name)
    {
        using var stream = File.OpenRead(folder.File(name));
        return TiffDirectory.Read(stream)!;
    }

    /// <summary>All tags but those on how the pixels are stored, one a line, with their values in groups of four bytes.</summary>
    private string[] Tags(string name) => [.. Lines("", Entries(name)).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(string above, IReadOnlyList<TiffEntry> entries) =>
        from entry in entries
        where above.Length > 0 || !s_storage.Contains(entry.Tag)
        from line in entry.Entries is { } below ? Lines($"{entry.Tag}>", below)
            : [$"{above.Replace("34665>", "")}{entry.Tag}/{entry.Type}/{entry.Count}: "
                + string.Join(' ', entry.Content.Chunk(4).Select(Convert.ToHexString))]
        select line;
}
