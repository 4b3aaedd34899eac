using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Imaging;

public sealed class RasterImageTests
{
    /// <summary>Every value: 65535 / 255 = 257 is odd, so that none lies in the middle between two.</summary>
    [Fact]
    public void Sixteen_bits_become_the_nearest_of_eight()
    {
        ushort[] deep = [.. Enumerable.Range(0, 65536).Select(v => (ushort)v)];
        var flat = new RasterImage(new ImageShape(1, 256, 256), deep).To8Bit();
        Assert.Equal(deep.Select(v => (byte)Math.Round(v / 257.0)), flat.Samples8!);
        Assert.Same(flat, flat.To8Bit());
    }

    [Theory]
    [InlineData(8, 255)]
    [InlineData(16, 65535)]
    public void A_tensor_becomes_the_nearest_levels_clipped_to_the_scale(int bitDepth, int white)
    {
        using var scope = NewDisposeScope();
        var steps = Math.Min(white, 255);
        int[] levels = [.. Enumerable.Range(0, steps + 1).Select(i => i * (white / steps))];
        foreach (var off in new[] { -0.45, 0, 0.45 })
        {
            float[] values = [.. levels.Select(level => (float)((level + off) / white)), -3, 7];
            var image = RasterImage.FromTensor(tensor(values, [1, 1, values.Length]), bitDepth);
            Assert.Equal(bitDepth, image.BitDepth);
            Assert.Equal([.. levels, 0, white], image.Samples8?.Select(v => (int)v) ?? image.Samples16!.Select(v => (int)v));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Samples_lie_pixel_by_pixel_and_planes_channel_by_channel(int bitDepth)
    {
        using var scope = NewDisposeScope();
        var shape = new ImageShape(3, 2, 2);
        byte[] bytes = [10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33];
        var image = bitDepth == 8 ? new RasterImage(shape, bytes) : new RasterImage(shape, Array.ConvertAll(bytes, v => (ushort)(v * 257)));
        float[] planes = [.. new[] { 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33 }.Select(v => v / 255f)];
        var pixels = image.ToTensor();
        Assert.Equal([3, 2, 2], pixels.shape);
        Assert.Equal(planes, pixels.data<float>().ToArray().Select(v => MathF.Round(v * 255) / 255f));
        var back = RasterImage.FromTensor(pixels, bitDepth);
        Assert.Equal(image.Samples8, back.Samples8);
        Assert.Equal(image.Samples16, back.Samples16);
    }

    [Fact]
    public void What_is_no_image_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => new RasterImage(new ImageShape(1, 2, 2), new byte[3]));
        Assert.Throws<ArgumentException>(() => new RasterImage(new ImageShape(1, 2, 2), new ushort[5]));
        Assert.Throws<ArgumentException>(() => RasterImage.FromTensor(zeros(2, 2)));
        Assert.Throws<ArgumentException>(() => RasterImage.FromTensor(zeros(1, 2, 2), bitDepth: 12));
        Assert.Throws<ArgumentException>(() => new RasterImage(new ImageShape(1, 2, 2), new byte[4]).CopyTo(new float[5]));
    }
}
