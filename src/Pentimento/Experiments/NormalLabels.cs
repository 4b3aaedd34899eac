using Pentimento.Data;

namespace Pentimento.Experiments;

/// <summary>
/// Which labels of a set are those of normal images. A label that training never saw is not normal, and one that sounds like a
/// verdict ("ko") is never taken for normal unasked.
/// </summary>
internal sealed class NormalLabels
{
    private static readonly string[] s_verdicts =
    [
        "ok", "ko", "ng", "nok", "nio", "io", "bad", "good", "normal", "abnormal", "def", "fail", "failed", "pass", "passed", "broken",
        "fault", "faulty", "damaged", "reject", "rejected", "crack", "scratch", "positive", "negative", "other", "others", "non", "not",
    ];
    private static readonly string[] s_beginnings = ["anomal", "defect", "outlier", "novel", "damage", "crack", "scratch", "contaminat"];

    private readonly HashSet<string>? _labels;

    private NormalLabels(IEnumerable<string>? labels, string? remark = null, bool ignoreCase = false)
    {
        _labels = labels?.ToHashSet(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        Remark = remark;
    }

    /// <summary>Every image is normal.</summary>
    public static NormalLabels All { get; } = new(null);

    /// <summary>The labels; empty where every image is normal.</summary>
    public IReadOnlyCollection<string> Labels => _labels ?? [];

    /// <summary>What a person should know of the choice, or null.</summary>
    public string? Remark { get; }

    /// <summary>Whether an image is normal. One without a label is where all are, and where it is to be learnt from.</summary>
    public bool Contains(ImageItem item) =>
        _labels is null || (item.Label is { } label ? _labels.Contains(label) : item.Split == ImageItem.TrainSplit);

    /// <summary>Chooses for a set that is learnt from.</summary>
    /// <param name="items">Its images.</param>
    /// <param name="given">The labels that a person named; empty where none are.</param>
    /// <param name="name">What errors call the set.</param>
    /// <exception cref="ArgumentException">It has no such label, or a person must say which are normal.</exception>
    public static NormalLabels Of(IReadOnlyList<ImageItem> items, IReadOnlyList<string> given, string name)
    {
        string[] labels = [.. LabelsOf(items)];
        if (given.FirstOrDefault(label => !labels.Contains(label)) is { } unknown)
            throw new ArgumentException(labels.Length == 0 ? $"'{name}' has no labels, so none is '{unknown}'."
                : $"'{name}' has no label '{unknown}'; it has {string.Join(", ", labels)}.");
        if (given.Count > 0) return new NormalLabels(given);
        if (labels.Length == 0) return new NormalLabels(null);
        if (labels.Contains(MvtecSource.Good)) return new NormalLabels([MvtecSource.Good]);

        bool IsLearntFrom(ImageItem item) => item.Split is null or ImageItem.TrainSplit;
        string[] learnt = [.. LabelsOf(items.Where(IsLearntFrom))];
        string[] unseen = [.. labels.Except(learnt, StringComparer.OrdinalIgnoreCase)];
        if (learnt.Any(SoundsBad) || (unseen.Length > 0 && learnt.Length == 0) || (learnt.Length > 1 && learnt.Any(IsVerdict)))
            throw new ArgumentException(
                $"Which of the labels of '{name}' are normal? It has {string.Join(", ", labels)}; name them with --normal.");
        return unseen.Length > 0
            ? new NormalLabels(learnt, $"Normal is what '{name}' has for training ({string.Join(", ", learnt)}); " +
                $"{string.Join(", ", unseen)} is not. --normal says otherwise.", ignoreCase: true)
            : new NormalLabels(null, labels.Length == 1 ? null
                : $"All labels of '{name}' count as normal: {Few(labels)}. --normal names those that are.");
    }

    /// <summary>Chooses for a set that a detector is measured on.</summary>
    /// <param name="items">Its images.</param>
    /// <param name="given">The labels that a person named; empty where none are.</param>
    /// <param name="trained">The labels that were normal in training; empty where all were, or there were none.</param>
    /// <param name="isTrainingSet">Whether the detector learnt from this set.</param>
    /// <param name="name">What errors call the set.</param>
    /// <exception cref="ArgumentException">It has no such label, or a person must say which are normal.</exception>
    public static NormalLabels OfMeasured(
        IReadOnlyList<ImageItem> items, IReadOnlyList<string> given, IReadOnlyList<string> trained, bool isTrainingSet, string name)
    {
        if (given.Count > 0) return Of(items, given, name);
        string[] labels = [.. LabelsOf(items)];
        if (trained.Count == 0) return isTrainingSet ? new NormalLabels(null) : Of(items, [], name);
        if (labels.Length == 0) return new NormalLabels(null);
        if (labels.Intersect(trained, StringComparer.OrdinalIgnoreCase).Any()) return new NormalLabels(trained, ignoreCase: true);
        return labels.Contains(MvtecSource.Good) ? new NormalLabels([MvtecSource.Good])
            : new NormalLabels(trained, $"None of the labels of '{name}' ({Few(labels)}) was normal in training " +
                $"({Few([.. trained])}), so that all count as anomalous. --normal says otherwise.");
    }

    private static IEnumerable<string> LabelsOf(IEnumerable<ImageItem> items) =>
        items.Select(item => item.Label).OfType<string>().Distinct().Order(NaturalOrder.Comparer);

    private static string Few(string[] labels) =>
        string.Join(", ", labels.Take(5)) + (labels.Length > 5 ? $" and {labels.Length - 5} more" : "");

    private static bool IsVerdict(string label) => Words(label).Any(word =>
        s_verdicts.Contains(word, StringComparer.OrdinalIgnoreCase)
        || s_beginnings.Any(beginning => word.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)));

    // One label alone may be called "normal"; one called "ko" is no set to learn what is normal from.
    private static bool SoundsBad(string label) =>
        label.ToLowerInvariant() is "ko" or "ng" or "nok" or "bad" or "abnormal" or "defect" or "defective" or "anomaly" or "anomalous";

    private static string[] Words(string label) => label.Split([' ', '_', '-', '.', '/'], StringSplitOptions.RemoveEmptyEntries);
}
