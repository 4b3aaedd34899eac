using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// Batches of clean images with their noisy inputs. Each batch draws its noise from its own number, so that any of them can be
/// read again, alone, and is the same.
/// </summary>
/// <param name="images">The clean images; not disposed.</param>
/// <param name="indices">Which of them, in which order.</param>
/// <param name="noise">Put on the input, or null for none.</param>
/// <param name="seed">The seed of the noise.</param>
/// <param name="batchSize">Images in a batch; the last may have fewer.</param>
/// <param name="device">Where the tensors go.</param>
public sealed class NoisyBatches(
    ImageDataset images, IReadOnlyList<int> indices, Noise? noise, int seed, int batchSize, Device device)
{
    /// <summary>The noise, or null.</summary>
    public Noise? Noise => noise;

    /// <summary>How many batches there are.</summary>
    public int Count => (indices.Count + batchSize - 1) / batchSize;

    /// <summary>The batch that an image is in, by the image's position in the order.</summary>
    public int BatchOf(int position) => position / batchSize;

    /// <summary>
    /// What a network that takes the noise level is told: that of Gaussian noise before clipping, as published figures are
    /// measured; of other noise the standard deviation of what it did to each image.
    /// </summary>
    /// <returns>(1) or (N), float32; the caller's dispose scope owns it.</returns>
    public Tensor Level(Tensor clean, Tensor input) => noise is GaussianNoise { Factor: { IsFixed: true } factor }
        ? tensor(new[] { (float)factor.From }, device: clean.device) : (input - clean).square().mean([1, 2, 3]).sqrt();

    /// <summary>Reads one batch.</summary>
    /// <param name="batch">From 0.</param>
    /// <returns>The indices, and two tensors (N, C, H, W), float32; the caller's dispose scope owns them.</returns>
    public (int[] Indices, Tensor Clean, Tensor Input) Read(int batch)
    {
        int[] chosen = [.. indices.Skip(batch * batchSize).Take(batchSize)];
        using var read = images.Read(chosen);
        var clean = read.to(device, copy: true);
        if (noise is null) return (chosen, clean, clean);
        using var generator = new Generator(new SeededRandom(seed, batch).NextUInt64());
        return (chosen, clean, noise.AddTo(clean, generator));
    }
}
