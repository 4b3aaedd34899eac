using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// How the vectors of a large <see cref="MemoryBank"/> are arranged; the caller's dispose scope owns the tensors.
/// </summary>
/// <param name="Projection">(D, P): the principal directions of the vectors.</param>
/// <param name="Centres">(lists, P): of the projected vectors.</param>
/// <param name="Order">(N), int64: the vectors list by list.</param>
/// <param name="Starts">(lists + 1), int64: where each list begins, and the end.</param>
internal sealed record BankClusters(Tensor Projection, Tensor Centres, Tensor Order, Tensor Starts)
{
    private const int RowsAtOnce = 1 << 14, Rounds = 8, SamplesPerCentre = 40;

    /// <summary>Finds directions, centres and lists, √N of them.</summary>
    /// <param name="vectors">(N, D), float32 or float16; not disposed.</param>
    /// <param name="dimensions">P at most.</param>
    /// <param name="seed">Determines from which vectors directions and centres are learnt.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancel">Ends the work.</param>
    public static BankClusters Of(
        Tensor vectors, int dimensions, int seed, IProgress<double>? progress, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var (count, lists) = (vectors.shape[0], (long)Math.Sqrt(vectors.shape[0]));
        var drawn = randperm(count, generator: generator).narrow(0, 0, Math.Min(SamplesPerCentre * lists, count));
        var sample = vectors.index_select(0, drawn).to(ScalarType.Float32);
        var projection = Directions(sample, dimensions);
        var centres = Means(sample.matmul(projection), lists, progress, cancel);
        var list = empty([count], ScalarType.Int64);
        for (long start = 0; start < count; start += RowsAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            var rows = vectors.narrow(0, start, Math.Min(RowsAtOnce, count - start)).to(ScalarType.Float32);
            list.narrow(0, start, rows.shape[0])
                .copy_(MemoryBank.SquaredDistances(rows.matmul(projection), centres).argmin(1));
            progress?.Report(0.5 + 0.4 * start / count);
        }
        var starts = cat([zeros(1, ScalarType.Int64), list.bincount(null, lists).cumsum(0)]);
        return new BankClusters(
            projection.MoveToOuterDisposeScope(), centres.MoveToOuterDisposeScope(),
            list.argsort(dim: 0).MoveToOuterDisposeScope(), starts.MoveToOuterDisposeScope());
    }

    /// <summary>(D, P): where the vectors vary most, of length 1.</summary>
    private static Tensor Directions(Tensor sample, int dimensions)
    {
        var centred = sample - sample.mean([0]);
        var (_, directions) = linalg.eigh(centred.t().matmul(centred)); // rising
        var kept = Math.Min(dimensions, directions.shape[1]);
        return directions.narrow(1, directions.shape[1] - kept, kept).contiguous();
    }

    /// <summary>k-means (Lloyd, 1982).</summary>
    private static Tensor Means(Tensor sample, long count, IProgress<double>? progress, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var centres = sample.narrow(0, 0, count).clone();
        for (var round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var parts = sample.split(RowsAtOnce, 0).Select(rows => MemoryBank.SquaredDistances(rows, centres).argmin(1));
            var list = cat([.. parts]);
            var sums = zeros_like(centres).index_add_(0, list, sample, 1);
            var counts = list.bincount(null, count).unsqueeze(1);
            centres.copy_(where(counts.gt(0), sums / counts.clamp_min(1), centres)); // a centre without vectors stays
            progress?.Report(0.5 * (round + 1) / Rounds);
        }
        return centres.MoveToOuterDisposeScope();
    }
}
