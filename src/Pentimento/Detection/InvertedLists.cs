using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>The vectors of a <see cref="MemoryBank"/> list by list, searched by all cores.</summary>
internal sealed class InvertedLists
{
    private readonly Tensor _vectors; // the bank's
    private readonly float[] _norms; // squared lengths
    private readonly int[] _starts;

    /// <param name="vectors">(N, D), contiguous; must live as long as the lists.</param>
    /// <param name="starts">Where each list begins, and the end.</param>
    public InvertedLists(Tensor vectors, int[] starts)
    {
        using var scope = NewDisposeScope();
        (_vectors, _starts) = (vectors, starts);
        _norms = vectors.square().sum([1]).data<float>().ToArray();
    }

    /// <summary>Searches some lists for each query.</summary>
    /// <param name="queries">(Q, D), float32.</param>
    /// <param name="probed">(Q, P): the lists of each query.</param>
    /// <param name="neighbours">How many to find.</param>
    /// <returns>(Q, neighbours), int64: which vectors, the nearest first; −1 where there are fewer.</returns>
    public Tensor Search(Tensor queries, Tensor probed, int neighbours)
    {
        var (count, dimensions) = ((int)queries.shape[0], (int)queries.shape[1]);
        var values = queries.contiguous().data<float>().ToArray();
        var perQuery = (int)probed.shape[1];
        var perList = new List<int>?[_starts.Length - 1];
        var lists = probed.contiguous().data<long>().ToArray();
        for (var i = 0; i < lists.Length; i++) (perList[lists[i]] ??= []).Add(i / perQuery);
        int[] visited = [.. Enumerable.Range(0, perList.Length).Where(i => perList[i] is not null)];

        // A list is read once for all its queries. Each core keeps its own best; the least of all cores do not depend on who
        // found them.
        var all = new Best(count * neighbours);
        Parallel.ForEach(visited, () => new Best(count * neighbours), (list, _, best) =>
        {
            var bank = MemoryMarshal.Cast<byte, float>(_vectors.bytes);
            foreach (var query in perList[list]!)
                SearchList(values.AsSpan(query * dimensions, dimensions), bank, list, best, query * neighbours, neighbours);
            return best;
        }, best =>
        {
            lock (all)
                for (var i = 0; i < best.Values.Length; i++)
                    if (best.Indices[i] >= 0) all.Insert(i / neighbours * neighbours, neighbours, best.Values[i], best.Indices[i]);
        });
        return tensor(all.Indices, [count, neighbours]);
    }

    /// <summary>Keeps the least of |v|² − 2 q·v, which is the squared distance but for |q|².</summary>
    private void SearchList(ReadOnlySpan<float> query, ReadOnlySpan<float> bank, int list, Best best, int at, int neighbours)
    {
        var dimensions = query.Length;
        for (var i = _starts[list]; i < _starts[list + 1]; i++)
        {
            var value = _norms[i] - 2 * Dot(query, bank.Slice(i * dimensions, dimensions));
            if (value <= best.Values[at + neighbours - 1]) best.Insert(at, neighbours, value, i);
        }
    }

    /// <summary>The least values so far, of each query rising, and where they were.</summary>
    private sealed class Best
    {
        public Best(int count)
        {
            (Values, Indices) = (new float[count], new long[count]);
            Array.Fill(Values, float.PositiveInfinity);
            Array.Fill(Indices, -1);
        }

        public float[] Values { get; }

        public long[] Indices { get; }

        /// <summary>Puts a value in its place; of equal ones the vector that comes first stays first.</summary>
        public void Insert(int at, int neighbours, float value, long index)
        {
            bool Before(int i) => value < Values[i] || (value == Values[i] && index < Indices[i]);
            var i = at + neighbours - 1;
            if (!Before(i)) return;
            for (; i > at && Before(i - 1); i--) (Values[i], Indices[i]) = (Values[i - 1], Indices[i - 1]);
            (Values[i], Indices[i]) = (value, index);
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var x = MemoryMarshal.Cast<float, Vector<float>>(a);
        var y = MemoryMarshal.Cast<float, Vector<float>>(b);
        Vector<float> even = default, odd = default;
        var i = 0;
        for (; i + 1 < x.Length && i + 1 < y.Length; i += 2)
        {
            even += x[i] * y[i];
            odd += x[i + 1] * y[i + 1];
        }
        if (i < x.Length) even += x[i] * y[i];
        var sum = Vector.Sum(even + odd);
        for (i = x.Length * Vector<float>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
