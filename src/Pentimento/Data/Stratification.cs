namespace Pentimento.Data;

/// <summary>Draws parts of a set so that each class has its share and no group is torn apart.</summary>
internal static class Stratification
{
    /// <summary>Draws a share of some images.</summary>
    /// <returns>The drawn images and the others, each ascending.</returns>
    public static (int[] Taken, int[] Left) Take(
        IReadOnlyList<ImageItem> items, int[] pool, double fraction, bool stratify, SeededRandom random)
    {
        if (fraction == 0 || pool.Length < 2) return ([], pool);
        var strata = Strata(items, pool, stratify);
        var total = Math.Clamp((int)Math.Round(pool.Length * fraction, MidpointRounding.AwayFromZero), 1, pool.Length - 1);
        var sizes = pool.GroupBy(i => strata[i]).OrderBy(g => g.Key).Select(g => (long)g.Count()).ToArray();
        var toTake = Quotas(sizes, total);
        var toLeave = sizes.Zip(toTake, (size, quota) => (int)size - quota).ToArray();

        List<int> taken = [], left = [];
        var (groups, singles) = Units(items, pool, random);
        foreach (var group in groups)
        {
            var tooMany = Excess(group, strata, toTake).CompareTo(Excess(group, strata, toLeave));
            // Where both sides have room, the side that is relatively emptier.
            var take = tooMany != 0 ? tooMany < 0
                : (long)toTake.Sum() * (pool.Length - total) > (long)toLeave.Sum() * total;
            foreach (var i in group) (take ? toTake : toLeave)[strata[i]]--;
            (take ? taken : left).AddRange(group);
        }
        foreach (var i in singles)
            (toTake[strata[i]]-- > 0 ? taken : left).Add(i);

        // Large groups may have filled one side only. The smallest unit then goes to the other, if there are two.
        if ((taken.Count == 0 || left.Count == 0) && groups.Count + singles.Length > 1)
        {
            var (from, to) = taken.Count == 0 ? (left, taken) : (taken, left);
            int[] smallest = singles.Length > 0 ? [singles[^1]] : groups[^1];
            from.RemoveAll(smallest.Contains);
            to.AddRange(smallest);
        }
        return ([.. taken.Order()], [.. left.Order()]);
    }

    /// <summary>Deals all images out to folds of nearly equal size.</summary>
    /// <returns>The images of each fold, ascending.</returns>
    public static int[][] Deal(IReadOnlyList<ImageItem> items, int folds, bool stratify, SeededRandom random)
    {
        var pool = Enumerable.Range(0, items.Count).ToArray();
        var strata = Strata(items, pool, stratify);
        var (groups, singles) = Units(items, pool, random);
        if (folds < 2 || folds > groups.Count + singles.Length)
            throw new ArgumentException(
                $"{folds} folds are asked for; from 2 to {groups.Count + singles.Length} are possible, " +
                "the number of groups and single images.",
                nameof(folds));

        var result = Enumerable.Range(0, folds).Select(_ => new List<int>()).ToArray();
        var ofStratum = new int[folds, strata.Length == 0 ? 0 : strata.Max() + 1];
        // Class by class, so that a class's last round goes to the folds that are smallest so far.
        foreach (var unit in groups.Concat(singles.OrderBy(i => strata[i]).Select(i => new[] { i })))
        {
            var fold = Enumerable.Range(0, folds)
                .OrderBy(f => unit.Length > 1 ? result[f].Count : 0)
                .ThenBy(f => unit.Sum(i => ofStratum[f, strata[i]]))
                .ThenBy(f => result[f].Count)
                .First();
            result[fold].AddRange(unit);
            foreach (var i in unit) ofStratum[fold, strata[i]]++;
        }
        return [.. result.Select(fold => fold.Order().ToArray())];
    }

    // The stratum of every item, as a number in the ordinal order of the labels; unlabelled items are a stratum of their own.
    private static int[] Strata(IReadOnlyList<ImageItem> items, int[] pool, bool stratify)
    {
        if (!stratify) return new int[items.Count];
        var labels = pool.Select(i => items[i].Label ?? "").Distinct().Order(StringComparer.Ordinal)
            .Select((label, s) => (label, s)).ToDictionary(p => p.label, p => p.s);
        return [.. items.Select(i => labels.GetValueOrDefault(i.Label ?? "", -1))];
    }

    // Largest remainders: each stratum's share of the total, to within one, and together exactly the total.
    private static int[] Quotas(long[] sizes, int total)
    {
        var all = sizes.Sum();
        var quotas = sizes.Select(size => (int)(size * total / all)).ToArray();
        var missing = total - quotas.Sum();
        var byRemainder = Enumerable.Range(0, sizes.Length).OrderByDescending(s => sizes[s] * total % all);
        foreach (var s in byRemainder.Take(missing)) quotas[s]++;
        return quotas;
    }

    private static int Excess(int[] group, int[] strata, int[] room) =>
        group.GroupBy(i => strata[i]).Sum(g => Math.Max(0, g.Count() - Math.Max(0, room[g.Key])));

    // Groups of several images, the largest first, and images on their own; otherwise in random order.
    private static (List<int[]> Groups, int[] Singles) Units(IReadOnlyList<ImageItem> items, int[] pool, SeededRandom random)
    {
        var units = pool.GroupBy(i => items[i].Group is { } group ? (group, -1) : ("", i)).Select(g => g.ToArray()).ToArray();
        random.Shuffle<int[]>(units);
        return (
            [.. units.Where(u => u.Length > 1).OrderByDescending(u => u.Length)],
            [.. units.Where(u => u.Length == 1).Select(u => u[0])]);
    }
}
