using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>What a network learns to give back.</summary>
public enum Supervision
{
    /// <summary>The clean images, to which the training adds noise.</summary>
    Clean,

    /// <summary>
    /// A second capture of the same thing, with noise of its own; each of the two is input as often as target. Nothing needs to
    /// be clean, as long as the noise of one says nothing of the noise of the other. Lehtinen et al., 2018 (Noise2Noise,
    /// arXiv:1803.04189).
    /// </summary>
    Pairs,

    /// <summary>
    /// Of noisy images alone: from each 2×2 pixels one is seen and a neighbour is the target, while the difference that cleaning
    /// the whole image leaves between the two is taken off. Right for white noise; noise that neighbours share is learned as if
    /// it were picture. Huang et al., 2021 (Neighbor2Neighbor, arXiv:2101.02824).
    /// </summary>
    Neighbours,
}

/// <summary>Inputs and targets where nothing is clean.</summary>
internal static class NoisyTargets
{
    /// <summary>
    /// How much the difference that cleaning leaves counts at the end of a run; it grows from 0 with the steps.
    /// </summary>
    public const double GapWeight = 2;

    private static readonly long[] s_first = [0, 1, 0, 2, 1, 3, 2, 3], s_second = [1, 0, 2, 0, 3, 1, 3, 2];

    /// <summary>The shape of what the network sees, for batches of a shape: two captures are one behind the other.</summary>
    public static ImageShape ShapeFor(this Supervision supervision, ImageShape batch) =>
        supervision == Supervision.Pairs ? batch with { Channels = batch.Channels / PairedSource.Captures } : batch;

    /// <summary>Input and target: the captures in either order, by chance for each image.</summary>
    /// <param name="batch">(N, 2C, H, W).</param>
    /// <param name="generator">Where the numbers come from.</param>
    /// <returns>Twice (N, C, H, W); the caller's dispose scope owns them.</returns>
    public static (Tensor Input, Tensor Target) OfPairs(Tensor batch, Generator generator)
    {
        var captures = batch.chunk(PairedSource.Captures, 1);
        var swap = rand([batch.shape[0], 1, 1, 1], device: batch.device, generator: generator.On(batch.device)).lt(0.5);
        return (where(swap, captures[1], captures[0]), where(swap, captures[0], captures[1]));
    }

    /// <summary>For each 2×2 pixels of each image a pair of neighbours, as places among the four.</summary>
    /// <param name="batch">(N, C, H, W), H and W at least 2; a last odd row or column is left out.</param>
    /// <param name="generator">Where the numbers come from.</param>
    /// <returns>Twice (N, 1, H/2, W/2, 1), int64; the caller's dispose scope owns them.</returns>
    public static (Tensor First, Tensor Second) DrawNeighbours(Tensor batch, Generator generator)
    {
        var shape = batch.shape;
        var drawn = randint(0, s_first.Length, [shape[0], 1, shape[2] / 2, shape[3] / 2, 1], ScalarType.Int64, batch.device,
            generator: generator.On(batch.device));
        return (Look(s_first), Look(s_second));

        Tensor Look(long[] table) => tensor(table, device: batch.device).index_select(0, drawn.flatten()).view(drawn.shape);
    }

    /// <summary>One pixel of each 2×2.</summary>
    /// <param name="batch">(N, C, H, W).</param>
    /// <param name="places">As drawn.</param>
    /// <returns>(N, C, H/2, W/2); the caller's dispose scope owns it.</returns>
    public static Tensor Take(Tensor batch, Tensor places)
    {
        var (rows, columns) = (places.shape[2], places.shape[3]);
        var cells = batch.narrow(2, 0, 2 * rows).narrow(3, 0, 2 * columns)
            .unflatten(3, [columns, 2]).unflatten(2, [rows, 2]) // (N, C, H/2, 2, W/2, 2)
            .permute(0, 1, 2, 4, 3, 5).flatten(4); // (N, C, H/2, W/2, 4)
        return cells.gather(4, places.expand(-1, batch.shape[1], -1, -1, -1)).squeeze(4);
    }
}
