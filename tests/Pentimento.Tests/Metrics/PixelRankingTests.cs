using Pentimento.Metrics;

namespace Pentimento.Tests.Metrics;

public sealed class PixelRankingTests
{
    /// <summary>Maps with ties, and masks with regions that touch at corners, that end at the border, and none.</summary>
    private static MaskedMap[] Maps(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 4).Select(n =>
        {
            const int width = 9, height = 7;
            var mask = new bool[width * height];
            if (n > 0)
                for (var i = 0; i < 3; i++)
                {
                    var (x, y) = (random.Next(width), random.Next(height));
                    for (var k = 0; k <= i; k++) mask[Math.Min(y + k, height - 1) * width + Math.Min(x + k, width - 1)] = true;
                }
            return new MaskedMap(
                [.. mask.Select(m => MathF.Round(4 * (random.NextSingle() + (m ? 0.5f : 0))) / 4)], mask, width);
        })];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_agrees_with_the_definitions_written_out(int seed)
    {
        var maps = Maps(seed);
        var scores = PixelRanking.Of(maps);
        double[] all = [.. maps.SelectMany(m => m.Map).Select(v => (double)v)];
        bool[] positive = [.. maps.SelectMany(m => m.Mask)];
        Assert.Equal(Ranking.Auroc(all, positive), scores.Auroc, 12);

        // PRO: at every threshold the mean share of each region, against the share of normal pixels; then the area up to 0.3.
        var regions = maps.SelectMany((m, n) => Regions(m).Select(r => r.Select(i => (double)maps[n].Map[i]).ToArray())).ToArray();
        double[] negatives = [.. all.Where((_, i) => !positive[i])];
        List<(double Rate, double Overlap)> curve = [(0, 0)];
        foreach (var threshold in all.Distinct().OrderDescending())
            curve.Add((negatives.Count(v => v >= threshold) / (double)negatives.Length,
                regions.Average(r => r.Count(v => v >= threshold) / (double)r.Length)));
        const int steps = 200_000;
        var area = Enumerable.Range(0, steps).Average(i => At(0.3 * (i + 0.5) / steps));
        Assert.Equal(area, scores.Pro, 4);
        Assert.Equal(regions.Length, scores.Regions);

        double At(double rate)
        {
            var after = curve.FindIndex(p => p.Rate >= rate);
            var ((r0, o0), (r1, o1)) = (curve[after - 1], curve[after]);
            return o0 + (o1 - o0) * (rate - r0) / (r1 - r0);
        }
    }

    [Fact]
    public void A_map_that_is_the_mask_is_perfect_and_its_opposite_the_worst()
    {
        var mask = new[] { false, true, true, false, false, false, false, true };
        float[] map = [.. mask.Select(m => m ? 1f : 0)];
        Assert.Equal(new PixelScores(1, 1, 2), PixelRanking.Of([new MaskedMap(map, mask, 8)]));
        Assert.Equal(new PixelScores(0, 0, 2), PixelRanking.Of([new MaskedMap([.. map.Select(v => -v)], mask, 8)]));
    }

    [Fact]
    public void Maps_that_say_nothing_are_chance()
    {
        var scores = PixelRanking.Of([new MaskedMap(new float[8], [true, false, false, false, false, true, false, false], 4)]);
        Assert.Equal(0.5, scores.Auroc, 12);
        Assert.Equal(0.15, scores.Pro, 12);
    }

    [Fact]
    public void What_cannot_be_ranked_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PixelRanking.Of([new MaskedMap([1, 2], [true, true], 2)]));
        Assert.Throws<ArgumentException>(() => PixelRanking.Of([new MaskedMap([1, 2], [true], 2)]));
        Assert.Throws<ArgumentException>(() => PixelRanking.Of([new MaskedMap([1, float.NaN], [true, false], 2)]));
        Assert.Throws<ArgumentException>(() => PixelRanking.Of([new MaskedMap([1, 2, 3], [true, false, true], 2)]));
    }

    /// <summary>Connected regions by merging until nothing changes.</summary>
    private static List<HashSet<int>> Regions(MaskedMap map)
    {
        var regions = Enumerable.Range(0, map.Mask.Length).Where(i => map.Mask[i]).Select(i => new HashSet<int> { i }).ToList();
        bool Touch(int a, int b) => Math.Abs(a % map.Width - b % map.Width) <= 1 && Math.Abs(a / map.Width - b / map.Width) <= 1;
        for (var i = 0; i < regions.Count; i++)
            for (var j = i + 1; j < regions.Count; j++)
                if (regions[i].Any(a => regions[j].Any(b => Touch(a, b))))
                {
                    regions[i].UnionWith(regions[j]);
                    regions.RemoveAt(j);
                    j = i;
                }
        return regions;
    }
}
