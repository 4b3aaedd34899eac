using Pentimento.Imaging;
using Pentimento.Inference;

namespace Pentimento.Tests.Inference;

public sealed class AnomalyOverlayTests
{
    private static readonly RasterImage s_white = new(new ImageShape(1, 1, 4), [255, 255, 255, 255]);

    private static (byte R, byte G, byte B)[] Pixels(RasterImage image) =>
        [.. image.Samples8!.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2]))];

    private static int Distance((int R, int G, int B) a, (int R, int G, int B) b) =>
        Math.Max(Math.Abs(a.R - b.R), Math.Max(Math.Abs(a.G - b.G), Math.Abs(a.B - b.B)));

    [Fact]
    public void The_threshold_is_the_middle_of_inferno_and_four_times_it_the_end()
    {
        var pixels = Pixels(AnomalyOverlay.Draw(s_white, [0, 0.01f, 0.04f, 5], threshold: 0.01f, opacity: 1));
        // The first, middle and last entries of matplotlib's inferno; a polynomial that stands for it may be off by 0.02 · 255.
        Assert.InRange(Distance((0, 0, 4), pixels[0]), 0, 5);
        Assert.InRange(Distance((188, 55, 84), pixels[1]), 0, 5);
        Assert.InRange(Distance((252, 255, 164), pixels[2]), 0, 5);
        Assert.Equal(pixels[2], pixels[3]);
    }

    [Fact]
    public void A_larger_error_is_always_a_lighter_colour()
    {
        var map = Enumerable.Range(0, 4).Select(i => i * i * 0.001f).ToArray();
        var pixels = Pixels(AnomalyOverlay.Draw(s_white, map, threshold: 0.004, opacity: 1));
        var light = pixels.Select(p => 0.299 * p.R + 0.587 * p.G + 0.114 * p.B).ToArray();
        Assert.Equal(light.Order().Distinct(), light);
    }

    [Fact]
    public void Without_opacity_it_is_the_grey_picture() =>
        Assert.All(Pixels(AnomalyOverlay.Draw(s_white, [0, 1, 2, 3], 1, 0)), pixel => Assert.Equal((255, 255, 255), pixel));

    [Fact]
    public void A_threshold_of_zero_tells_error_from_none()
    {
        var pixels = Pixels(AnomalyOverlay.Draw(s_white, [0, 0, 1e-9f, 1], threshold: 0, opacity: 1));
        Assert.Equal(pixels[0], pixels[1]);
        Assert.Equal(pixels[2], pixels[3]);
        Assert.NotEqual(pixels[0], pixels[3]);
    }

    [Fact]
    public void A_map_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => AnomalyOverlay.Draw(s_white, [0, 1], 1));
}
