using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// What networks do between their layers. A network whose <c>forward</c> calls only layers and these can be read as a graph, and
/// so be written for other programs; one that uses a tensor's own methods runs just as well, but cannot. The results belong to
/// the caller's dispose scope.
/// </summary>
public static class Operations
{
    /// <summary>(N, C, H, W) → (N, C·H·W).</summary>
    public static Tensor Flatten(Tensor images) => new Flatten().Run(images);

    /// <summary>(N, C·H·W) → (N, C, H, W).</summary>
    public static Tensor Unflatten(Tensor values, ImageShape shape) => new Unflatten(shape).Run(values);

    /// <summary>
    /// Goes on below and to the right, mirrored, until height and width are multiples. Rows and columns that are repeated instead
    /// are streaks of noise, which a denoiser that looks far takes for picture: up to 0.2 dB of all of a 481×321 one.
    /// </summary>
    /// <param name="images">(N, C, H, W).</param>
    /// <param name="multiple">1 or more.</param>
    public static Tensor ExtendToMultiple(Tensor images, int multiple) => new ExtendToMultiple(multiple, Mirrored: true).Run(images);

    /// <summary>Repeats the last row and the last column until height and width are multiples, as the published FFDNet does.</summary>
    /// <param name="images">(N, C, H, W).</param>
    /// <param name="multiple">1 or more.</param>
    public static Tensor RepeatToMultiple(Tensor images, int multiple) => new ExtendToMultiple(multiple, Mirrored: false).Run(images);

    /// <summary>The upper left part of some images, of the height and width of others.</summary>
    public static Tensor CutTo(Tensor images, Tensor like) => new CutTo().Run(images, like);

    /// <summary>Each number as a plane of its own beside the channels of an image.</summary>
    /// <param name="numbers">(N) or (1), or K numbers an image: (N, K) or (1, K).</param>
    /// <param name="like">(N, C, H, W).</param>
    /// <returns>(N, K, H, W) of the type of <paramref name="like"/>; K is 1 where there is one number an image.</returns>
    public static Tensor Planes(Tensor numbers, Tensor like) =>
        new Planes(numbers.dim() == 2 ? (int)numbers.shape[1] : 1).Run(numbers, like);
}
