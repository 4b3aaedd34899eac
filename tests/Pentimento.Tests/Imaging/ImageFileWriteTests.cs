using System.Text;
using NetVips;
using Pentimento.Imaging;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Tests.Imaging;

public sealed class ImageFileWriteTests : IDisposable
{
    private const string Xmp =
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        + "<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation=\"6\"/></rdf:RDF></x:xmpmeta>";

    // Photoshop's resource 0x0404 with one IPTC entry, by-line (2:80) "Munch".
    private static readonly byte[] Iptc =
        [.. "Photoshop 3.0\0"u8, .. "8BIM"u8, 4, 4, 0, 0, 0, 0, 0, 10, 0x1C, 2, 80, 0, 5, .. "Munch"u8];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.png", 8), InlineData("a.png", 16), InlineData("a.tif", 8), InlineData("a.TIFF", 16), InlineData("a.webp", 8)]
    public void Lossless_formats_give_back_every_value(string name, int bitDepth)
    {
        foreach (var channels in new[] { 1, 3 })
        {
            var picture = Pictures.Slopes(channels, 33, 21, bitDepth);
            ImageFile.Write(folder.File(name), picture);
            Assert.Equal(0, Pictures.LargestDifference(picture, ImageFile.Read(folder.File(name), channels)));
        }
    }

    [Fact]
    public void JPEG_is_close_and_keeps_full_colour_resolution()
    {
        var picture = Pictures.Slopes(3, 64, 48);
        ImageFile.Write(folder.File("a.jpg"), picture);
        Assert.InRange(Pictures.LargestDifference(picture, ImageFile.Read(folder.File("a.jpg"))), 0, 8);
        using var vips = Image.NewFromFile(folder.File("a.jpg"));
        Assert.Equal("4:4:4", vips.Get("jpeg-chroma-subsample"));
    }

    [Fact]
    public void Sixteen_bit_is_rounded_for_JPEG()
    {
        var picture = new RasterImage(new ImageShape(1, 8, 8), Enumerable.Repeat((ushort)(100 * 257 + 128), 64).ToArray());
        ImageFile.Write(folder.File("a.jpg"), picture);
        Assert.All(ImageFile.Read(folder.File("a.jpg"), 1).Samples8!, v => Assert.InRange(v, 99, 101));
    }

    [Theory, InlineData("a.bmp"), InlineData("a"), InlineData("a.heic")]
    public void Other_extensions_are_refused(string name)
    {
        var e = Assert.Throws<ArgumentException>(() => ImageFile.Write(folder.File(name), Pictures.Slopes(3, 2, 2)));
        Assert.Contains("none of .png", e.Message);
    }

    [Fact]
    public void A_size_that_the_format_cannot_hold_is_refused_and_leaves_nothing()
    {
        Assert.Throws<ArgumentException>(() => ImageFile.Write(folder.File("a.webp"), Pictures.Slopes(1, 1, 20_000)));
        Assert.False(File.Exists(folder.File("a.webp")));
    }

    [Theory, InlineData("out.jpg"), InlineData("out.png"), InlineData("out.tif"), InlineData("out.webp")]
    public void Metadata_goes_over_to_the_cleaned_picture_and_the_orientation_does_not(string output)
    {
        var original = folder.Write("original.jpg", Original(6).JpegsaveBuffer(q: 95));
        var upright = ImageFile.Read(original);
        Assert.Equal(new ImageShape(3, 48, 32), upright.Shape);
        ImageFile.WriteLike(original, upright, folder.File(output));

        Assert.Equal(upright.Shape, ImageFile.Read(folder.File(output)).Shape);
        Assert.InRange(Pictures.LargestDifference(upright, ImageFile.Read(folder.File(output))), 0, output == "out.jpg" ? 8 : 0);
        using var written = Image.NewFromFile(folder.File(output));
        Assert.Equal(Image.ProfileLoad("p3"), (byte[])written.Get("icc-profile-data"));
        Assert.Equal(1, written.Contains("orientation") ? written.Get("orientation") : 1);
        Assert.Contains("tiff:Orientation=\"1\"", Encoding.UTF8.GetString((byte[])written.Get("xmp-data")));
        if (output is "out.jpg" or "out.png" or "out.webp") Assert.StartsWith("Edvard", (string)written.Get("exif-ifd0-Artist"));
        if (output is not "out.webp") Assert.InRange(written.Xres, 11.7, 11.9);
        if (output is "out.jpg" or "out.tif") Assert.True(written.Contains("iptc-data"));
    }

