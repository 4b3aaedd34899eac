using System.Text.Json;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class PreprocessingTests
{
    [Fact]
    public void It_survives_JSON()
    {
        var preprocessing = new Preprocessing { Resize = 256, Crop = 224, Channels = 1, ToSrgb = true };
        var json = JsonSerializer.Serialize(preprocessing);
        Assert.DoesNotContain("OutputShape", json);
        Assert.Equal(preprocessing, JsonSerializer.Deserialize<Preprocessing>(json));
        Assert.Equal(new Preprocessing(), JsonSerializer.Deserialize<Preprocessing>("{}"));
    }

    [Fact]
    public void It_says_what_it_does()
    {
        Assert.Equal("shorter side to 256, centre crop 224×224, RGB", new Preprocessing { Resize = 256, Crop = 224 }.Describe());
        Assert.Equal("grey, converted to sRGB", new Preprocessing { Channels = 1, ToSrgb = true }.Describe());
    }

    [Fact]
    public void The_longer_side_is_truncated()
    {
        Assert.Equal((341, 256), Preprocessing.ResizedSize(1999, 1500, 256));
        Assert.Equal((256, 341), Preprocessing.ResizedSize(1500, 1999, 256));
        Assert.Equal((256, 256), Preprocessing.ResizedSize(7, 7, 256));
    }

    [Fact]
    public void A_picture_too_thin_to_resize_is_refused()
    {
        var line = new RasterImage(new ImageShape(1, 1, 100_000), new byte[100_000]);
        var e = Assert.Throws<ArgumentException>(() => new Preprocessing { Resize = 256, Channels = 1 }.Apply(line));
        Assert.Contains("25600000×256", e.Message);
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("line.png"), line);
        var preprocessing = new Preprocessing { Resize = 256 };
        var f = Assert.Throws<InvalidDataException>(() => ImageFile.Read(folder.File("line.png"), preprocessing));
        Assert.StartsWith(folder.File("line.png"), f.Message);
    }

    [Theory, InlineData(61, 44, 8), InlineData(97, 44, 26), InlineData(61, 46, 8)]
    [InlineData(97, 46, 26), InlineData(3, 8, -2), InlineData(8, 8, 0)]
    public void Crop_offsets_round_halves_to_even(int length, int crop, int expected) =>
        Assert.Equal(expected, CenterCrop.Offset(length, crop));

    [Fact]
    public void An_image_that_needs_nothing_is_handed_through()
    {
        var image = Pictures.Slopes(3, 32, 32);
        Assert.Same(image, new Preprocessing { Resize = 32, Crop = 32 }.Apply(image));
    }

    [Fact]
    public void Sixteen_bit_keeps_its_depth_and_agrees_with_8_bit()
    {
        var eight = Pictures.Slopes(3, 90, 70);
        var sixteen = new RasterImage(eight.Shape, Array.ConvertAll(eight.Samples8!, v => (ushort)(v * 257)));
        var preprocessing = new Preprocessing { Resize = 33, Crop = 40 };
        RasterImage a = preprocessing.Apply(eight), b = preprocessing.Apply(sixteen);
        Assert.Equal(16, b.BitDepth);
        for (var i = 0; i < a.Samples8!.Length; i++) Assert.InRange(a.Samples8[i] - b.Samples16![i] / 257.0, -1.01, 1.01);
        var grey = new Preprocessing { Channels = 1 };
        var differences = grey.Apply(sixteen).Samples16!.Zip(grey.Apply(eight).Samples8!, (x, y) => Math.Abs(x / 257.0 - y));
        Assert.InRange(differences.Max(), 0, 0.51);
    }

    [Fact]
    public void A_constant_image_stays_constant_at_any_size()
    {
        foreach (var value in new byte[] { 0, 1, 127, 254, 255 })
            foreach (var (height, width) in new[] { (7, 200), (99, 3), (500, 501) })
            {
                var image = new RasterImage(new ImageShape(1, 100, 101), Enumerable.Repeat(value, 10_100).ToArray());
                Assert.All(BilinearResize.Apply(image, height, width).Samples8!, v => Assert.Equal(value, v));
            }
    }

    [Fact]
    public void Settings_out_of_range_are_named()
    {
        var image = Pictures.Slopes(3, 4, 4);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => new Preprocessing { Resize = -1 }.Apply(image)).Message);
        Assert.Contains("0", Assert.Throws<ArgumentException>(() => new Preprocessing { Crop = 0 }.Apply(image)).Message);
        Assert.Contains("4", Assert.Throws<ArgumentException>(() => new Preprocessing { Channels = 4 }.Apply(image)).Message);
    }
}
