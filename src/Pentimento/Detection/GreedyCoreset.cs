using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Few vectors that lie close to all: each next one is that which is farthest from those chosen so far (k-centre greedy; Sener
/// and Savarese, 2018; as used in Roth et al., 2022, arXiv:2106.08265). Distances are taken after a random projection.
/// </summary>
internal static class GreedyCoreset
{
    /// <summary>The largest number that is chosen greedily.</summary>
    public const int MostGreedy = 30_000;

    private const int ProjectedDimensions = 64, MostCandidates = 60_000;

    /// <summary>Chooses vectors.</summary>
    /// <param name="vectors">(N, D), float32; not disposed.</param>
    /// <param name="count">How many to choose, at least 1.</param>
    /// <param name="seed">Determines the projection, the first vector, and which are looked at where there are very many.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>
    /// Indices of the vectors, in the order of their choice; all of them where there are no more than asked for. More than
    /// <see cref="MostGreedy"/> are drawn at random, since greedy choice takes time with the square.
    /// </returns>
    public static long[] Choose(
        Tensor vectors, int count, int seed, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var total = vectors.shape[0];
        if (count >= total) return [.. Enumerable.Range(0, (int)total).Select(i => (long)i)];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)seed);
        if (count > MostGreedy)
            return [.. randperm(total, generator: generator).narrow(0, 0, count).sort().Values.data<long>()];
        var candidates = total <= MostCandidates ? arange(total)
            : randperm(total, generator: generator).narrow(0, 0, MostCandidates).sort().Values;
        var projected = Project(vectors.index_select(0, candidates), generator);
        var norms = projected.square().sum([1]);
        var nearest = full([candidates.shape[0]], float.PositiveInfinity); // squared distance to the nearest chosen
        var next = randint(0, candidates.shape[0], [1], generator: generator).item<long>();
        var chosen = new long[count];
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            chosen[i] = next;
            var distances = norms + norms[next] - 2 * projected.mv(projected[next]);
            nearest.copy_(minimum(nearest, distances));
            nearest[next] = -1; // never again, even where vectors are equal
            next = nearest.argmax().item<long>();
            if (i % 64 == 0) progress?.Report((double)i / count);
        }
        var places = candidates.data<long>().ToArray();
        return Array.ConvertAll(chosen, i => places[i]);
    }

    /// <summary>Gaussian projection that keeps distances about as they are (Johnson and Lindenstrauss, 1984).</summary>
    private static Tensor Project(Tensor vectors, Generator generator)
    {
        var dimensions = vectors.shape[1];
        if (dimensions <= ProjectedDimensions) return vectors;
        var projection = randn([dimensions, ProjectedDimensions], generator: generator) / Math.Sqrt(ProjectedDimensions);
        return vectors.matmul(projection);
    }
}
