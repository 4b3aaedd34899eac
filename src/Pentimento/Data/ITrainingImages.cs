using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>
/// Images that batches are made of: a dataset's (<see cref="ImageDataset"/>), or tensors (<see cref="TensorImages"/>).
/// </summary>
public interface ITrainingImages
{
    /// <summary>The number of images.</summary>
    int Count { get; }

    /// <summary>The shape of each.</summary>
    ImageShape Shape { get; }

    /// <summary>Whether they are in memory, so that reading ahead gains nothing.</summary>
    bool IsCached { get; }

    /// <summary>Tells sets of images apart by their values: 64 hexadecimal digits.</summary>
    string Fingerprint { get; }

    /// <summary>Gathers images into a batch. May be called from several threads at once.</summary>
    /// <param name="indices">From 0; at least one, repetitions allowed.</param>
    /// <returns>A new tensor (N, C, H, W) on the CPU, float32, outside of any dispose scope. The caller disposes it.</returns>
    Tensor Read(ReadOnlySpan<int> indices);
}
