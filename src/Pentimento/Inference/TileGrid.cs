using Pentimento.Imaging;

namespace Pentimento.Inference;

/// <summary>A rectangle of pixels.</summary>
internal readonly record struct PixelRegion(int Top, int Left, int Height, int Width)
{
    /// <summary>The first row below it.</summary>
    public int Bottom => Top + Height;

    /// <summary>The first column to its right.</summary>
    public int Right => Left + Width;

    /// <summary>The same pixels, counted from the corner of another region that holds them.</summary>
    public PixelRegion Within(PixelRegion outer) => this with { Top = Top - outer.Top, Left = Left - outer.Left };
}

/// <summary>One piece of a picture: what the network sees, and the part of its answer that is kept.</summary>
/// <param name="Context">The tile with the real pixels around it, as far as they reach into it.</param>
/// <param name="Core">The part that is kept; the cores of a grid cover the picture once.</param>
internal readonly record struct Tile(PixelRegion Context, PixelRegion Core);

/// <summary>
/// Cuts a picture into tiles. What is kept of each has the network's reach around it, but never past the picture's own border:
/// there the network pads as it would pad the whole picture, so that the kept parts are what the whole picture gives.
/// </summary>
internal static class TileGrid
{
    /// <summary>The tiles, row by row.</summary>
    /// <param name="shape">The picture; only its height and width count.</param>
    /// <param name="tileSize">The largest side of a context, at least <see cref="Least"/>.</param>
    /// <param name="reach">How far an input pixel reaches in the output; null where the picture cannot be cut.</param>
    /// <param name="alignment">Contexts start at multiples of it; see <see cref="Models.Network.Alignment"/>.</param>
    public static IReadOnlyList<Tile> Over(ImageShape shape, int tileSize, int? reach, int alignment = 1)
    {
        var rows = Cut(shape.Height, tileSize, reach, alignment);
        var columns = Cut(shape.Width, tileSize, reach, alignment);
        return
        [
            .. from row in rows
               from column in columns
               select new Tile(
                   new PixelRegion(row.From, column.From, row.To - row.From, column.To - column.From),
                   new PixelRegion(row.Start, column.Start, row.End - row.Start, column.End - column.Start)),
        ];
    }

    /// <summary>The smallest tile size.</summary>
    public static int Least(int? reach, int alignment) => reach is { } margin ? 2 * margin + 2 * alignment - 1 : 1;

    // All contexts have one length: blocks of memory that are freed fit the next tile, where many lengths would leave holes.
    private static List<(int From, int Start, int End, int To)> Cut(int length, int tileSize, int? reach, int alignment)
    {
        if (reach is not { } margin || length <= tileSize) return [(0, 0, length, length)];
        var side = tileSize - (tileSize - length % alignment) % alignment; // so that the last one starts at a multiple
        long rest = length - side, step = side - 2 * margin - alignment + 1, count = (rest + step - 1) / step;
        int From(long i) => (int)(i * rest / count) / alignment * alignment;
        int Between(long i) => (From(i - 1) + From(i) + side) / 2; // the middle of what two contexts share
        var pieces = new List<(int, int, int, int)>();
        for (var i = 0L; i <= count; i++)
            pieces.Add((From(i), i == 0 ? 0 : Between(i), i == count ? length : Between(i + 1), From(i) + side));
        return pieces;
    }
}
