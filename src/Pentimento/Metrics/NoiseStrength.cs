using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>
/// How strong noise of any kind is, in two numbers: the root mean square, on the [0, 1] scale, of what it did to the brightness
/// (r + g + b) / √3 of the pixels, and of what it did to the two differences of colour that are orthogonal to it and of the same
/// scale. So white noise of a standard deviation σ has σ in both; what all channels share has √3 times its standard deviation in
/// brightness, and none in colour. It is what there is to take away: noise that was cut off at black or white counts as it is in
/// the file, and so does what JPEG or a camera's own smoothing made of it.
/// </summary>
public static class NoiseStrength
{
    /// <summary>The side of the squares over which <see cref="Map"/> looks, in pixels; odd.</summary>
    public const int Side = 33;

    /// <summary>The strengths in whole images.</summary>
    /// <param name="noisy">(N, C, H, W), float32, C is 1 or 3; not disposed.</param>
    /// <param name="clean">The same without noise; not disposed.</param>
    /// <returns>(N, 2), of brightness and colour; the caller's dispose scope owns it.</returns>
    public static Tensor Of(Tensor noisy, Tensor clean)
    {
        using var scope = NewDisposeScope();
        return Squares(noisy, clean).mean([2, 3]).sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>The strengths around each pixel, in squares of <see cref="Side"/> as far as they lie in the image.</summary>
    /// <param name="noisy">(N, C, H, W), float32, C is 1 or 3; not disposed.</param>
    /// <param name="clean">The same without noise; not disposed.</param>
    /// <returns>(N, 2, H, W), of brightness and colour; the caller's dispose scope owns it.</returns>
    public static Tensor Map(Tensor noisy, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var squares = Squares(noisy, clean);
        var columns = nn.functional.avg_pool2d(squares, [Side, 1], [1, 1], [Side / 2, 0], count_include_pad: false);
        return nn.functional.avg_pool2d(columns, [1, Side], [1, 1], [0, Side / 2], count_include_pad: false)
            .clamp_min(0).sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>What noise did, squared: in brightness, and the mean of two colours.</summary>
    private static Tensor Squares(Tensor noisy, Tensor clean)
    {
        var noise = noisy - clean;
        var all = noise.square().sum([1], keepdim: true) * (3.0 / noise.shape[1]);
        var brightness = noise.mean([1], keepdim: true).square() * 3;
        return cat([brightness, ((all - brightness) / 2).clamp_min(0)], 1);
    }
}
