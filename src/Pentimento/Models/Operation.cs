using Pentimento.Imaging;
using TorchSharp;
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

/// <summary>Repeats the last row and the last column until height and width are multiples.</summary>
internal sealed record ExtendToMultiple(int Multiple) : Operation
{
    protected override Tensor Compute(Tensor[] inputs)
    {
        long bottom = Missing(inputs[0].shape[2]), right = Missing(inputs[0].shape[3]);
        return bottom == 0 && right == 0 ? inputs[0]
            : nn.functional.pad(inputs[0], [0, right, 0, bottom], PaddingModes.Replicate);
    }

    private long Missing(long length) => (Multiple - length % Multiple) % Multiple;
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
