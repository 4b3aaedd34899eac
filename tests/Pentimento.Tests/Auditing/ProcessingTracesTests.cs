using Pentimento.Auditing;
using Pentimento.Imaging;
using Pentimento.Tests.Metrics;

namespace Pentimento.Tests.Auditing;

public sealed class ProcessingTracesTests
{
    [Fact]
    public void Compression_makes_a_picture_blockier_wherever_its_grid_lies()
    {
        var original = SyntheticPaintings.One(1);
        var compressed = JpegRoundTrip.Of(original, 30);
        var before = ProcessingTraces.Blockiness(original);
        Assert.True(ProcessingTraces.Blockiness(compressed) > before + 0.1);
        Assert.True(ProcessingTraces.Blockiness(CenterCrop.Apply(compressed, 50, 54)) > before + 0.1);
    }

    /// <summary>Against numpy: Fixtures/statistics.py.</summary>
    [Theory]
    [MemberData(nameof(StatisticsTests.Pictures), MemberType = typeof(StatisticsTests))]
    public void Blocks_limits_and_levels_are_those_of_numpy(string name)
    {
        var (expected, image) = StatisticsTests.Picture(name);
        Assert.Equal(expected.GetProperty("blockiness").GetDouble(), ProcessingTraces.Blockiness(image), 1e-5);
        var histogram = ProcessingTraces.Histogram(image);
        var (black, white, clipped) = ProcessingTraces.Limits(histogram);
        Assert.Equal(expected.GetProperty("black").GetDouble(), black);
        Assert.Equal(expected.GetProperty("white").GetDouble(), white);
        Assert.Equal(expected.GetProperty("clipped").GetDouble(), clipped, 1e-12);
        var levels = new float[ProcessingTraces.Levels];
        ProcessingTraces.LevelStructure(histogram, levels);
        foreach (var (one, level) in expected.GetProperty("structure").EnumerateArray().Zip(levels))
            Assert.Equal(one.GetDouble(), level, 1e-7);
        var deep = new RasterImage(image.Shape, Array.ConvertAll(image.Samples8!, v => (ushort)(256 * v + 255)));
        Assert.Equal(histogram, ProcessingTraces.Histogram(deep));
    }

    [Theory]
    [InlineData(23, 40, false)]
    [InlineData(40, 23, false)]
    [InlineData(24, 24, true)]
    public void Blocks_are_looked_for_from_three_of_them_on(int height, int width, bool looked)
    {
        var noise = new Random(1);
        byte[] samples = [.. Enumerable.Range(0, height * width).Select(_ => (byte)noise.Next(256))];
        Assert.Equal(looked, ProcessingTraces.Blockiness(new RasterImage(new ImageShape(1, height, width), samples)) != 0);
    }

    [Fact]
    public void Pictures_without_steps_and_tiny_ones_have_no_blocks()
    {
        Assert.Equal(0, ProcessingTraces.Blockiness(new RasterImage(new ImageShape(1, 40, 40), new byte[1600])));
        Assert.Equal(0, ProcessingTraces.Blockiness(new RasterImage(new ImageShape(3, 1, 1), new byte[3])));
    }

    [Fact]
    public void A_change_of_brightness_leaves_gaps_in_the_levels()
    {
        float[] Of(RasterImage image)
        {
            var target = new float[ProcessingTraces.Levels];
            ProcessingTraces.LevelStructure(ProcessingTraces.Histogram(image), target);
            return target;
        }
        double Roughness(float[] levels) => levels.Sum(v => v * v);
        var original = SyntheticPaintings.One(2);
        Assert.True(Roughness(Of(SyntheticPaintings.Brighter(original, 1.05))) > 1.5 * Roughness(Of(original)));
    }

    [Fact]
    public void The_limits_of_the_levels_leave_out_one_value_in_a_thousand()
    {
        var histogram = new int[256];
        (histogram[0], histogram[10], histogram[200], histogram[255]) = (1, 1000, 998, 1);
        var (black, white, clipped) = ProcessingTraces.Limits(histogram);
        Assert.Equal((10, 200, 0.001), (black, white, clipped));
    }

    [Fact]
    public void The_middle_of_a_large_picture_keeps_the_grid_of_jpeg_and_a_small_one_is_itself()
    {
        var small = SyntheticPaintings.One(3);
        Assert.Same(small, ProcessingTraces.Middle(small));
        var large = new RasterImage(
            new ImageShape(1, 1030, 1100), Enumerable.Range(0, 1030 * 1100).Select(i => (ushort)(i % 1100)).ToArray());
        var middle = ProcessingTraces.Middle(large);
        Assert.Equal(new ImageShape(1, 1024, 1024), middle.Shape);
        Assert.Equal(32, middle.Samples16![0]); // (1100 − 1024) / 2 = 38, down to a multiple of 8
        var tall = new RasterImage(
            new ImageShape(3, 1100, 4), Enumerable.Range(0, 1100 * 12).Select(i => (byte)(i / 12)).ToArray());
        var part = ProcessingTraces.Middle(tall);
        Assert.Equal(new ImageShape(3, 1024, 4), part.Shape);
        Assert.Equal((32, (32 + 1023) % 256), (part.Samples8![0], part.Samples8[^1]));
        Assert.Same(middle, ProcessingTraces.Middle(middle));
    }
}
