using Pentimento.Imaging;
using Pentimento.Inference;

namespace Pentimento.Tests.Inference;

public sealed class TileGridTests
{
    [Theory]
    [InlineData(1, 1, 64, 5), InlineData(64, 64, 64, 5), InlineData(65, 64, 64, 5), InlineData(500, 333, 64, 5)]
    [InlineData(100, 7, 11, 5), InlineData(40, 40, 1, 0), InlineData(301, 298, 64, 20, 8), InlineData(130, 99, 55, 20, 8)]
    public void Cores_cover_every_pixel_once_and_contexts_of_one_size_hold_the_reach(
        int height, int width, int tileSize, int reach, int alignment = 1)
    {
        var covered = new int[height, width];
        var tiles = TileGrid.Over(new ImageShape(3, height, width), tileSize, reach, alignment);
        Assert.Single(tiles.Select(tile => (tile.Context.Height, tile.Context.Width)).Distinct());
        foreach (var (context, core) in tiles)
        {
            Assert.Equal((0, 0), (context.Top % alignment, context.Left % alignment));
            Assert.InRange(context.Height, 1, tileSize);
            Assert.InRange(context.Width, 1, tileSize);
            Assert.True(context.Top <= Math.Max(0, core.Top - reach));
            Assert.True(context.Left <= Math.Max(0, core.Left - reach));
            Assert.True(context.Top + context.Height >= Math.Min(height, core.Top + core.Height + reach));
            Assert.True(context.Left + context.Width >= Math.Min(width, core.Left + core.Width + reach));
            for (var y = core.Top; y < core.Top + core.Height; y++)
                for (var x = core.Left; x < core.Left + core.Width; x++) covered[y, x]++;
        }
        Assert.All(covered.Cast<int>(), times => Assert.Equal(1, times));
    }

    [Fact]
    public void A_network_that_reaches_everywhere_sees_the_whole_picture() =>
        Assert.Equal(new PixelRegion(0, 0, 900, 800), Assert.Single(TileGrid.Over(new ImageShape(3, 900, 800), 64, null)).Core);
}
