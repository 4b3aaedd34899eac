using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// What a network does to tensors besides its layers: it changes their shape. An operation has no weights and is no part of a
/// <see cref="NetworkSummary"/>.
/// </summary>
internal abstract record Operation : IComputation
{
    /// <inheritdoc/>
    public string Description => ToString();

    /// <inheritdoc/>
    public Tensor Run(params Tensor[] inputs)
    {
        var start = NetworkTrace.Position;
        var output = Compute(inputs);
        // A graph tells values apart by their tensors.
        if (Array.Exists(inputs, input => ReferenceEquals(input, output))) output = output.alias();
        NetworkTrace.Add(start, this, output, inputs);
        return output;
    }

    /// <inheritdoc/>
    public long MultiplyAdds(long[] input, long[] output) => 0;

    protected abstract Tensor Compute(Tensor[] inputs);
}

/// <summary>(N, C, H, W) → (N, C·H·W).</summary>
internal sealed record Flatten : Operation
{
    protected override Tensor Compute(Tensor[] inputs) => inputs[0].flatten(1);
}

/// <summary>(N, C·H·W) → (N, C, H, W).</summary>
internal sealed record Unflatten(ImageShape Shape) : Operation
{
    protected override Tensor Compute(Tensor[] inputs) => inputs[0].view(-1, Shape.Channels, Shape.Height, Shape.Width);
}

/// <summary>Goes on below and to the right until height and width are multiples.</summary>
/// <param name="Multiple">1 or more.</param>
/// <param name="Mirrored">Whether with the image in a mirror, or with its last row and column again and again.</param>
internal sealed record ExtendToMultiple(int Multiple, bool Mirrored) : Operation
{
    protected override Tensor Compute(Tensor[] inputs) => Extend(Extend(inputs[0], 2), 3);

    private Tensor Extend(Tensor images, int dimension)
    {
        var length = images.shape[dimension];
        var missing = (Multiple - length % Multiple) % Multiple;
        if (missing == 0) return images;
        var places = Enumerable.Range(0, (int)(length + missing)).Select(i => Mirrored ? Mirror(i, length - 1) : Math.Min(i, length - 1));
        using var index = tensor([.. places], device: images.device);
        return images.index_select(dimension, index);
    }

    /// <summary>The border itself is not repeated; an image smaller than what is missing is mirrored as often as it takes.</summary>
    private static long Mirror(long i, long last)
    {
        var period = Math.Max(1, 2 * last);
        return Math.Min(i % period, period - i % period);
    }
}

/// <summary>The upper left part of the first images, of the height and width of the second.</summary>
internal sealed record CutTo : Operation
{
    protected override Tensor Compute(Tensor[] inputs)
    {
        var (images, like) = (inputs[0], inputs[1].shape);
        return images.shape[2] == like[2] && images.shape[3] == like[3] ? images
            : images.narrow(2, 0, like[2]).narrow(3, 0, like[3]);
    }
}

/// <summary>(N) or (1) numbers and (N, C, H, W) → (N, 1, H, W): each as a plane.</summary>
internal sealed record Planes : Operation
{
    protected override Tensor Compute(Tensor[] inputs)
    {
        var (numbers, like) = (inputs[0], inputs[1]);
        return numbers.to(like.dtype).view(-1, 1, 1, 1).expand(like.shape[0], 1, like.shape[2], like.shape[3]);
    }
}
