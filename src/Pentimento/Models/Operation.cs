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
    protected override Tensor Compute(Tensor[] inputs)
    {
        var images = inputs[0];
        if (images.shape[2] % Multiple == 0 && images.shape[3] % Multiple == 0) return images;
        using var scope = NewDisposeScope();
        // Selecting gives plain order: pixels that lie channels-last are selected in that order, and so stay.
        var channelsLast = images.shape[1] > 1 && images.stride(1) == 1;
        var extended = channelsLast ? Extend(Extend(images.permute(0, 2, 3, 1), 1), 2).permute(0, 3, 1, 2) : Extend(Extend(images, 2), 3);
        return extended.MoveToOuterDisposeScope();
    }

    private Tensor Extend(Tensor images, int dimension)
    {
        var length = (int)images.shape[dimension];
        var missing = (Multiple - length % Multiple) % Multiple;
        if (missing == 0) return images;
        var places = Enumerable.Range(0, length + missing)
            .Select(i => (long)(Mirrored ? MirroredBorder.Of(i, length) : Math.Min(i, length - 1)));
        return images.index_select(dimension, tensor([.. places], device: images.device));
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

/// <summary>(N), (1), (N, K) or (1, K) numbers and (N, C, H, W) → (N, K, H, W): each as a plane; K is 1 where it is not given.</summary>
internal sealed record Planes(int Count) : Operation
{
    protected override Tensor Compute(Tensor[] inputs)
    {
        var (numbers, like) = (inputs[0], inputs[1]);
        return numbers.to(like.dtype).view(-1, Count, 1, 1).expand(like.shape[0], Count, like.shape[2], like.shape[3]);
    }
}