    [Theory, InlineData("out.jpg"), InlineData("out.png"), InlineData("out.webp")]
    public void The_preview_of_the_old_picture_stays_behind(string output)
    {
        var original = Path.Combine(AppContext.BaseDirectory, "Fixtures", "pillow", "preview.jpg");
        using (var before = Image.NewFromFile(original)) Assert.True(before.Contains("jpeg-thumbnail-data"));
        ImageFile.WriteLike(original, ImageFile.Read(original), folder.File(output));
        using var written = Image.NewFromFile(folder.File(output));
        Assert.False(written.Contains("jpeg-thumbnail-data"));
        Assert.DoesNotContain(written.GetFields(), field => field.StartsWith("exif-ifd1", StringComparison.Ordinal));
        Assert.StartsWith("Edvard", (string)written.Get("exif-ifd0-Artist"));
    }

    [Fact]
    public void Depth_profile_and_alpha_of_a_16_bit_PNG_stay()
    {
        var deep = Pictures.Slopes(3, 12, 10, 16);
        var alpha = Pictures.Slopes(1, 12, 10, 16);
        using var colour = Pictures.Vips(deep);
        using var mask = Pictures.Vips(alpha);
        using var joined = colour.Bandjoin(mask).Mutate(m => m.Set(GValue.BlobType, "icc-profile-data", Image.ProfileLoad("p3")));
        var original = folder.Write("original.png", joined.PngsaveBuffer());
        var read = ImageFile.Read(original, new ImageReadOptions { Alpha = AlphaRule.Ignore });
        Assert.Equal(0, Pictures.LargestDifference(deep, read));

        ImageFile.WriteLike(original, read, folder.File("out.tif"));
        using var written = Image.NewFromFile(folder.File("out.tif"));
        Assert.Equal((4, Enums.BandFormat.Ushort), (written.Bands, written.Format));
        Assert.Equal(alpha.Samples16!, written[3].WriteToMemory<ushort>());
        Assert.Equal(Image.ProfileLoad("p3"), (byte[])written.Get("icc-profile-data"));
    }

    [Fact]
    public void A_JPEG_of_a_transparent_picture_lies_over_white()
    {
        using var vips = Pictures.Vips(new RasterImage(new ImageShape(4, 16, 16), new byte[1024]));
        var original = folder.Write("original.png", vips.PngsaveBuffer());
        var stored = ImageFile.Read(original, new ImageReadOptions { Alpha = AlphaRule.Ignore });
        ImageFile.WriteLike(original, stored, folder.File("out.jpg"));
        Assert.All(ImageFile.Read(folder.File("out.jpg")).Samples8!, v => Assert.Equal(255, v));
    }

    [Fact]
    public void A_picture_converted_to_sRGB_gets_an_sRGB_profile()
    {
        var original = folder.Write("original.jpg", Original(1).JpegsaveBuffer());
        ImageFile.WriteLike(original, ImageFile.Read(original, toSrgb: true), folder.File("out.png"), isSrgb: true);
        using var written = Image.NewFromFile(folder.File("out.png"));
        Assert.Equal(Image.ProfileLoad("srgb"), (byte[])written.Get("icc-profile-data"));
    }

    [Fact]
    public void A_profile_for_colour_is_not_given_to_a_grey_picture()
    {
        var original = folder.Write("original.jpg", Original(1).JpegsaveBuffer());
        ImageFile.WriteLike(original, ImageFile.Read(original, channels: 1), folder.File("out.png"));
        using var written = Image.NewFromFile(folder.File("out.png"));
        Assert.False(written.Contains("icc-profile-data"));
    }

    [Fact]
    public void A_picture_of_another_size_is_refused()
    {
        var original = folder.Write("original.jpg", Original(6).JpegsaveBuffer());
        var lying = Pictures.Slopes(3, 32, 48);
        var e = Assert.Throws<ArgumentException>(() => ImageFile.WriteLike(original, lying, folder.File("out.png")));
        Assert.Contains("48×32", e.Message);
        Assert.Contains("32×48", e.Message);
    }

    [Theory]
    [InlineData(0xFFFFFFFEu)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x7FFFFFFFu)]
    public void EXIF_that_points_out_of_itself_stays_as_it_is(uint directory)
    {
        byte[] exif = [.. "Exif\0\0II"u8, 42, 0, .. BitConverter.GetBytes(directory), 1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(exif[6..], ExifBlock.Upright(exif, isTurned: true));
    }

    private static Image Original(int orientation)
    {
        using var plain = Pictures.Vips(Pictures.Slopes(3, 32, 48));
        using var scaled = plain.Copy(xres: 11.811, yres: 11.811); // 300 per inch, in pixels per millimetre
        return scaled.Mutate(m =>
        {
            m.Set(GValue.GIntType, "orientation", orientation);
            m.Set(GValue.BlobType, "icc-profile-data", Image.ProfileLoad("p3"));
            m.Set(GValue.BlobType, "xmp-data", Encoding.UTF8.GetBytes(Xmp));
            m.Set(GValue.BlobType, "iptc-data", Iptc);
            m.Set(GValue.GStrType, "exif-ifd0-Artist", "Edvard Munch");
        });
    }
}
