namespace Pentimento.Metrics;

/// <summary>An anomaly map with what is truly anomalous in it.</summary>
/// <param name="Map">Row by row; higher is stranger.</param>
/// <param name="Mask">As long: whether the pixel is anomalous.</param>
/// <param name="Width">Pixels in a row.</param>
public sealed record MaskedMap(float[] Map, bool[] Mask, int Width);

/// <summary>
/// How well maps find anomalous pixels, whatever the threshold: over all pixels of all images together, and by the per-region
/// overlap (PRO; Bergmann et al., 2021, The MVTec Anomaly Detection Dataset), in which a small region counts as much as a large
/// one.
/// </summary>
/// <param name="Auroc">The area under the ROC curve of all pixels; ties count half. 0.5 is chance, 1 is perfect.</param>
/// <param name="Pro">
/// The mean share of each region that is found, averaged over the false-positive rates up to <see cref="PixelRanking.ProLimit"/>;
/// 0 to 1.
/// </param>
/// <param name="Regions">How many connected regions (8 neighbours) there are.</param>
public sealed record PixelScores(double Auroc, double Pro, int Regions);

/// <inheritdoc cref="PixelScores"/>
public static class PixelRanking
{
    /// <summary>Up to which false-positive rate the per-region overlap is averaged, as published.</summary>
    public const double ProLimit = 0.3;

    /// <summary>Ranks all pixels.</summary>
    /// <param name="maps">At least one anomalous and one normal pixel in all.</param>
    /// <exception cref="ArgumentException">
    /// A map and its mask differ in size, a value is not finite, or pixels of a class are missing.
    /// </exception>
    public static PixelScores Of(IReadOnlyList<MaskedMap> maps)
    {
        var total = maps.Sum(m => (long)m.Map.Length);
        if (total > Array.MaxLength) throw new ArgumentException($"{total} pixels are too many to rank.", nameof(maps));
        var (scores, region) = (new float[total], new int[total]); // region 0: normal
        var sizes = new List<long>();
        var at = 0;
        foreach (var map in maps)
        {
            Require.SameLength(map.Map.Length, map.Mask.Length, nameof(maps));
            if (map.Width < 1 || map.Map.Length % map.Width != 0)
                throw new ArgumentException($"A map of {map.Map.Length} values has no rows of {map.Width}.", nameof(maps));
            for (var i = 0; i < map.Map.Length; i++)
                scores[at + i] = float.IsFinite(map.Map[i]) ? -map.Map[i] // rising is then from the strangest on
                    : throw new ArgumentException($"A map has the value {map.Map[i]}.", nameof(maps));
            Label(map.Mask, map.Width, region.AsSpan(at, map.Map.Length), sizes);
            at += map.Map.Length;
        }
        var positives = sizes.Sum();
        var negatives = total - positives;
        if (positives == 0 || negatives == 0)
            throw new ArgumentException("Ranking pixels takes normal and anomalous ones.", nameof(maps));
        Array.Sort(scores, region);
        return Walk(scores, region, [.. sizes.Select(size => 1.0 / size / sizes.Count)], positives, negatives);
    }

    private static PixelScores Walk(float[] scores, int[] region, double[] share, long positives, long negatives)
    {
        double area = 0, overlapArea = 0, found = 0, overlap = 0, falses = 0;
        for (var i = 0; i < scores.Length;)
        {
            var (newFound, newOverlap, newFalses) = (found, overlap, falses);
            var j = i;
            for (; j < scores.Length && scores[j] == scores[i]; j++)
            {
                if (region[j] == 0) newFalses++;
                else
                {
                    newFound++;
                    newOverlap += share[region[j] - 1];
                }
            }
            area += (newFalses - falses) * (found + newFound) / 2;
            // A step over the limit counts up to it, as if what it finds came evenly.
            var (from, to) = (falses / negatives, newFalses / negatives);
            if (from < ProLimit && to > from)
            {
                var part = Math.Min(1, (ProLimit - from) / (to - from));
                overlapArea += (to - from) * part * (overlap + part * (newOverlap - overlap) / 2);
            }
            (found, overlap, falses, i) = (newFound, newOverlap, newFalses, j);
        }
        return new PixelScores(area / positives / negatives, overlapArea / ProLimit, share.Length);
    }

    /// <summary>Numbers the connected regions of a mask, going on from those before.</summary>
    private static void Label(bool[] mask, int width, Span<int> region, List<long> sizes)
    {
        var open = new Stack<int>();
        for (var start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || region[start] != 0) continue;
            sizes.Add(0);
            region[start] = sizes.Count;
            open.Push(start);
            while (open.TryPop(out var pixel))
            {
                sizes[^1]++;
                var (x, y) = (pixel % width, pixel / width);
                for (var ny = Math.Max(y - 1, 0); ny <= Math.Min(y + 1, mask.Length / width - 1); ny++)
                    for (var nx = Math.Max(x - 1, 0); nx <= Math.Min(x + 1, width - 1); nx++)
                    {
                        var next = ny * width + nx;
                        if (!mask[next] || region[next] != 0) continue;
                        region[next] = sizes.Count;
                        open.Push(next);
                    }
            }
        }
    }
}
