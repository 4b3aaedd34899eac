using System.Runtime.InteropServices;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>Rectangles of decoded images, to and from tensors. They leave nothing behind for the garbage collector.</summary>
internal static class RasterRegions
{
    /// <summary>A black image.</summary>
    public static RasterImage Empty(ImageShape shape, int bitDepth) => bitDepth == 8
        ? new RasterImage(shape, new byte[shape.Count])
        : new RasterImage(shape, new ushort[shape.Count]);

    /// <summary>One rectangle as (C, h, w), float32 in [0, 1]; the caller's dispose scope owns it.</summary>
    public static Tensor ToTensor(this RasterImage image, PixelRegion region)
    {
        var channels = image.Shape.Channels;
        var result = empty(channels, region.Height, region.Width);
        var planes = MemoryMarshal.Cast<byte, float>(result.bytes);
        for (var row = 0; row < region.Height; row++)
        {
            var start = Start(image, region.Top + row, region.Left);
            for (var c = 0; c < channels; c++)
            {
                var target = planes.Slice((c * region.Height + row) * region.Width, region.Width);
                if (image.Samples8 is { } bytes)
                    for (var i = 0; i < target.Length; i++) target[i] = bytes[start + i * channels + c] / 255f;
                else
                    for (var i = 0; i < target.Length; i++) target[i] = image.Samples16![start + i * channels + c] / 65535f;
            }
        }
        return result;
    }

    /// <summary>Overwrites one rectangle.</summary>
    /// <param name="image">Where it goes.</param>
    /// <param name="tile">(C, h, w), float32 on the CPU; clipped to [0, 1] and rounded to the depth of the image.</param>
    /// <param name="region">Of the tile's size.</param>
    public static void Paste(this RasterImage image, Tensor tile, PixelRegion region)
    {
        using var scope = NewDisposeScope();
        var length = region.Width * image.Shape.Channels;
        var isDeep = image.BitDepth == 16;
        var levels = tile.clamp(0, 1).mul_(isDeep ? 65535 : 255).round_().to(isDeep ? ScalarType.Int32 : ScalarType.Byte)
            .permute(1, 2, 0).contiguous(); // (h, w, C)
        var samples = levels.bytes;
        for (var row = 0; row < region.Height; row++)
        {
            var start = Start(image, region.Top + row, region.Left);
            if (image.Samples8 is { } bytes) samples.Slice(row * length, length).CopyTo(bytes.AsSpan(start));
            else
            {
                var words = MemoryMarshal.Cast<byte, int>(samples).Slice(row * length, length);
                for (var i = 0; i < length; i++) image.Samples16![start + i] = (ushort)words[i];
            }
        }
    }

    /// <summary>Moves rows within the image to its top.</summary>
    public static void MoveUp(this RasterImage image, int from, int count)
    {
        int start = Start(image, from, 0), length = count * image.Shape.Width * image.Shape.Channels;
        if (image.Samples8 is { } bytes) Array.Copy(bytes, start, bytes, 0, length);
        else Array.Copy(image.Samples16!, start, image.Samples16!, 0, length);
    }

    private static int Start(RasterImage image, int row, int column) =>
        checked((row * image.Shape.Width + column) * image.Shape.Channels);
}
