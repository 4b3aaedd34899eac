using System.Text;
using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>From JPEG to JPEG all stays that is not about how pixels are stored, and nothing that shows the old picture.</summary>
public sealed class JpegMetadataTests : IDisposable
{
    private static readonly byte[] s_thumbnail = JpegFixture.Plain(8, 8);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 300, 300), InlineData(1, 600, 300), InlineData(2, 118, 59), InlineData(0, 1, 1), InlineData(0, 2, 1)]
    public void The_resolution_of_JFIF_stays_whatever_its_unit(byte unit, ushort x, ushort y)
    {
        var result = Cleaned(JpegFixture.With(JpegFixture.Plain(), JpegFixture.Jfif(unit, x, y)), out _);
        Assert.Equal(JpegFixture.Jfif(unit, x, y)[4..], Assert.Single(JpegFixture.Contents(result, 0xE0, "JFIF\0"u8)));
    }

    [Fact]
    public void No_resolution_is_invented()
    {
        var result = Cleaned(JpegFixture.Plain(), out var remarks);
        Assert.Empty(JpegFixture.Contents(result, 0xE0, []));
        Assert.Empty(JpegFixture.Contents(result, 0xE1, []));
        Assert.Empty(remarks);
    }

    [Theory]
    [InlineData(6, true), InlineData(8, true), InlineData(5, true), InlineData(3, false), InlineData(1, false)]
    public void Across_and_down_change_places_with_the_sides(ushort orientation, bool isTurned)
    {
        foreach (var bigEndian in new[] { false, true })
        {
            var block = JpegFixture.Exif(orientation, [1, 2, 3, 4], s_thumbnail, bigEndian);
            var result = Cleaned(
                JpegFixture.With(JpegFixture.Plain(), JpegFixture.Jfif(1, 240, 120), JpegFixture.ExifSegment(block)), out _);
            var upright = Exif(result);
            byte Number(int at) => upright[bigEndian ? at + 3 : at]; // of one byte, in four
            byte Short(int at) => upright[bigEndian ? at + 1 : at];
            Assert.Equal(1, Short(22 + 8));
            var (first, second) = isTurned ? (318, 310) : (310, 318);
            Assert.Equal(first, 256 * Short16(upright, 34 + 8, bigEndian).High + Short16(upright, 34 + 8, bigEndian).Low);
            Assert.Equal(second, 256 * Short16(upright, 46 + 8, bigEndian).High + Short16(upright, 46 + 8, bigEndian).Low);
            Assert.Equal((isTurned ? 48 : 32, isTurned ? 32 : 48),
                (isTurned ? Short(114 + 8) : Number(114 + 8), isTurned ? Number(126 + 8) : Short(126 + 8)));
            var jfif = Assert.Single(JpegFixture.Contents(result, 0xE0, "JFIF\0"u8));
            Assert.Equal(isTurned ? (120, 240) : (240, 120), (jfif[9], jfif[11]));
        }
    }

    [Fact]
    public void Maker_notes_stay_where_they_are_to_the_byte_and_thumbnails_in_them_and_after_them_are_blank()
    {
        byte[] note = [.. "OLYMPUS\0II"u8, 3, 0, .. new byte[] { 9, 8, 7, 6, 5 }, .. s_thumbnail, 1, 2, 3];
        var block = JpegFixture.Exif(1, note, s_thumbnail);
        var upright = Exif(Cleaned(JpegFixture.With(JpegFixture.Plain(), JpegFixture.ExifSegment(block)), out var remarks));
        var expected = (byte[])block.Clone();
        expected.AsSpan(82, 4).Clear(); // the link to the thumbnail's directory
        expected.AsSpan(400 + 17, s_thumbnail.Length).Clear();
        expected.AsSpan(400 + note.Length, s_thumbnail.Length).Clear();
        Assert.Equal(expected, upright);
        Assert.Empty(remarks);
    }

    [Fact]
    public void Thumbnails_stay_behind_wherever_they_are()
    {
        byte[] small = [2, 1, 10, 20, 30, 40, 50, 60]; // of two pixels
        byte[] resolution = [0, 240, 0, 0, 0, 1, 0, 2, 0, 120, 0, 0, 0, 1, 0, 2];
        byte[] resources =
        [
            .. JpegFixture.Resource(1036, [.. new byte[28], .. s_thumbnail]), .. JpegFixture.Resource(1005, resolution),
            .. JpegFixture.Resource(1033, [.. new byte[28], .. s_thumbnail]), .. JpegFixture.Resource(1028, [0x1C, 2, 80, 0, 1, 77]),
            .. JpegFixture.Resource(4000, s_thumbnail),
        ];
        var result = Cleaned(
            JpegFixture.With(
                JpegFixture.Plain(), JpegFixture.Jfif(1, 72, 72, small),
                JpegFixture.Segment(0xE0, [.. "JFXX\0"u8, 0x10, .. s_thumbnail]),
                JpegFixture.Segment(0xED, [.. "Photoshop 3.0\0"u8, .. resources]),
                JpegFixture.Segment(0xE4, [.. "any\0"u8, .. s_thumbnail]),
                JpegFixture.Segment(0xE5, [.. "other\0"u8, 1, 2, 3])),
            out var remarks);
        Assert.Equal(JpegFixture.Jfif(1, 72, 72)[4..], Assert.Single(JpegFixture.Contents(result, 0xE0, [])));
        Assert.Equal<byte>(
            [.. "Photoshop 3.0\0"u8, .. JpegFixture.Resource(1005, resolution), .. JpegFixture.Resource(1028, [0x1C, 2, 80, 0, 1, 77])],
            Assert.Single(JpegFixture.Contents(result, 0xED, [])));
        Assert.Empty(JpegFixture.Contents(result, 0xE4, []));
        Assert.Equal<byte>([.. "other\0"u8, 1, 2, 3], Assert.Single(JpegFixture.Contents(result, 0xE5, [])));
        Assert.Equal(["a preview (APP4) is left out"], remarks);
    }

    [Fact]
    public void Comments_and_a_profile_in_parts_stay()
    {
        var profile = AdobeRgb.Profile();
        var result = Cleaned(
            JpegFixture.With(
                JpegFixture.Plain(), JpegFixture.Segment(0xFE, "Accession 1887/12"u8.ToArray()),
                JpegFixture.Segment(0xE2, [.. "ICC_PROFILE\0"u8, 1, 2, .. profile[..200]]),
                JpegFixture.Segment(0xE2, [.. "ICC_PROFILE\0"u8, 2, 2, .. profile[200..]]), JpegFixture.Segment(0xFE, [0xE9, 1])),
            out _);
        Assert.Equal([[.. "Accession 1887/12"u8], [0xE9, 1]], JpegFixture.Contents(result, 0xFE, []));
        using var vips = Image.NewFromBuffer(result);
        Assert.Equal(profile, (byte[])vips.Get("icc-profile-data"));
    }

    [Fact]
    public void XMP_over_64_kB_stays_with_its_extension_and_without_pictures_in_it()
    {
        var words = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"word{i} "));
        var extension = JpegFixture.Xmp("", $"<dc:description>{words}</dc:description>{JpegFixture.Thumbnails(s_thumbnail)}");
        var (segments, old) = JpegFixture.Extended(
            name => JpegFixture.Xmp($"xmp:Rating=\"4\" xmpNote:HasExtendedXMP=\"{name}\""), extension);
        var original = JpegFixture.With(JpegFixture.Plain(), segments);
        var result = Cleaned(original, out _);

        var packet = Text(Assert.Single(JpegFixture.Contents(result, 0xE1, JpegFixture.XmpName)), JpegFixture.XmpName.Length);
        var parts = JpegFixture.Contents(result, 0xE1, JpegFixture.ExtensionName);
        var name = Text(parts[0], JpegFixture.ExtensionName.Length)[..32];
        Assert.NotEqual(old, name); // it is made of the content
        Assert.Contains($"xmpNote:HasExtendedXMP=\"{name}\"", packet);
        Assert.Contains("xmp:Rating=\"4\"", packet);
        var whole = string.Concat(parts.Select(part => Text(part, JpegFixture.ExtensionName.Length + 40)));
        Assert.Contains(words, whole);
        Assert.DoesNotContain("/9j/", whole);

        // Without anything to change it stays to the byte; where there is no limit of size, it becomes one.
        var (plain, _) = JpegFixture.Extended(
            n => JpegFixture.Xmp($"xmpNote:HasExtendedXMP=\"{n}\""), JpegFixture.Xmp("", $"<dc:description>{words}</dc:description>"));
        var kept = Cleaned(JpegFixture.With(JpegFixture.Plain(), plain), out _);
        Assert.Equal(plain[0][4..], Assert.Single(JpegFixture.Contents(kept, 0xE1, JpegFixture.XmpName)));
        Assert.Equal(JpegFixture.Xmp("", $"<dc:description>{words}</dc:description>"),
            string.Concat(JpegFixture.Contents(kept, 0xE1, JpegFixture.ExtensionName)
                .Select(part => Text(part, JpegFixture.ExtensionName.Length + 40))));
        Cleaned(JpegFixture.With(JpegFixture.Plain(), plain), out _, "out.png");
        using var png = Image.NewFromFile(_folder.File("out.png"));
        Assert.Contains(words, Encoding.UTF8.GetString((byte[])png.Get("xmp-data")));
    }

    [Fact]
    public void A_gain_map_stays_behind_with_all_that_speaks_of_it_and_this_is_said()
    {
        var xmp = JpegFixture.Xmp("hdrgm:Version=\"1.0\" xmp:Rating=\"3\"",
            "<Container:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><Container:Item/></rdf:li></rdf:Seq></Container:Directory>");
        byte[] original =
        [
            .. JpegFixture.With(
                JpegFixture.Plain(), JpegFixture.XmpSegment(xmp), JpegFixture.Segment(0xE2, [.. "MPF\0"u8, 1, 2, 3]),
                JpegFixture.Segment(0xE2, [.. "urn:iso:std:iso:ts:21496:-1\0"u8, 0, 0])), .. s_thumbnail,
        ];
        var result = Cleaned(original, out var remarks);
        Assert.Equal(["its HDR gain map is left out"], remarks);
        Assert.Empty(JpegFixture.Contents(result, 0xE2, []));
        var left = Text(Assert.Single(JpegFixture.Contents(result, 0xE1, [])), 0);
        Assert.DoesNotContain("Version", left);
        Assert.DoesNotContain("Container:Directory", left);
        Assert.Contains("xmp:Rating=\"3\"", left);
    }

    [Fact]
    public void What_lies_behind_the_picture_is_said_and_padding_is_not()
    {
        string[] Remarks(params byte[] behind)
        {
            Cleaned([.. JpegFixture.Plain(), .. behind], out var remarks);
            return remarks;
        }
        Assert.Empty(Remarks(new byte[300]));
        Assert.Equal(["further pictures in the file are left out"], Remarks(s_thumbnail));
        Assert.Equal(["the film behind the picture is left out"], Remarks([0, 0, 0, 24, .. "ftypmp42"u8, 1, 2, 3]));
        Assert.Equal(["8 bytes behind the picture are left out"], Remarks([.. "SEFTdata"u8]));
    }

    [Fact]
    public void Content_credentials_stay_behind_and_this_is_said()
    {
        var result = Cleaned(
            JpegFixture.With(JpegFixture.Plain(), JpegFixture.Segment(0xEB, [.. "JP"u8, 0, 1, 0, 0, 0, 1, .. s_thumbnail])),
            out var remarks);
        Assert.Empty(JpegFixture.Contents(result, 0xEB, []));
        Assert.Contains("content credentials", Assert.Single(remarks));
    }

    [Fact]
    public void A_TIFF_with_much_XMP_gets_it_into_a_JPEG()
    {
        var words = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"word{i} "));
        using (var vips = Pictures.Vips(Pictures.Slopes(3, 16, 16)))
        using (var tagged = vips.Mutate(m => m.Set(GValue.BlobType, "xmp-data",
            Encoding.UTF8.GetBytes(JpegFixture.Xmp("", $"<dc:description>{words}</dc:description>")))))
            tagged.Tiffsave(_folder.File("a.tif"));
        ImageFile.WriteLike(_folder.File("a.tif"), ImageFile.Read(_folder.File("a.tif")), _folder.File("b.jpg"));
        var result = File.ReadAllBytes(_folder.File("b.jpg"));
        Assert.Contains("HasExtendedXMP", Text(Assert.Single(JpegFixture.Contents(result, 0xE1, JpegFixture.XmpName)), 0));
        Assert.Equal(2, JpegFixture.Contents(result, 0xE1, JpegFixture.ExtensionName).Length);
    }

    private static (byte High, byte Low) Short16(byte[] bytes, int at, bool bigEndian) =>
        bigEndian ? (bytes[at + 2], bytes[at + 3]) : (bytes[at + 1], bytes[at]);

    private static byte[] Exif(byte[] jpeg) => Assert.Single(JpegFixture.Contents(jpeg, 0xE1, "Exif\0\0"u8))[6..];

    private static string Text(byte[] content, int from) => Encoding.UTF8.GetString(content.AsSpan(from));

    private byte[] Cleaned(byte[] original, out string[] remarks, string output = "out.jpg")
    {
        var path = _folder.Write("original.jpg", original);
        remarks = [.. ImageFile.WriteLike(path, ImageFile.Read(path), _folder.File(output))];
        return File.ReadAllBytes(_folder.File(output));
    }
}
