using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class ImageFileReadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    [InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void The_orientation_tag_is_applied(int orientation)
    {
        // 48×32, dark but for one bright block at the top left, as stored.
        var stored = new byte[32 * 48];
        for (var y = 0; y < 16; y++) Array.Fill(stored, (byte)255, y * 48, 16);
        using var plain = Image.NewFromMemory(stored, 48, 32, 1, Enums.BandFormat.Uchar);
        using var tagged = plain.Copy(interpretation: Enums.Interpretation.Bw)
            .Mutate(m => m.Set(GValue.GIntType, "orientation", orientation));
        (string, byte[])[] files =
            [("a.jpg", tagged.JpegsaveBuffer()), ("a.tif", tagged.TiffsaveBuffer()), ("a.png", tagged.PngsaveBuffer())];
        foreach (var (name, content) in files)
        {
            var image = ImageFile.Read(folder.Write(name, content), channels: 1);
            var turned = orientation > 4;
            Assert.Equal(turned ? new ImageShape(1, 48, 32) : new ImageShape(1, 32, 48), image.Shape);
            // EXIF 2.32: where the stored top left corner (row 0, column 0) is meant to be seen.
            var (bottom, right) = orientation switch
            {
                1 or 5 => (false, false),
                2 or 6 => (false, true),
                3 or 7 => (true, true),
                _ => (true, false),
            };
            int Corner(bool b, bool r) => Pictures.Value(image, b ? image.Shape.Height - 3 : 2, r ? image.Shape.Width - 3 : 2, 0);
            Assert.True(Corner(bottom, right) > 240, $"{name}: orientation {orientation}");
            Assert.True(Corner(!bottom, !right) < 15, $"{name}: orientation {orientation}");
        }
    }

    [Theory, InlineData(1), InlineData(3)]
    public void PNG_and_TIFF_keep_16_bit_exactly(int channels)
    {
        var deep = Pictures.Slopes(channels, 21, 34, 16);
        using var vips = Pictures.Vips(deep);
        foreach (var (name, content) in new[] { ("a.png", vips.PngsaveBuffer()), ("a.tif", vips.TiffsaveBuffer()) })
            Assert.Equal(0, Pictures.LargestDifference(deep, ImageFile.Read(folder.Write(name, content), channels)));
    }

    [Fact]
    public void Grey_becomes_colour_by_repetition()
    {
        var grey = Pictures.Slopes(1, 9, 7);
        using var vips = Pictures.Vips(grey);
        var colour = ImageFile.Read(folder.Write("a.png", vips.PngsaveBuffer()));
        Assert.Equal(new ImageShape(3, 9, 7), colour.Shape);
        for (var i = 0; i < colour.Samples8!.Length; i++) Assert.Equal(grey.Samples8![i / 3], colour.Samples8[i]);
    }

    [Fact]
    public void Transparency_is_laid_over_white_or_left_out()
    {
        byte[] pixels = [10, 20, 30, 0, 10, 20, 30, 255, 10, 20, 30, 128];
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(4, 1, 3), pixels));
        foreach (var (name, content) in new[] { ("a.png", vips.PngsaveBuffer()), ("a.tif", vips.TiffsaveBuffer()) })
        {
            var path = folder.Write(name, content);
            var over = ImageFile.Read(path).Samples8!;
            Assert.Equal([255, 255, 255, 10, 20, 30], over[..6]);
            Assert.InRange(over[6], 131, 133);
            var stored = ImageFile.Read(path, new ImageReadOptions { Alpha = AlphaRule.Ignore });
            Assert.Equal([10, 20, 30, 10, 20, 30, 10, 20, 30], stored.Samples8!);
        }
    }

    [Fact]
    public void Transparency_of_16_bit_grey_is_laid_over_white()
    {
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(2, 1, 2), new ushort[] { 1000, 0, 1000, 65535 }));
        var image = ImageFile.Read(folder.Write("a.png", vips.PngsaveBuffer()), channels: 1);
        Assert.Equal(new ushort[] { 65535, 1000 }, image.Samples16!);
    }

    [Fact]
    public void A_palette_becomes_its_colours()
    {
        byte[] pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(3, 2, 2), pixels));
        var content = vips.PngsaveBuffer(palette: true);
        Assert.Equal(3, content[25]); // the colour type of the PNG header: indexed
        Assert.Equal(pixels, ImageFile.Read(folder.Write("a.png", content)).Samples8!);
        Assert.Equal(pixels, ImageFile.Read(folder.Write("a.gif", vips.GifsaveBuffer())).Samples8!);
    }

    [Fact]
    public void One_bit_TIFF_becomes_black_and_white()
    {
        byte[] pixels = [0, 255, 255, 0, 0, 255];
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(1, 2, 3), pixels));
        Assert.Equal(pixels, ImageFile.Read(folder.Write("a.tif", vips.TiffsaveBuffer(bitdepth: 1)), channels: 1).Samples8!);
    }

    [Fact]
    public void Floating_point_TIFF_on_the_unit_scale_becomes_16_bit()
    {
        using var vips = Image.NewFromMemory(new[] { 0f, 0.5f, 1f }, 3, 1, 1, Enums.BandFormat.Float);
        var grey = ImageFile.Read(folder.Write("a.tif", vips.TiffsaveBuffer()), channels: 1);
        Assert.Equal(new ushort[] { 0, 32768, 65535 }, grey.Samples16!);
        using var colour = vips.Bandjoin(vips, vips);
        Assert.Equal(new ImageShape(3, 1, 3), ImageFile.Read(folder.Write("c.tif", colour.TiffsaveBuffer())).Shape);
    }

    [Theory, InlineData(255f), InlineData(float.NaN), InlineData(-0.1f)]
    public void Floating_point_TIFF_of_unknown_scale_is_refused(float value)
    {
        using var vips = Image.NewFromMemory(new[] { 0f, value }, 1, 2, 1, Enums.BandFormat.Float);
        var e = Assert.Throws<InvalidDataException>(() => ImageFile.Read(folder.Write("a.tif", vips.TiffsaveBuffer())));
        Assert.Contains("from 0 to 1", e.Message);
        Assert.Contains("row 1", e.Message);
    }

    [Theory, InlineData("a.jpg"), InlineData("a.tif")]
    public void CMYK_becomes_sRGB_through_a_profile(string name)
    {
        // White paper, full cyan, full black ink.
        var patches = new byte[4 * 3 * 16 * 16];
        for (var i = 0; i < 16 * 48; i++)
        {
            patches[4 * i] = (byte)(i % 48 / 16 == 1 ? 255 : 0);
            patches[4 * i + 3] = (byte)(i % 48 / 16 == 2 ? 255 : 0);
        }
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(4, 16, 48), patches), Enums.Interpretation.Cmyk);
        var image = ImageFile.Read(folder.Write(name, name == "a.jpg" ? vips.JpegsaveBuffer(q: 95) : vips.TiffsaveBuffer()));
        Assert.Equal(new ImageShape(3, 16, 48), image.Shape);
        Assert.Equal(8, image.BitDepth);
        Assert.All([0, 1, 2], c => Assert.True(Pictures.Value(image, 8, 8, c) > 240));
        Assert.True(Pictures.Value(image, 8, 24, 0) < 90 && Pictures.Value(image, 8, 24, 2) > 180);
        Assert.All([0, 1, 2], c => Assert.True(Pictures.Value(image, 8, 40, c) < 70));
    }

    [Fact]
    public void Colours_are_converted_to_sRGB_only_on_request()
    {
        var picture = new RasterImage(new ImageShape(3, 1, 1), new byte[] { 200, 40, 40 });
        using var red = Pictures.Vips(picture);
        // Display P3 is wider than sRGB: the same numbers there are a stronger red.
        using var wide = red.IccTransform("p3", inputProfile: "srgb", embedded: false);
        var path = folder.Write("a.png", wide.PngsaveBuffer());
        var stored = ImageFile.Read(path);
        Assert.True(stored.Samples8![0] < 195, "as stored, P3 numbers");
        Assert.InRange(Pictures.LargestDifference(picture, ImageFile.Read(path, toSrgb: true)), 0, 2);
    }

    [Fact]
    public void Conversion_to_sRGB_keeps_16_bit_and_alpha_apart()
    {
        ushort[] pixels = [51400, 10280, 10280, 65535, 51400, 10280, 10280, 0];
        using var red = Pictures.Vips(new RasterImage(new ImageShape(4, 1, 2), pixels));
        using var wide = red.IccTransform("p3", inputProfile: "srgb", embedded: false, depth: 16);
        var image = ImageFile.Read(folder.Write("a.png", wide.PngsaveBuffer()), toSrgb: true).Samples16!;
        Assert.InRange(image[0], 51400 - 60, 51400 + 60);
        Assert.InRange(image[1], 10280 - 60, 10280 + 60);
        Assert.Equal(new ushort[] { 65535, 65535, 65535 }, image[3..]);
    }

    [Fact]
    public void A_profile_that_does_not_fit_the_picture_is_passed_over()
    {
        var picture = Pictures.Slopes(3, 8, 8);
        using var vips = Pictures.Vips(picture).Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", new byte[200]));
        var path = folder.Write("a.tif", vips.TiffsaveBuffer());
        Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(path, toSrgb: true)));
    }

    [Fact]
    public void WebP_and_AVIF_are_read()
    {
        var picture = Pictures.Slopes(3, 40, 60);
        using var vips = Pictures.Vips(picture);
        var webp = folder.Write("a.webp", vips.WebpsaveBuffer(lossless: true));
        Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(webp)));
        var avif = vips.HeifsaveBuffer(q: 90, compression: Enums.ForeignHeifCompression.Av1, effort: 0);
        Assert.InRange(Pictures.LargestDifference(picture, ImageFile.Read(folder.Write("a.avif", avif))), 0, 24);
    }

    [Fact]
    public void White_in_a_12_bit_AVIF_is_white_in_16_bit()
    {
        var white = new RasterImage(new ImageShape(3, 16, 16), Enumerable.Repeat(ushort.MaxValue, 768).ToArray());
        using var vips = Pictures.Vips(white);
        var avif = vips.HeifsaveBuffer(bitdepth: 12, lossless: true, compression: Enums.ForeignHeifCompression.Av1, effort: 0);
        var image = ImageFile.Read(folder.Write("a.avif", avif));
        Assert.Equal(16, image.BitDepth);
        Assert.InRange(Pictures.LargestDifference(white, image), 0, 32);
    }

    [Fact]
    public void A_single_pixel_is_an_image()
    {
        foreach (var bitDepth in new[] { 8, 16 })
        {
            var pixel = Pictures.Slopes(3, 1, 1, bitDepth);
            using var vips = Pictures.Vips(pixel);
            Assert.Equal(0, Pictures.LargestDifference(pixel, ImageFile.Read(folder.Write("a.png", vips.PngsaveBuffer()))));
        }
    }

    [Fact]
    public void Many_threads_read_the_same_pictures()
    {
        var expected = Enumerable.Range(1, 8).Select(i => Pictures.Slopes(3, 30 * i, 40)).ToArray();
        var paths = expected.Select((picture, i) =>
        {
            using var vips = Pictures.Vips(picture);
            return folder.Write($"{i}.png", vips.PngsaveBuffer());
        }).ToArray();
        Parallel.For(0, 64, i => Assert.Equal(0, Pictures.LargestDifference(expected[i % 8], ImageFile.Read(paths[i % 8]))));
    }

    [Fact]
    public void The_content_decides_the_format_and_odd_names_are_just_names()
    {
        var picture = Pictures.Slopes(3, 5, 6);
        using var vips = Pictures.Vips(picture);
        var path = folder.Write("Gemälde 1[page=2].jpg", vips.PngsaveBuffer());
        Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(path)));
    }
}
