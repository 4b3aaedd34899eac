using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using NetVips;
using Pentimento.Imaging;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>From PNG to PNG all stays that is not about how pixels are stored.</summary>
public sealed class PngMetadataTests : IDisposable
{
    private static readonly byte[] s_gamma = [0, 1, 0x86, 0xA0]; // 1.0: linear light
    private static readonly byte[] s_chromaticities = [.. Enumerable.Range(0, 8).SelectMany(i => new byte[] { 0, 0, 0x7A, (byte)i })];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(8), InlineData(16)]
    public void Colour_and_text_stay_to_the_byte(int bitDepth)
    {
        PngChunk[] chunks =
        [
            new("gAMA", s_gamma), new("cHRM", s_chromaticities), new("cICP", [9, 16, 0, 1]), new("tEXt", [.. "Author\0Jane Roe"u8]),
            new("zTXt", [.. "Copyright\0\0"u8, .. Zlib("Museum of X"u8)]), new("iTXt", [.. "Description\0\0\0de\0\0plate 12"u8]),
            new("iTXt", [.. "Title\0\x01\0\0\0"u8, .. Zlib("a title"u8)]), new("tIME", [7, 0xD0, 1, 2, 3, 4, 5]),
            new("oFFs", [0, 0, 0, 1, 0, 0, 0, 2, 0]),
            new("xyZw", [1, 2, 3]), // nobody's, and safe to copy by its letters
        ];
        var result = Cleaned(Png(bitDepth, chunks), out var remarks);
        foreach (var chunk in chunks) Assert.Contains(result, c => c.Type == chunk.Type && c.Content.SequenceEqual(chunk.Content));
        Assert.DoesNotContain(result, chunk => chunk.Type == "pHYs"); // libvips would invent one
        Assert.Empty(remarks);
    }

    [Theory]
    [InlineData(1, 11811, 11811), InlineData(1, 3937, 7874), InlineData(0, 2, 1)]
    public void The_resolution_stays_to_the_last_digit(byte unit, int x, int y)
    {
        var size = Size(unit, x, y);
        Assert.Equal(size, Cleaned(Png(8, new PngChunk("pHYs", size)), out _).Single(c => c.Type == "pHYs").Content);
    }

    [Fact]
    public void A_turned_picture_has_its_resolution_turned_and_its_EXIF_upright()
    {
        var block = JpegFixture.Exif(6, [1, 2, 3], JpegFixture.Plain(8, 8));
        var path = _folder.Write("original.png", Png(8, new("pHYs", Size(1, 3937, 7874)), new("eXIf", block)));
        Assert.Equal(new ImageShape(3, 30, 20), ImageFile.Read(path).Shape);
        var result = Cleaned(File.ReadAllBytes(path), out _);
        Assert.Equal(Size(1, 7874, 3937), result.Single(c => c.Type == "pHYs").Content);
        Assert.Equal(ExifBlock.Upright(block, isTurned: true), result.Single(c => c.Type == "eXIf").Content);
        Assert.Equal([1, 0], result.Single(c => c.Type == "eXIf").Content[30..32]);
    }

    [Fact]
    public void Profiles_as_text_lose_their_thumbnails_and_nothing_else()
    {
        var block = JpegFixture.Exif(1, [1, 2, 3], JpegFixture.Plain(8, 8));
        var iptc = JpegFixture.Resource(1028, [0x1C, 2, 80, 0, 1, 77]);
        byte[] resources = [.. JpegFixture.Resource(1036, [.. new byte[28], .. JpegFixture.Plain(8, 8)]), .. iptc];
        var result = Cleaned(
            Png(8, PngText.OfProfile("Raw profile type exif", [.. "Exif\0\0"u8, .. block]),
                PngText.OfProfile("Raw profile type iptc", resources)),
            out _);
        Assert.Equal(ExifBlock.Upright(block, false), result.Single(c => c.Type == "eXIf").Content);
        Assert.Equal(iptc, PngText.Of(result.Single(c => c.Type == "zTXt"), 1 << 20)!.Profile());
    }

    [Fact]
    public void XMP_loses_its_pictures_and_keeps_its_words()
    {
        var xmp = JpegFixture.Xmp("xmp:Rating=\"4\"", JpegFixture.Thumbnails(JpegFixture.Plain(8, 8)));
        byte[] packed = [.. "XML:com.adobe.xmp\0\x01\0\0\0"u8, .. Zlib(Encoding.UTF8.GetBytes(xmp))];
        var result = Cleaned(Png(8, new PngChunk("iTXt", packed)), out _);
        var words = PngText.Of(result.Single(c => c.Type == "iTXt"), 1 << 20)!.Text;
        Assert.Contains("xmp:Rating=\"4\"", words);
        Assert.DoesNotContain("/9j/", words);
    }

    [Fact]
    public void What_belongs_to_the_old_pixels_is_left_out_and_said()
    {
        var result = Cleaned(
            Png(8, new PngChunk("caBX", [1]), new PngChunk("abCD", [1]), new PngChunk("sBIT", [5, 6, 5]),
                new PngChunk("prVw", JpegFixture.Plain(8, 8))),
            out var remarks);
        Assert.DoesNotContain(result, chunk => chunk.Type is "caBX" or "abCD" or "sBIT" or "prVw");
        Assert.Equal(3, remarks.Length);
        Assert.Contains("C2PA", remarks[0]);
        Assert.Contains("'abCD'", remarks[1]);
    }

    [Fact]
    public void Frames_of_an_animation_are_said()
    {
        var path = _folder.Write("a.png", Png(8, new PngChunk("acTL", [0, 0, 0, 5, 0, 0, 0, 0])));
        using var reader = ImageRowReader.Open(path, new ImageReadOptions { Channels = null });
        Assert.Equal(["it has 5 pages or frames; only the first is in the result"], reader.Remarks);
    }

    [Fact]
    public void A_background_of_a_palette_becomes_a_colour()
    {
        var pixels = Enumerable.Range(0, 6).SelectMany(_ => new byte[] { 0, 0, 1, 2, 1, 0 }).ToArray(); // a filter and five pixels each
        byte[] header = [0, 0, 0, 5, 0, 0, 0, 6, 8, 3, 0, 0, 0];
        var stream = new MemoryStream();
        stream.Write(PngPieces.Signature);
        foreach (var chunk in new PngChunk[]
            {
                new("IHDR", header), new("PLTE", [1, 2, 3, 10, 20, 30, 100, 200, 250]), new("bKGD", [1]), new("IDAT", Zlib(pixels)),
                new("IEND", []),
            })
            PngPieces.Write(stream, chunk);
        Assert.Equal([0, 10, 0, 20, 0, 30], Cleaned(stream.ToArray(), out _).Single(c => c.Type == "bKGD").Content);
    }

    [Fact]
    public void Colours_that_were_converted_lose_the_description_of_the_old_ones()
    {
        using var vips = Pictures.Vips(Pictures.Slopes(3, 20, 30));
        using var tagged = vips.Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", Image.ProfileLoad("p3")));
        var path = _folder.Write("original.png", WithChunks(tagged.PngsaveBuffer(), new PngChunk("gAMA", s_gamma)));
        ImageFile.WriteLike(path, ImageFile.Read(path, toSrgb: true), _folder.File("out.png"), isSrgb: true);
        Assert.Null(Pieces("out.png").Find("gAMA"));

        // Nothing is converted where there is no profile, and then nothing is called sRGB.
        path = _folder.Write("original.png", Png(8, new PngChunk("gAMA", s_gamma)));
        ImageFile.WriteLike(path, ImageFile.Read(path, toSrgb: true), _folder.File("out.png"), isSrgb: true);
        Assert.Equal(s_gamma, Pieces("out.png").Find("gAMA"));
        Assert.Null(Pieces("out.png").Find("iCCP"));
    }

    private static byte[] Size(byte unit, int x, int y)
    {
        var size = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(size, x);
        BinaryPrimitives.WriteInt32BigEndian(size.AsSpan(4), y);
        size[8] = unit;
        return size;
    }

    private static byte[] Zlib(ReadOnlySpan<byte> content)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal)) zlib.Write(content);
        return packed.ToArray();
    }

    private static byte[] Png(int bitDepth, params PngChunk[] chunks)
    {
        using var vips = Pictures.Vips(Pictures.Slopes(3, 20, 30, bitDepth));
        return WithChunks(vips.PngsaveBuffer(keep: Enums.ForeignKeep.None), chunks);
    }

    private static byte[] WithChunks(byte[] png, params PngChunk[] chunks)
    {
        var stream = new MemoryStream();
        foreach (var chunk in chunks) PngPieces.Write(stream, chunk);
        var size = png.AsSpan().IndexOf("pHYs"u8) - 4; // libvips' own goes
        return [.. png[..33], .. stream.ToArray(), .. png[33..size], .. png[(size + 21)..]];
    }

    private IReadOnlyList<PngChunk> Cleaned(byte[] original, out string[] remarks)
    {
        var path = _folder.Write("original.png", original);
        var read = ImageFile.Read(path);
        remarks = [.. ImageFile.WriteLike(path, read, _folder.File("out.png"))];
        Assert.Equal(0, Pictures.LargestDifference(read, ImageFile.Read(_folder.File("out.png"))));
        return Pieces("out.png").Chunks;
    }

    private PngPieces Pieces(string name)
    {
        using var file = File.OpenRead(_folder.File(name));
        return PngPieces.Read(file);
    }
}
