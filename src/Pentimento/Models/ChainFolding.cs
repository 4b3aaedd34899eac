namespace Pentimento.Models;

/// <summary>Which of some consecutive convolutions are cheaper as one.</summary>
internal static class ChainFolding
{
    /// <summary>Cuts a chain into runs, each of which is to be one convolution, with the fewest multiplications.</summary>
    /// <param name="chain">Convolutions in the order in which they run; what one gives, the next takes.</param>
    /// <returns>
    /// The convolutions of each run. Normalisations are part of the convolution before them, exactly and everywhere.
    /// </returns>
    public static IReadOnlyList<IReadOnlyList<SameConvolution>> Runs(IReadOnlyList<SameConvolution> chain)
    {
        var layers = Absorbed(chain);
        // best[i] is the cheapest way to do the first i layers, and where its last run starts.
        var best = new (long Cost, int Start)[layers.Count + 1];
        for (var end = 1; end <= layers.Count; end++)
        {
            best[end] = (long.MaxValue, 0);
            var reach = 0;
            for (var start = end - 1; start >= 0; start--)
            {
                reach += layers[start].Reach;
                var cost = start == end - 1 ? layers[start].MultiplyAdds
                    : layers[start].Inputs * layers[end - 1].Outputs * (2L * reach + 1) * (2L * reach + 1);
                if (best[start].Cost + cost < best[end].Cost) best[end] = (best[start].Cost + cost, start);
            }
        }
        var runs = new List<IReadOnlyList<SameConvolution>>();
        for (var end = layers.Count; end > 0; end = best[end].Start) runs.Insert(0, layers[best[end].Start..end]);
        return runs;
    }

    private static List<SameConvolution> Absorbed(IReadOnlyList<SameConvolution> chain)
    {
        var layers = new List<SameConvolution>();
        foreach (var layer in chain)
            if (layer.PerChannel && layers.Count > 0) layers[^1] = layers[^1].Then(layer);
            else layers.Add(layer);
        return layers;
    }
}
