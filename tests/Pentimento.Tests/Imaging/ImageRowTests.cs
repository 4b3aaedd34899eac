using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class ImageRowTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.tif", 3, 16, 40), InlineData("a.tif", 1, 8, 1), InlineData("a.png", 3, 8, 7), InlineData("a.png", 1, 16, 100)]
    [InlineData("a.webp", 3, 8, 33)]
    public void What_is_written_by_rows_is_read_by_rows(string name, int channels, int bitDepth, int rowsAtOnce)
    {
        var picture = Pictures.Slopes(channels, 100, 37, bitDepth);
        Write(name, picture, rowsAtOnce);
        Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(folder.File(name), channels)));
        Assert.Equal(0, Pictures.LargestDifference(picture, Read(name, rowsAtOnce)));
    }

    [Fact]
    public void Sixteen_bit_becomes_8_in_a_JPEG()
    {
        Write("a.jpg", Pictures.Slopes(3, 40, 30, 16), 16);
        Assert.InRange(Pictures.LargestDifference(Pictures.Slopes(3, 40, 30), Read("a.jpg", 40)), 0, 9);
    }

    [Theory]
    [InlineData(8, 21), InlineData(10, 30), InlineData(12, 30)]
    public void What_AVIF_holds_in_memory_is_known_before_it_is_decoded(int bits, int bytesPerPixel)
    {
        using var vips = Pictures.Vips(Pictures.Slopes(3, 60, 40, bits == 8 ? 8 : 16));
        folder.Write("a.avif", vips.HeifsaveBuffer(bitdepth: bits, compression: Enums.ForeignHeifCompression.Av1, effort: 0));
        using var reader = ImageRowReader.Open(folder.File("a.avif"), new ImageReadOptions { Channels = null });
        Assert.Equal(60 * 40 * bytesPerPixel, reader.HeldBytes);
    }

    [Theory]
    [InlineData("a.tif"), InlineData("a.png"), InlineData("a.webp")]
    public void Rows_with_alpha_are_those_of_the_whole_picture(string name)
    {
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(4, 60, 30), Pictures.Slopes(1, 60, 120).Samples8!));
        folder.Write(name, name == "a.tif" ? vips.TiffsaveBuffer() : name == "a.png" ? vips.PngsaveBuffer() : vips.WebpsaveBuffer());
        foreach (var rule in new[] { AlphaRule.Ignore, AlphaRule.OverWhite })
        {
            var whole = ImageFile.Read(folder.File(name), new ImageReadOptions { Alpha = rule });
            Assert.Equal(0, Pictures.LargestDifference(whole, Read(name, 7, rule)));
        }
    }

    [Fact]
    public void A_turned_picture_is_read_upright_by_rows()
    {
        using var tagged = Pictures.Vips(Pictures.Slopes(3, 20, 50)).Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        folder.Write("a.tif", tagged.TiffsaveBuffer());
        Assert.Equal(0, Pictures.LargestDifference(ImageFile.Read(folder.File("a.tif")), Read("a.tif", 11)));
    }

    [Fact]
    public void A_file_that_is_cut_off_fails_at_its_row_and_names_itself()
    {
        Write("a.tif", new RasterImage(new ImageShape(3, 300, 200), RandomBytes(180_000)), 300);
        var content = File.ReadAllBytes(folder.File("a.tif"));
        using var vips = Image.NewFromBuffer(content);
        var plain = vips.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.None);
        // The directory of an uncompressed file comes last; a PNG's header comes first.
        var png = vips.PngsaveBuffer();
        folder.Write("cut.png", png[..(png.Length / 2)]);
        folder.Write("cut.tif", plain[..(plain.Length / 2)]);
        Assert.Contains("cut.png", Assert.Throws<InvalidDataException>(() => Read("cut.png", 10)).Message);
        Assert.Contains("cut.tif", Assert.Throws<InvalidDataException>(() => Read("cut.tif", 10)).Message);
    }

    [Fact]
    public void A_stream_that_cannot_be_written_is_its_own_error()
    {
        using var full = new FullStream();
        var e = Assert.Throws<IOException>(() =>
        {
            using var writer = new ImageRowWriter(full, "a.png", new ImageShape(3, 500, 500), 8, null, false);
            for (var i = 0; i < 500; i++)
                writer.Write(new RasterImage(new ImageShape(3, 1, 500), RandomBytes(1500, seed: i)));
            writer.Complete();
        });
        Assert.Equal("no space left", e.Message);
    }

    [Fact]
    public void A_writer_that_is_not_completed_ends()
    {
        using var stream = new MemoryStream();
        using var writer = new ImageRowWriter(stream, "a.tif", new ImageShape(1, 10, 10), 8, null, false);
        writer.Write(Pictures.Slopes(1, 3, 10));
    }

    private static byte[] RandomBytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void Write(string name, RasterImage picture, int rowsAtOnce)
    {
        using var stream = File.Create(folder.File(name));
        using var writer = new ImageRowWriter(stream, name, picture.Shape, picture.BitDepth, null, false);
        var (channels, height, width) = picture.Shape;
        for (var top = 0; top < height; top += rowsAtOnce)
        {
            var rows = new ImageShape(channels, Math.Min(rowsAtOnce, height - top), width);
            int from = top * width * channels, count = (int)rows.Count;
            writer.Write(picture.Samples8 is { } bytes ? new RasterImage(rows, bytes[from..(from + count)])
                : new RasterImage(rows, picture.Samples16![from..(from + count)]));
        }
        writer.Complete();
    }

    private RasterImage Read(string name, int rowsAtOnce, AlphaRule alpha = AlphaRule.OverWhite)
    {
        using var reader = ImageRowReader.Open(folder.File(name), new ImageReadOptions { Channels = null, Alpha = alpha });
        var image = reader.BitDepth == 8 ? new RasterImage(reader.Shape, new byte[reader.Shape.Count])
            : new RasterImage(reader.Shape, new ushort[reader.Shape.Count]);
        for (var top = 0; top < reader.Shape.Height; top += rowsAtOnce)
            reader.Read(image, top, Math.Min(rowsAtOnce, reader.Shape.Height - top));
        return image;
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > 100_000) throw new IOException("no space left");
            base.Write(buffer, offset, count);
        }
    }
}
