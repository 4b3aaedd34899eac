using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// Cleans an image in several of its flips and quarter turns, turns the answers back and takes their mean: what a network does
/// differently to the same thing the other way round averages out (Timofte, Rothe and Van Gool, 2016; arXiv:1511.02228).
/// </summary>
internal static class SelfEnsemble
{
    private const int Transposed = 4; // from here on with rows and columns exchanged

    // The first two, four and all eight are groups, so that the mean of so many turns with the image.
    private static readonly long[][] s_flips = [[], [-2, -1], [-1], [-2]];

    /// <summary>Whether images that are not square change their shape in one of so many.</summary>
    public static bool Transposes(int size) => size > Transposed;

    /// <summary>The mean answer.</summary>
    /// <param name="image">(…, H, W); not disposed.</param>
    /// <param name="size">One of <see cref="DenoiserOptions.EnsembleSizes"/>.</param>
    /// <param name="clean">Gives an image of the shape that it is given.</param>
    /// <returns>(…, H, W); the caller's dispose scope owns it.</returns>
    public static Tensor Mean(Tensor image, int size, Func<Tensor, Tensor> clean)
    {
        if (size == 1) return clean(image);
        using var scope = NewDisposeScope();
        var sum = zeros_like(image);
        for (var way = 0; way < size; way++)
        {
            using var one = NewDisposeScope();
            sum.add_(Back(clean(Turn(image, way)), way));
        }
        return sum.div_(size).MoveToOuterDisposeScope();
    }

    private static Tensor Turn(Tensor image, int way)
    {
        var flipped = Flip(image, way);
        return way < Transposed ? flipped : flipped.transpose(-2, -1).contiguous();
    }

    private static Tensor Back(Tensor image, int way) => Flip(way < Transposed ? image : image.transpose(-2, -1), way);

    private static Tensor Flip(Tensor image, int way) =>
        s_flips[way % Transposed] is { Length: > 0 } dimensions ? image.flip(dimensions) : image;
}
