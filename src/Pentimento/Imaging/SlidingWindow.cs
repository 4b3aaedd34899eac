namespace Pentimento.Imaging;

/// <summary>The squares in which a picture that is larger than what a model takes is looked at, piece by piece.</summary>
internal static class SlidingWindow
{
    /// <summary>
    /// Where the squares lie: evenly over the whole picture, row by row, as few as overlap by half a side or more.
    /// </summary>
    /// <param name="height">Of the picture, at least <paramref name="side"/>.</param>
    /// <param name="width">Of the picture, at least <paramref name="side"/>.</param>
    /// <param name="side">Of a square.</param>
    /// <exception cref="ArgumentException">The picture is smaller than a square.</exception>
    public static IReadOnlyList<(int Top, int Left)> Places(int height, int width, int side)
    {
        if (side < 1 || Math.Min(height, width) < side)
            throw new ArgumentException($"A picture of {width}×{height} pixels has no square of {side}×{side}.");
        var columns = Starts(width, side);
        return [.. Starts(height, side).SelectMany(top => columns.Select(left => (top, left)))];
    }

    /// <summary>The shorter side of a picture along which so many squares lie, each half on the next.</summary>
    public static int ShorterSide(int squares, int side) => side + (squares - 1) * Step(side);

    private static int Step(int side) => Math.Max(side / 2, 1);

    private static int[] Starts(int length, int side)
    {
        int rest = length - side, more = (rest + Step(side) - 1) / Step(side);
        return more == 0 ? [0] : [.. Enumerable.Range(0, more + 1).Select(i => (int)((long)i * rest / more))];
    }
}
