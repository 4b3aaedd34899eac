using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// The colour mosaic of a sensor (Bayer's, red in the upper left, green to its right) and two ways to fill its gaps: the mean of the
/// neighbours of a colour, and that corrected by the second derivative of the colour that is there (Malvar, He and Cutler, 2004).
/// </summary>
internal static class Demosaicing
{
    private const int Reach = 2;

    /// <summary>What a sensor sees of colours.</summary>
    /// <param name="colours">(N, 3, H, W).</param>
    /// <returns>(N, 1, H, W): of each pixel one colour; the caller's dispose scope owns it.</returns>
    public static Tensor Mosaic(Tensor colours) => (colours * Filters(colours)).sum([1], keepdim: true);

    /// <summary>Colours from a mosaic.</summary>
    /// <param name="mosaic">(N, 1, H, W), of 3 pixels or more on a side; not disposed.</param>
    /// <param name="bilinear">Whether by the mean of neighbours alone.</param>
    /// <returns>(N, 3, H, W); the caller's dispose scope owns it.</returns>
    public static Tensor Of(Tensor mosaic, bool bilinear)
    {
        // Reflected without the border itself, the mosaic goes on as it is.
        var padded = nn.functional.pad(mosaic, [Reach, Reach, Reach, Reach], TorchSharp.PaddingModes.Reflect);
        var filled = nn.functional.conv2d(padded, Kernels(bilinear, mosaic.device)); // (N, 4, H, W)
        Tensor Filled(long kernel) => filled.narrow(1, kernel, 1);
        var (green, alongRow, alongColumn, diagonal) = (Filled(0), Filled(1), Filled(2), Filled(3));
        var (evenRow, evenColumn) = (Even(mosaic, 2), Even(mosaic, 3));
        var isRed = evenRow.logical_and(evenColumn);
        var isBlue = evenRow.logical_or(evenColumn).logical_not();
        var redRowGreen = evenRow.logical_and(evenColumn.logical_not());
        // A green pixel of a red row has its reds beside it and its blues above and below.
        var red = where(isRed, mosaic, where(isBlue, diagonal, where(redRowGreen, alongRow, alongColumn)));
        var blue = where(isBlue, mosaic, where(isRed, diagonal, where(redRowGreen, alongColumn, alongRow)));
        return cat([red, where(isRed.logical_or(isBlue), green, mosaic), blue], 1);
    }

    /// <summary>(1, 3, H, W): 1 where a pixel has a colour's filter, else 0.</summary>
    private static Tensor Filters(Tensor like)
    {
        var (evenRow, evenColumn) = (Even(like, 2), Even(like, 3));
        var red = evenRow.logical_and(evenColumn);
        var blue = evenRow.logical_or(evenColumn).logical_not();
        return cat([red, red.logical_or(blue).logical_not(), blue], 1).to(ScalarType.Float32);
    }

    /// <summary>(1, 1, H, W): where the row or the column has an even number.</summary>
    private static Tensor Even(Tensor like, int dimension)
    {
        var even = arange(like.shape[dimension], ScalarType.Int64, like.device).remainder(2).eq(0);
        return (dimension == 2 ? even.view(1, 1, -1, 1) : even.view(1, 1, 1, -1)).expand(1, 1, like.shape[2], like.shape[3]);
    }

    /// <summary>(4, 1, 5, 5): green; another colour from left and right, from above and below, and from the corners.</summary>
    private static Tensor Kernels(bool bilinear, Device device)
    {
        float[] cross = [0, 0, -1, 0, 0, 0, 0, 2, 0, 0, -1, 2, 4, 2, -1, 0, 0, 2, 0, 0, 0, 0, -1, 0, 0]; // eighths
        float[] row = [0, 0, 0.5f, 0, 0, 0, -1, 0, -1, 0, -1, 4, 5, 4, -1, 0, -1, 0, -1, 0, 0, 0, 0.5f, 0, 0];
        float[] corners = [0, 0, -1.5f, 0, 0, 0, 2, 0, 2, 0, -1.5f, 0, 6, 0, -1.5f, 0, 2, 0, 2, 0, 0, 0, -1.5f, 0, 0];
        if (bilinear)
        {
            cross = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
            row = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            corners = [0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0];
        }
        float[] column = [.. Enumerable.Range(0, row.Length).Select(i => row[i % 5 * 5 + i / 5])];
        return tensor((float[])[.. cross, .. row, .. column, .. corners], [4, 1, 5, 5], device: device) / 8;
    }
}
