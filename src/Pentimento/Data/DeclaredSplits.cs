namespace Pentimento.Data;

/// <summary>What a source says about splits, extended to whole groups.</summary>
internal static class DeclaredSplits
{
    /// <summary>
    /// The declared split of each item; an item without one has that of its group. Null where nothing is declared.
    /// </summary>
    /// <exception cref="ArgumentException">One group's images are declared to be in different splits.</exception>
    public static string?[] Of(IReadOnlyList<ImageItem> items)
    {
        var ofGroup = new Dictionary<string, ImageItem>();
        foreach (var item in items)
        {
            if (item is not { Group: { } group, Split: not null } || ofGroup.TryAdd(group, item)) continue;
            var first = ofGroup[group];
            if (first.Split != item.Split)
                throw new ArgumentException(
                    $"The group '{group}' lies in two splits: '{first.Id}' in {first.Split}, '{item.Id}' in {item.Split}. " +
                    "Images of one group belong together.", nameof(items));
        }
        return [.. items.Select(i => i.Split ?? (i.Group is { } group ? ofGroup.GetValueOrDefault(group)?.Split : null))];
    }
}
