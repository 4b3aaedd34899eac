namespace Pentimento.Imaging;

/// <summary>What stands in for pixels beyond a picture's border: the picture in a mirror.</summary>
internal static class MirroredBorder
{
    /// <summary>
    /// The row or column to take. The border itself is not repeated; a picture that is smaller than what is asked for is mirrored as
    /// often as it takes.
    /// </summary>
    /// <param name="place">Where, in pixels from the first one; may be below 0 or beyond the last.</param>
    /// <param name="length">How many there are.</param>
    public static int Of(int place, int length)
    {
        if ((uint)place < (uint)length) return place;
        if (length == 1) return 0;
        var period = 2 * (length - 1);
        place = (place % period + period) % period;
        return place < length ? place : period - place;
    }
}
