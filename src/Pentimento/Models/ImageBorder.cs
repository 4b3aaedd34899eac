using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Extends images to sizes that a network can halve, and cuts its answers back.</summary>
internal static class ImageBorder
{
    /// <summary>Repeats the last row and the last column until height and width are multiples.</summary>
    /// <param name="images">(N, C, H, W).</param>
    /// <param name="multiple">1 or more.</param>
    /// <returns>The images themselves where they fit, else a new tensor.</returns>
    public static Tensor ExtendToMultiple(Tensor images, int multiple)
    {
        long bottom = Missing(images.shape[2], multiple), right = Missing(images.shape[3], multiple);
        return bottom == 0 && right == 0 ? images
            : nn.functional.pad(images, [0, right, 0, bottom], PaddingModes.Replicate);
    }

    /// <summary>The upper left part of some images, of the height and width of others.</summary>
    public static Tensor CutTo(Tensor images, Tensor like) =>
        images.shape[2] == like.shape[2] && images.shape[3] == like.shape[3] ? images
            : images.narrow(2, 0, like.shape[2]).narrow(3, 0, like.shape[3]);

    private static long Missing(long length, int multiple) => (multiple - length % multiple) % multiple;
}
