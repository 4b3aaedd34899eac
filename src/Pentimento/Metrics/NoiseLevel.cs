using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>How much white noise there is in an image, from the image alone.</summary>
public static class NoiseLevel
{
    private const double MedianOfNormal = 0.6744897501960817; // the median of |x| for a standard normal x

    /// <summary>
    /// The median of the absolute diagonal differences of 2×2 squares (the finest diagonal wavelet coefficients, in which an
    /// image itself has little), over that of a standard normal variable (Donoho, 1995; doi:10.1109/18.382009). Fast, and too
    /// high by what the picture has of texture.
    /// </summary>
    /// <param name="images">(N, C, H, W), float32; not disposed.</param>
    /// <returns>
    /// (N), float32: standard deviations; 0 for images of one row or column. The caller's dispose scope owns it.
    /// </returns>
    public static Tensor MedianOfDiagonals(Tensor images)
    {
        using var scope = NewDisposeScope();
        long n = images.shape[0], rows = images.shape[2] / 2 * 2, columns = images.shape[3] / 2 * 2;
        if (rows == 0 || columns == 0) return zeros([n], device: images.device).MoveToOuterDisposeScope();
        var squares = images.narrow(2, 0, rows).narrow(3, 0, columns).unflatten(3, [-1, 2]).unflatten(2, [-1, 2]);
        var differences = squares.select(5, 0) - squares.select(5, 1); // (N, C, H/2, 2, W/2)
        var diagonals = (differences.select(3, 0) - differences.select(3, 1)).abs().flatten(1).div(2); // (N, C·H·W/4)
        return diagonals.kthvalue((diagonals.shape[1] + 1) / 2, 1).Item1.div(MedianOfNormal).MoveToOuterDisposeScope();
    }
}
