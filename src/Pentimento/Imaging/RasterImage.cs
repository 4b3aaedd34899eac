using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// A decoded image in memory, with the depth of its file: 8 or 16 bit whole numbers, samples interleaved by pixel
/// (row by row, as in a PNG). A value v stands for v / 255 or v / 65535 on the [0, 1] scale.
/// </summary>
public sealed class RasterImage
{
    /// <summary>An 8-bit image over <paramref name="samples"/> (height × width × channels; kept, not copied).</summary>
    /// <exception cref="ArgumentException">The number of samples does not fit the shape.</exception>
    public RasterImage(ImageShape shape, byte[] samples)
    {
        Check(shape, samples.Length);
        (Shape, Samples8) = (shape, samples);
    }

    /// <summary>A 16-bit image over <paramref name="samples"/> (height × width × channels; kept, not copied).</summary>
    /// <exception cref="ArgumentException">The number of samples does not fit the shape.</exception>
    public RasterImage(ImageShape shape, ushort[] samples)
    {
        Check(shape, samples.Length);
        (Shape, Samples16) = (shape, samples);
    }

    /// <summary>Channels, height and width.</summary>
    public ImageShape Shape { get; }

    /// <summary>8 or 16.</summary>
    public int BitDepth => Samples8 is null ? 16 : 8;

    /// <summary>The samples of an 8-bit image, else null.</summary>
    public byte[]? Samples8 { get; }

    /// <summary>The samples of a 16-bit image, else null.</summary>
    public ushort[]? Samples16 { get; }

    /// <summary>Writes the values, scaled to [0, 1], as planes: channels × height × width.</summary>
    /// <exception cref="ArgumentException"><paramref name="planes"/> is not <see cref="ImageShape.Count"/> long.</exception>
    public void CopyTo(Span<float> planes)
    {
        if (planes.Length != Shape.Count)
            throw new ArgumentException($"An image of {Shape} has {Shape.Count} values, the target holds {planes.Length}.",
                nameof(planes));
        int channels = Shape.Channels, area = Shape.Height * Shape.Width;
        for (var c = 0; c < channels; c++)
        {
            var plane = planes.Slice(c * area, area);
            if (Samples8 is { } bytes)
                for (var i = 0; i < area; i++) plane[i] = bytes[i * channels + c] / 255f;
            else
                for (var i = 0; i < area; i++) plane[i] = Samples16![i * channels + c] / 65535f;
        }
    }

    /// <summary>A new tensor (C, H, W), float32 in [0, 1]. The caller disposes it.</summary>
    public Tensor ToTensor()
    {
        var planes = new float[Shape.Count];
        CopyTo(planes);
        return tensor(planes, [Shape.Channels, Shape.Height, Shape.Width]);
    }

    /// <summary>
    /// The image of a tensor (C, H, W), float32; values are clipped to [0, 1] and rounded to the depth asked for.
    /// </summary>
    /// <param name="image">C is 1 or 3.</param>
    /// <param name="bitDepth">8 or 16.</param>
    /// <exception cref="ArgumentException">The tensor has another shape, or the depth is neither 8 nor 16.</exception>
    public static RasterImage FromTensor(Tensor image, int bitDepth = 8)
    {
        if (image.dim() != 3)
            throw new ArgumentException($"The tensor has {image.dim()} dimensions; an image has three: channels, height, width.",
                nameof(image));
        if (bitDepth is not (8 or 16))
            throw new ArgumentException($"The bit depth {bitDepth} is neither 8 nor 16.", nameof(bitDepth));
        using var scope = NewDisposeScope();
        var shape = new ImageShape((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        var interleaved = image.detach().to(ScalarType.Float32).cpu().clamp(0, 1).mul(bitDepth == 8 ? 255 : 65535).round()
            .permute(1, 2, 0).contiguous();
        return bitDepth == 8
            ? new RasterImage(shape, interleaved.to(ScalarType.Byte).data<byte>().ToArray())
            : new RasterImage(shape, Array.ConvertAll(interleaved.data<float>().ToArray(), v => (ushort)v));
    }

    /// <summary>The image with 8 bits a sample: itself, or its values rounded.</summary>
    public RasterImage To8Bit() => Samples8 is not null ? this
        : new RasterImage(Shape, Array.ConvertAll(Samples16!, v => (byte)((v + 128) / 257)));

    private static void Check(ImageShape shape, int samples)
    {
        if (shape.Count != samples)
            throw new ArgumentException($"An image of {shape} has {shape.Count} samples, not {samples}.", nameof(samples));
    }
}
