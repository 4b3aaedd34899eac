using System.Buffers.Binary;
using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

/// <summary>Every bad file is one line that names it, and never half a picture.</summary>
public sealed class DamagedImageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, double> Cuts()
    {
        var data = new TheoryData<string, double>();
        foreach (var name in new[] { "a.jpg", "progressive.jpg", "a.png", "a.tif", "tiles.tif", "a.webp", "a.avif", "a.gif" })
            foreach (var kept in new[] { 0.02, 0.3, 0.6, 0.97 })
                data.Add(name, kept);
        return data;
    }

    [Theory, MemberData(nameof(Cuts))]
    public void A_truncated_file_is_refused(string name, double kept)
    {
        var content = Content(name);
        Assert.Equal(new ImageShape(3, 200, 160), ImageFile.Read(folder.Write(name, content)).Shape);
        var e = Refused(name, content[..(int)(content.Length * kept)]);
        Assert.InRange(e.Message.Length, 20, 400);
    }

    [Theory, InlineData("a.jpg"), InlineData("a.png"), InlineData("a.webp")]
    public void Damage_in_the_middle_is_refused(string name)
    {
        var content = Content(name);
        // JPEG has no checksum: damage shows where the code words break, which a third of the file does.
        new Random(1).NextBytes(content.AsSpan(content.Length / 2, name == "a.jpg" ? content.Length / 3 : 60));
        Refused(name, content);
    }

    [Fact]
    public void Trailing_bytes_after_a_JPEG_are_no_damage()
    {
        var content = Content("a.jpg").Concat(new byte[5000]).ToArray();
        Assert.Equal(new ImageShape(3, 200, 160), ImageFile.Read(folder.Write("a.jpg", content)).Shape);
    }

    [Fact]
    public void A_text_file_is_no_image() =>
        Assert.Contains("no JPEG, PNG", Refused("a.jpg", "This is not a picture, whatever its name says."u8.ToArray()).Message);

    [Fact]
    public void Formats_that_only_libvips_would_read_are_no_images() =>
        Assert.Contains("no JPEG, PNG", Refused("a.png", "1,2\n3,4\n"u8.ToArray()).Message);

    [Fact]
    public void An_empty_file_is_named_as_such() => Assert.EndsWith("the file is empty", Refused("a.png", []).Message);

    [Fact]
    public void A_folder_is_named_as_such() =>
        Assert.Contains("a folder", Assert.Throws<InvalidDataException>(() => ImageFile.Read(folder.File("."))).Message);

    [Theory, InlineData("no.jpg"), InlineData("no/such/folder.png")]
    public void A_missing_file_is_named(string name)
    {
        var e = Assert.Throws<FileNotFoundException>(() => ImageFile.Read(folder.File(name)));
        Assert.Equal($"{folder.File(name)}: there is no such file", e.Message);
    }

    [Fact]
    public void Absurd_sizes_are_refused_before_decoding()
    {
        var content = Content("a.png");
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(29), Crc32(content.AsSpan(12, 17)));
        Assert.Contains("60000×60000 pixels are more than the limit", Refused("bomb.png", content).Message);
    }

    [Fact]
    public void The_pixel_limit_can_be_set()
    {
        var path = folder.Write("a.png", Content("a.png"));
        ImageFile.Read(path, new ImageReadOptions { MaxPixels = 32_000 });
        Assert.Throws<InvalidDataException>(() => ImageFile.Read(path, new ImageReadOptions { MaxPixels = 31_999 }));
        Assert.Throws<ArgumentException>(() => ImageFile.Read(path, new ImageReadOptions { MaxPixels = 0 }));
        Assert.Throws<ArgumentException>(() => ImageFile.Read(path, channels: 2));
    }

    [Fact]
    public void HEVC_coded_HEIC_says_what_to_do()
    {
        // A header is enough: libheif recognises the brand and then finds no decoder.
        byte[] header = [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[64]];
        Assert.Contains("convert it to JPEG, PNG or AVIF", Refused("a.heic", header).Message);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }

    private InvalidDataException Refused(string name, byte[] content)
    {
        var path = folder.Write("bad-" + name, content);
        var e = Assert.Throws<InvalidDataException>(() => ImageFile.Read(path));
        Assert.StartsWith(path + ": ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        return e;
    }

    private static byte[] Content(string name)
    {
        using var vips = Pictures.Vips(Pictures.Slopes(3, 200, 160));
        return name switch
        {
            "a.jpg" => vips.JpegsaveBuffer(q: 90),
            "progressive.jpg" => vips.JpegsaveBuffer(q: 90, interlace: true),
            "a.png" => vips.PngsaveBuffer(),
            "a.tif" => vips.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate),
            "tiles.tif" => vips.TiffsaveBuffer(tile: true, tileWidth: 64, tileHeight: 64),
            "a.webp" => vips.WebpsaveBuffer(lossless: true),
            "a.avif" => vips.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1, effort: 0),
            _ => vips.GifsaveBuffer(),
        };
    }
}
