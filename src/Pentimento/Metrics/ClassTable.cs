namespace Pentimento.Metrics;

/// <summary>One class of a table: how many samples it has and their mean.</summary>
/// <param name="Label">The class.</param>
/// <param name="Count">Its samples.</param>
/// <param name="Mean">The mean of their values, with its bootstrap interval.</param>
public sealed record ClassRow(string Label, int Count, Interval Mean);

/// <summary>Values per class.</summary>
public static class ClassTable
{
    /// <summary>Groups values by label.</summary>
    /// <param name="labels">One label per value; samples without one (null) are left out.</param>
    /// <param name="values">Finite.</param>
    /// <param name="options">How the intervals are drawn; defaults when null.</param>
    /// <returns>One row per class, ordered by label: as numbers where all are numbers, else as text.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a value is NaN or infinite.</exception>
    public static IReadOnlyList<ClassRow> Of(IReadOnlyList<string?> labels, ReadOnlySpan<double> values,
        BootstrapOptions? options = null)
    {
        Require.SameLength(labels.Count, values.Length, nameof(values));
        Require.Finite(values, nameof(values));
        var groups = new SortedDictionary<string, List<double>>(StringComparer.Ordinal);
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] is not { } label) continue;
            if (!groups.TryGetValue(label, out var group)) groups[label] = group = [];
            group.Add(values[i]);
        }
        IEnumerable<string> order = groups.Keys;
        if (groups.Keys.All(label => long.TryParse(label, out _))) order = groups.Keys.OrderBy(long.Parse);
        return [.. order.Select(label =>
            new ClassRow(label, groups[label].Count, Bootstrap.Mean(groups[label].ToArray(), options)))];
    }
}
