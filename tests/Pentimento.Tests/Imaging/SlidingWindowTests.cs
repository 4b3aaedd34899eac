using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class SlidingWindowTests
{
    [Theory]
    [InlineData(48, 48, 48, 1)]
    [InlineData(72, 72, 48, 4)]
    [InlineData(96, 96, 48, 9)]
    [InlineData(96, 97, 48, 12)]
    [InlineData(48, 500, 48, 20)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 1, 6)]
    public void Every_pixel_is_in_a_square_and_squares_lie_half_on_the_next(int height, int width, int side, int count)
    {
        var places = SlidingWindow.Places(height, width, side);
        Assert.Equal(count, places.Count);
        Assert.Equal((0, 0), places[0]);
        Assert.Equal((height - side, width - side), places[^1]);
        var covered = new bool[height, width];
        foreach (var (top, left) in places)
            for (var y = top; y < top + side; y++)
                for (var x = left; x < left + side; x++) covered[y, x] = true;
        Assert.DoesNotContain(false, covered.Cast<bool>());
        int[] columns = [.. places.Select(place => place.Left).Distinct()];
        Assert.All(columns.Zip(columns.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, Math.Max(side / 2, 1)));
    }

    [Theory]
    [InlineData(1, 256, 256)]
    [InlineData(2, 256, 384)]
    [InlineData(3, 256, 512)]
    [InlineData(3, 33, 65)]
    public void The_shorter_side_is_as_long_as_so_many_squares_take(int squares, int side, int expected)
    {
        var shorter = SlidingWindow.ShorterSide(squares, side);
        Assert.Equal(expected, shorter);
        Assert.Equal(squares * squares, SlidingWindow.Places(shorter, shorter, side).Count);
    }

    [Fact]
    public void A_picture_smaller_than_a_square_is_refused() =>
        Assert.Contains("3×9", Assert.Throws<ArgumentException>(() => SlidingWindow.Places(9, 3, 4)).Message, StringComparison.Ordinal);

    [Fact]
    public void Preprocessing_says_how_the_whole_picture_is_looked_at_and_refuses_squares_that_do_not_fit()
    {
        var preprocessing = new Preprocessing { Resize = 96, Window = 48 };
        Assert.Equal("shorter side to 96, overlapping crops of 48×48, RGB", preprocessing.Describe());
        Assert.Null(preprocessing.OutputShape);
        Assert.Equal(new ImageShape(3, 96, 144), preprocessing.Apply(new RasterImage(new ImageShape(3, 20, 30), new byte[1800])).Shape);
        Preprocessing[] refused =
            [preprocessing with { Crop = 48 }, preprocessing with { Resize = 47 }, preprocessing with { Window = 0 }];
        foreach (var wrong in refused)
            Assert.Throws<ArgumentException>(() => wrong.Apply(new RasterImage(new ImageShape(1, 1, 1), new byte[1])));
    }
}
