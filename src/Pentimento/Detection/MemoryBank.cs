using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Feature vectors of normal patches, and the search for the nearest of them. A small bank is searched whole. A large one lies in
/// lists around k-means centres (an inverted file; Jégou, Douze and Schmid, 2011), and of each query only the lists of the
/// <see cref="Probes"/> nearest centres are searched: what is found is then nearly always the nearest.
/// Takes 4 bytes a value and 4 a vector.
/// </summary>
public sealed class MemoryBank : IDisposable
{
    /// <summary>A bank of at most so many vectors is searched whole.</summary>
    public const int LargestExact = 16_384;

    /// <summary>How many lists are searched for a query.</summary>
    public const int Probes = 6;

    private const int RowsAtOnce = 1 << 16, ClusterRounds = 8, SamplesPerCentre = 40;
    private readonly Tensor _vectors, _centres; // (N, D) by list; (lists, D)
    private readonly Tensor _starts; // (lists + 1), int64: where each list begins, and the end
    private readonly Lazy<InvertedLists> _lists;

    private MemoryBank(Tensor vectors, Tensor centres, Tensor starts)
    {
        _vectors = vectors.contiguous().MoveToOuterDisposeScope().DetachFromDisposeScope();
        _centres = centres.contiguous().MoveToOuterDisposeScope().DetachFromDisposeScope();
        _starts = starts.contiguous().MoveToOuterDisposeScope().DetachFromDisposeScope();
        _lists = new(() => new InvertedLists(_vectors, [.. _starts.data<long>().Select(i => (int)i)]));
    }

    /// <summary>How many vectors there are.</summary>
    public int Count => (int)_vectors.shape[0];

    /// <summary>How many values a vector has.</summary>
    public int Dimensions => (int)_vectors.shape[1];

    /// <summary>How many lists they lie in; 1 is searched whole.</summary>
    public int Lists => (int)_centres.shape[0];

    /// <summary>The memory that the bank takes, in bytes.</summary>
    public long Bytes => 4L * Count * (Dimensions + 1) + 4L * Lists * Dimensions;

    /// <summary>Makes a bank.</summary>
    /// <param name="vectors">(N, D), float32, on the CPU, N ≥ 1; not disposed.</param>
    /// <param name="seed">Determines the centres of a large bank.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="ArgumentException">There are no vectors, or more than 2³¹ values.</exception>
    public static MemoryBank Build(
        Tensor vectors, int seed, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        if (vectors.dim() != 2 || vectors.shape[0] == 0 || vectors.numel() > int.MaxValue)
            throw new ArgumentException($"A bank of ({string.Join(", ", vectors.shape)}) values cannot be made.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var count = vectors.shape[0];
        if (count <= LargestExact)
            return new MemoryBank(vectors.clone(), zeros(1, vectors.shape[1]), tensor(new[] { 0L, count }));
        var centres = Centres(vectors, (long)Math.Sqrt(count), seed, progress, cancel);
        var list = NearestCentres(vectors, centres, cancel);
        var order = list.argsort(dim: 0);
        var starts = cat([zeros(1, ScalarType.Int64), list.bincount(null, centres.shape[0]).cumsum(0)]);
        progress?.Report(1);
        return new MemoryBank(vectors.index_select(0, order), centres, starts);
    }

    /// <summary>The distances of each query to the nearest vectors.</summary>
    /// <param name="queries">(Q, D), float32, on the CPU; not disposed.</param>
    /// <param name="neighbours">How many, from 1.</param>
    /// <returns>(Q, neighbours), float32, rising; ∞ where there are fewer. The caller's dispose scope owns it.</returns>
    public Tensor Nearest(Tensor queries, int neighbours = 1)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (Lists > 1)
        {
            var probed = SquaredDistances(queries, _centres).topk(Math.Min(Probes, Lists), largest: false).indexes;
            return _lists.Value.Search(queries, probed, neighbours).MoveToOuterDisposeScope();
        }
        var nearest = SquaredDistances(queries, _vectors).topk(Math.Min(neighbours, Count), largest: false).values;
        var distances = nearest.clamp_min(0).sqrt();
        if (neighbours > Count)
            distances = nn.functional.pad(distances, (0, neighbours - Count), value: double.PositiveInfinity);
        return distances.MoveToOuterDisposeScope();
    }

    /// <summary>The bank by name; not disposed by the receiver.</summary>
    internal Dictionary<string, Tensor> State() => new()
    {
        ["vectors"] = _vectors,
        ["centres"] = _centres,
        ["starts"] = _starts,
    };

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or does not go with the others.</exception>
    internal static MemoryBank Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        if (!state.TryGetValue("vectors", out var vectors) || !state.TryGetValue("centres", out var centres)
            || !state.TryGetValue("starts", out var starts) || vectors.dim() != 2 || centres.dim() != 2 || starts.dim() != 1
            || vectors.dtype != ScalarType.Float32 || centres.dtype != ScalarType.Float32 || starts.dtype != ScalarType.Int64
            || centres.shape[1] != vectors.shape[1] || starts.shape[0] != centres.shape[0] + 1)
            throw new InvalidDataException("the detector's memory bank is not whole");
        long[] places = [.. starts.data<long>()];
        if (vectors.shape[0] == 0 || places[0] != 0 || places[^1] != vectors.shape[0] || !places.SequenceEqual(places.Order()))
            throw new InvalidDataException("the lists of the detector's memory bank do not fit it");
        return new MemoryBank(vectors.clone(), centres.clone(), starts.clone());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in State().Values) tensor.Dispose();
    }

    /// <summary>k-means (Lloyd, 1982) on some of the vectors.</summary>
    private static Tensor Centres(
        Tensor vectors, long count, int seed, IProgress<double>? progress, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var sample = vectors.index_select(
            0, randperm(vectors.shape[0], generator: generator).narrow(0, 0, Math.Min(SamplesPerCentre * count, vectors.shape[0])));
        var centres = sample.narrow(0, 0, count).clone();
        for (var round = 0; round < ClusterRounds; round++)
        {
            using var step = NewDisposeScope();
            var list = NearestCentres(sample, centres, cancel);
            var sums = zeros_like(centres).index_add_(0, list, sample, 1);
            var counts = list.bincount(null, count).unsqueeze(1);
            centres.copy_(where(counts.gt(0), sums / counts.clamp_min(1), centres)); // a centre without vectors stays
            progress?.Report((round + 1.0) / (ClusterRounds + 2));
        }
        return centres.MoveToOuterDisposeScope();
    }

    private static Tensor NearestCentres(Tensor vectors, Tensor centres, CancellationToken cancel)
    {
        var parts = new List<Tensor>();
        for (long start = 0; start < vectors.shape[0]; start += RowsAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            var rows = vectors.narrow(0, start, Math.Min(RowsAtOnce, vectors.shape[0] - start));
            parts.Add(SquaredDistances(rows, centres).argmin(1).MoveToOuterDisposeScope());
        }
        return cat(parts);
    }

    /// <summary>(Q, N).</summary>
    private static Tensor SquaredDistances(Tensor queries, Tensor vectors) =>
        addmm(vectors.square().sum([1]).unsqueeze(0), queries, vectors.t(), beta: 1, alpha: -2) + queries.square().sum([1], keepdim: true);
}
