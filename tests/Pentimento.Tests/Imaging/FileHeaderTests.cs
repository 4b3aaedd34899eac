using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class FileHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(75)]
    [InlineData(95)]
    [InlineData(100)]
    public void The_quality_of_a_jpeg_is_read_from_its_tables(int quality)
    {
        var path = _folder.File("a.jpg");
        using (var picture = Pictures.Vips(Pictures.Slopes(3, 20, 30))) picture.Jpegsave(path, q: quality);
        Assert.Equal(quality, FileHeader.Read(path).JpegQuality);
        Assert.Equal(new FileInfo(path).Length, FileHeader.Read(path).Bytes);
    }

    [Fact]
    public void A_signature_names_layout_and_metadata()
    {
        string Signature(Action<Image, string> save, int channels = 3)
        {
            using var picture = Pictures.Vips(Pictures.Slopes(channels, 20, 30));
            save(picture, _folder.File("a.jpg"));
            return FileHeader.Read(_folder.File("a.jpg")).Signature;
        }
        var off = Enums.ForeignSubsample.Off;
        Assert.Equal("JPEG 4:2:0, Exif", Signature((p, f) => p.Jpegsave(f, q: 50)));
        Assert.StartsWith("JPEG 4:4:4", Signature((p, f) => p.Jpegsave(f, subsampleMode: off)), StringComparison.Ordinal);
        Assert.StartsWith("JPEG progressive 4:4:4", Signature((p, f) => p.Jpegsave(f, interlace: true, subsampleMode: off)),
            StringComparison.Ordinal);
        Assert.StartsWith("JPEG grey", Signature((p, f) => p.Jpegsave(f), channels: 1), StringComparison.Ordinal);
        Assert.Contains("tables of its own", Signature((p, f) => p.Jpegsave(f, q: 50, quantTable: 3)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "JPEG, JFIF without resolution, comment")]
    [InlineData(1, "JPEG, JFIF 96 dpi, comment")]
    [InlineData(2, "JPEG, JFIF 96 dots/cm, comment")]
    public void The_resolution_and_a_comment_are_part_of_it(byte unit, string expected)
    {
        byte[] jfif = [0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, unit, 0, 96, 0, 96, 0, 0];
        byte[] file = [0xFF, 0xD8, .. jfif, 0xFF, 0xFE, 0, 4, 65, 66, 0xFF, 0xD9];
        Assert.Equal(expected, FileHeader.Of(file, file.Length).Signature);
    }

    [Fact]
    public void A_signature_does_not_depend_on_the_picture()
    {
        string Of(RasterImage picture, string name)
        {
            ImageFile.Write(_folder.File(name), picture);
            return FileHeader.Read(_folder.File(name)).Signature;
        }
        foreach (var extension in new[] { "jpg", "png", "tif", "webp" })
            Assert.Equal(Of(Pictures.Slopes(3, 9, 9), $"a.{extension}"), Of(Pictures.Slopes(3, 50, 70), $"b.{extension}"));
        Assert.NotEqual(Of(Pictures.Slopes(3, 9, 9), "a.png"), Of(Pictures.Slopes(3, 9, 9, bitDepth: 16), "b.png"));
        Assert.Null(FileHeader.Read(_folder.File("a.png")).JpegQuality);
    }

    [Fact]
    public void A_cut_off_or_foreign_header_says_what_can_be_read()
    {
        ImageFile.Write(_folder.File("a.jpg"), Pictures.Slopes(3, 20, 30));
        var whole = File.ReadAllBytes(_folder.File("a.jpg"));
        for (var length = 0; length < Math.Min(whole.Length, 700); length++)
            Assert.NotEmpty(FileHeader.Of(whole.AsSpan(0, length), length).Signature);
        ImageFile.Write(_folder.File("a.png"), Pictures.Slopes(3, 20, 30));
        var png = File.ReadAllBytes(_folder.File("a.png"));
        for (var length = 0; length < 60; length++) Assert.NotEmpty(FileHeader.Of(png.AsSpan(0, length), length).Signature);
        Assert.Equal("unknown", FileHeader.Of("no image"u8, 8).Signature);
        Assert.Equal("unknown", FileHeader.Of([], 0).Signature);
    }
}
