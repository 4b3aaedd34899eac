using System.Runtime.InteropServices;
using System.Text;
using NetVips;
using Pentimento.Imaging;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>From TIFF to TIFF: resolution and colour, further channels, layers and thumbnails.</summary>
public sealed class TiffMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_resolution_is_invented_and_one_without_unit_keeps_its_ratio()
    {
        Assert.DoesNotContain(Cleaned(Picture(3, 8), out _), entry => TiffTags.OfResolution.Contains(entry.Tag));
        var ratio = Cleaned(Picture(3, 8, Fraction(282, 2, 1), Fraction(283, 1, 1), Short(296, 1)), out _);
        Assert.Equal(new Resolution(2, 1, ResolutionUnit.None), Resolution.OfTiff(ratio));
        FloatTiff.Write(_folder.File("map.tif"), [1, 2, 3, 4], 2, 2);
        Assert.DoesNotContain(Entries("map.tif"), entry => TiffTags.OfResolution.Contains(entry.Tag));
    }

    [Fact]
    public void Across_and_down_change_places_with_the_sides()
    {
        var entries = Cleaned(Picture(3, 8, Short(274, 6), Fraction(282, 600, 1), Fraction(283, 300, 7), Short(296, 3)), out _);
        Assert.Equal(new Resolution(300 / 7.0, 600, ResolutionUnit.Centimetre), Resolution.OfTiff(entries));
        Assert.Equal([1, 0], entries.FirstOrDefault(entry => entry.Tag == 274)?.Content ?? [1, 0]);
    }

    [Theory, InlineData(8, 1), InlineData(8, 3), InlineData(16, 1)]
    public void Descriptions_of_colour_stay(int bitDepth, int curves)
    {
        var curve = new TiffEntry(301, 3, (long)curves << bitDepth, new byte[2 * curves << bitDepth]);
        var white = new TiffEntry(318, 5, 2, [.. Words(3127, 10000, 3290, 10000)]);
        var primaries = new TiffEntry(319, 5, 6, [.. Words(64, 100, 33, 100, 21, 100, 71, 100, 15, 100, 6, 100)]);
        var place = Fraction(286, 3, 2);
        var entries = Cleaned(Picture(3, bitDepth, curve, white, primaries, place), out var remarks);
        foreach (var expected in new[] { curve, white, primaries, place })
            Assert.Equal(expected.Content, entries.Single(entry => entry.Tag == expected.Tag).Content);
        Assert.Empty(remarks);
    }

    [Fact]
    public void A_curve_for_another_depth_is_left_out_and_said()
    {
        var entries = Cleaned(Picture(3, 8, new TiffEntry(301, 3, 16, new byte[32])), out var remarks);
        Assert.DoesNotContain(entries, entry => entry.Tag == 301);
        Assert.Contains("tag 301", Assert.Single(remarks));
    }

    [Theory]
    [InlineData(4, new[] { 0 }), InlineData(4, new[] { 2 }), InlineData(5, new[] { 0, 2 }), InlineData(5, new[] { 2, 0 }),
        InlineData(6, new[] { 0, 0, 0 }), InlineData(2, new[] { 0 })]
    public void Further_channels_keep_their_values_and_what_they_mean(int channels, int[] meaning)
    {
        foreach (var bitDepth in new[] { 8, 16 })
        {
            var said = new TiffEntry(338, 3, meaning.Length, [.. meaning.SelectMany(m => new byte[] { (byte)m, 0 })]);
            var content = Picture(channels, bitDepth, said);
            var entries = Cleaned(content, out var remarks);
            Assert.Equal(meaning, entries.Single(entry => entry.Tag == 338).Content.Where((_, i) => i % 2 == 0).Select(b => (int)b));
            using var before = Image.NewFromFile(_folder.File("original.tif"));
            using var after = Image.NewFromFile(_folder.File("out.tif"));
            Assert.Equal(0, (before - after).Abs().Max());
            Assert.Equal(meaning.Contains(0), remarks.Length == 1);
        }
    }

    [Fact]
    public void Infrared_is_not_seen_through()
    {
        var path = _folder.Write("a.tif", Picture(4, 8, new TiffEntry(338, 3, 1, [0, 0])));
        var plain = _folder.Write("b.tif", Picture(3, 8));
        var (read, colours) = (ImageFile.Read(path), ImageFile.Read(path, new ImageReadOptions { Alpha = AlphaRule.Ignore }));
        Assert.Equal(0, Pictures.LargestDifference(read, colours));
        Assert.Equal(ImageFile.Read(plain).Shape, read.Shape);
        Assert.Contains("has no place", Assert.Single(ImageFile.WriteLike(path, read, _folder.File("a.png"))));
        Assert.False(Image.NewFromFile(_folder.File("a.png")).HasAlpha());
    }

    [Fact]
    public void Layers_thumbnails_and_previews_stay_behind()
    {
        var jpeg = JpegFixture.Plain(8, 8);
        var iptc = JpegFixture.Resource(1028, [0x1C, 2, 80, 0, 1, 77]);
        byte[] resources = [.. JpegFixture.Resource(1036, [.. new byte[28], .. jpeg]), .. iptc];
        var xmp = Encoding.UTF8.GetBytes(JpegFixture.Xmp("xmp:Rating=\"4\"", JpegFixture.Thumbnails(jpeg)));
        var entries = Cleaned(
            Picture(3, 8, Bytes(37724, [.. "Adobe Photoshop Document Data Block\0"u8, .. new byte[9000]]), Bytes(34377, resources),
                Bytes(700, xmp), Bytes(65002, [1, .. jpeg]), Bytes(65003, [1, 2, 3, 4, 5])),
            out var remarks);
        Assert.DoesNotContain(entries, entry => entry.Tag is 37724 or 65002);
        Assert.Equal(iptc, entries.Single(entry => entry.Tag == 34377).Content);
        Assert.DoesNotContain("/9j/", Encoding.UTF8.GetString(entries.Single(entry => entry.Tag == 700).Content));
        Assert.Equal([1, 2, 3, 4, 5], entries.Single(entry => entry.Tag == 65003).Content);
        Assert.Equal(["its Photoshop layers are left out: they show the old picture", "the tag 65002 is a preview and left out"], remarks);
        Assert.Equal(-1, File.ReadAllBytes(_folder.File("out.tif")).AsSpan().IndexOf(jpeg));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_thumbnail_that_comes_first_is_not_the_picture(bool isOld)
    {
        var thumbnail = isOld ? Short(255, 2) : new TiffEntry(254, 4, 1, [1, 0, 0, 0]);
        byte[] content = Join(Picture(1, 8, thumbnail, Text(271, "Scanner")), Picture(3, 8));
        var path = _folder.Write("original.tif", content);
        Assert.Equal(3, ImageFile.Read(path, new ImageReadOptions { Channels = null }).Shape.Channels);
        using (var reader = ImageRowReader.Open(path, new ImageReadOptions { Channels = null }))
        {
            Assert.Equal(3, reader.Shape.Channels);
            Assert.Empty(reader.Remarks);
        }
        Assert.Contains(Cleaned(content, out _), entry => entry.Tag == 271);
    }

    [Fact]
    public void A_thumbnail_that_comes_later_is_no_page_and_a_second_picture_is()
    {
        string[] Remarks(byte[] content)
        {
            using var reader = ImageRowReader.Open(_folder.Write("a.tif", content), new ImageReadOptions { Channels = null });
            return [.. reader.Remarks];
        }
        var thumbnail = Picture(1, 8, new TiffEntry(254, 4, 1, [1, 0, 0, 0]));
        Assert.Empty(Remarks(Join(Picture(3, 8), thumbnail)));
        Assert.Equal(["it has 2 pages or frames; only the first is in the result"],
            Remarks(Join(Join(Picture(3, 8), thumbnail), Picture(1, 8))));
    }

    [Fact]
    public void A_picture_below_its_thumbnail_is_found()
    {
        using var first = Pictures.Vips(Pictures.Slopes(3, 64, 64));
        var pyramid = first.TiffsaveBuffer(pyramid: true, subifd: true, tile: true, tileWidth: 16, tileHeight: 16);
        using (var file = new MemoryStream())
        {
            file.Write(pyramid);
            TiffDirectory.Change(file, [], [new TiffEntry(254, 4, 1, [1, 0, 0, 0])]);
            var page = TiffPage.Of(file)!;
            // Those below are reduced too, so that the first stays; without their mark the first of them is the picture.
            Assert.Equal((0, (int?)null), (page.Index, page.Below));
            var bytes = file.ToArray();
            for (var at = 0; at + 12 <= bytes.Length; at += 2)
                if (bytes.AsSpan(at, 12).SequenceEqual<byte>([254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0]) && at < bytes.Length - 400)
                    bytes[at + 8] = 0;
            page = TiffPage.Of(new MemoryStream(bytes))!;
            Assert.Equal((0, (int?)0), (page.Index, page.Below));
            Assert.Equal(new ImageShape(3, 32, 32), ImageFile.Decode(bytes, "a.tif").Shape);
        }
    }

    // A strip, a directory and its values, little-endian and uncompressed; more entries replace or add to the least there must be.
    private static byte[] Picture(int channels, int bitDepth, params TiffEntry[] more)
    {
        const int width = 20, height = 12;
        var samples = Pictures.Slopes(channels, height, width, bitDepth);
        var pixels = samples.Samples8 ?? MemoryMarshal.AsBytes(samples.Samples16.AsSpan()).ToArray();
        var file = new MemoryStream();
        file.Write([.. "II"u8, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        var at = (uint)file.Length;
        file.Write(pixels);
        TiffEntry[] least =
        [
            Long(256, width), Long(257, height),
            new(258, 3, channels, [.. Enumerable.Repeat(new byte[] { (byte)bitDepth, 0 }, channels).SelectMany(b => b)]),
            Short(259, 1), Short(262, channels < 3 ? 1 : 2), Long(273, at), Short(277, channels), Long(278, height),
            Long(279, (uint)pixels.Length),
        ];
        TiffDirectory.Change(file, [], [.. least, .. more]);
        return file.ToArray();
    }

    // The directories of the second file behind those of the first, with all places in it moved.
    private static byte[] Join(byte[] first, byte[] second)
    {
        using var a = Image.TiffloadBuffer(first);
        var file = new MemoryStream();
        file.Write([.. first, .. new byte[first.Length & 1]]);
        var offset = (uint)file.Length;
        var moved = (byte[])second.Clone();
        var at = BitConverter.ToInt32(moved, 4);
        int count = BitConverter.ToUInt16(moved, at);
        for (var row = at + 2; row < at + 2 + 12 * count; row += 12)
        {
            var (tag, type) = (BitConverter.ToUInt16(moved, row), BitConverter.ToUInt16(moved, row + 2));
            if (tag == 273 || TiffEntry.SizeOf(type) * BitConverter.ToUInt32(moved, row + 4) > 4)
                BitConverter.GetBytes(BitConverter.ToUInt32(moved, row + 8) + offset).CopyTo(moved, row + 8);
        }
        file.Write(moved);
        var whole = file.ToArray();
        var link = BitConverter.ToInt32(whole, 4);
        while (true) // the last directory's link
        {
            link += 2 + 12 * BitConverter.ToUInt16(whole, link);
            if (BitConverter.ToInt32(whole, link) == 0) break;
            link = BitConverter.ToInt32(whole, link);
        }
        BitConverter.GetBytes(offset + (uint)at).CopyTo(whole, link);
        return whole;
    }

    private static TiffEntry Long(ushort tag, uint value) => new(tag, 4, 1, BitConverter.GetBytes(value));

    private static TiffEntry Short(ushort tag, int value) => new(tag, 3, 1, [(byte)value, (byte)(value >> 8)]);

    private static TiffEntry Bytes(ushort tag, byte[] value) => new(tag, 7, value.Length, value);

    private static TiffEntry Text(ushort tag, string value) => new(tag, 2, value.Length + 1, [.. Encoding.ASCII.GetBytes(value), 0]);

    private static TiffEntry Fraction(ushort tag, int a, int b) => new(tag, 5, 1, Words(a, b));

    private static byte[] Words(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private IReadOnlyList<TiffEntry> Cleaned(byte[] content, out string[] remarks)
    {
        var path = _folder.Write("original.tif", content);
        var image = ImageFile.Read(path, new ImageReadOptions { Channels = null, Alpha = AlphaRule.Ignore });
        remarks = [.. ImageFile.WriteLike(path, image, _folder.File("out.tif"))];
        return Entries("out.tif");
    }

    private IReadOnlyList<TiffEntry> Entries(string name)
    {
        using var file = File.OpenRead(_folder.File(name));
        return TiffDirectory.Read(file)!;
    }
}
