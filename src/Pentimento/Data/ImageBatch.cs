using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>Some images of a dataset, ready for a network. Disposing it disposes <see cref="Images"/>.</summary>
public sealed class ImageBatch : IDisposable
{
    internal ImageBatch(Tensor images, int[] indices, int number) => (Images, Indices, Number) = (images, indices, number);

    /// <summary>(N, C, H, W) on the loader's device, float32 in [0, 1], outside of any dispose scope.</summary>
    public Tensor Images { get; }

    /// <summary>The N indices into <see cref="ImageDataset.Items"/>.</summary>
    public int[] Indices { get; }

    /// <summary>The place of this batch in its epoch, from 0, skipped batches counted.</summary>
    public int Number { get; }

    /// <summary>Disposes <see cref="Images"/>.</summary>
    public void Dispose() => Images.Dispose();
}
