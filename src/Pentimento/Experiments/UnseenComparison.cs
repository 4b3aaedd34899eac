using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>One detector on one set that it has not seen.</summary>
/// <param name="Detector">As registered.</param>
/// <param name="Set">What the set is called.</param>
/// <param name="Count">How many images it has.</param>
/// <param name="Auroc">Of held-out normal images against them.</param>
/// <param name="Rates">At every asked share of false alarms.</param>
/// <param name="Blank">The best simple statistic on the same images; null where it was not asked for.</param>
public sealed record UnseenRow(
    string Detector, string Set, int Count, Interval Auroc, IReadOnlyList<MeasuredRate> Rates, DetectorRow? Blank);

/// <summary>All sets of one detector.</summary>
/// <param name="Detector">As registered.</param>
/// <param name="Mean">The mean AUROC; its interval is drawn over the sets.</param>
/// <param name="Worst">The set with the lowest AUROC.</param>
public sealed record UnseenSummary(string Detector, Interval Mean, UnseenRow Worst)
{
    /// <summary>One for each detector, in the order of the rows.</summary>
    public static IReadOnlyList<UnseenSummary> Of(IReadOnlyList<UnseenRow> rows, int seed) =>
    [
        .. rows.GroupBy(row => row.Detector).Select(all => new UnseenSummary(
            all.Key, Bootstrap.Mean([.. all.Select(row => row.Auroc.Estimate)], new BootstrapOptions { Seed = seed }),
            all.MinBy(row => row.Auroc.Estimate)!)),
    ];
}

/// <summary>
/// Measures detectors on one set of images that do not belong after the other, none of which they have seen: a detector that learns from
/// known others is fitted anew without the set that it is measured on. The folds are those of <see cref="DetectorComparison"/>.
/// </summary>
public static class UnseenComparison
{
    /// <summary>Measures.</summary>
    /// <param name="options">With sets in <see cref="DetectorComparisonOptions.Each"/>.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The detectors as asked for, each with all sets in order.</returns>
    /// <exception cref="ArgumentException">The options do not go together or with the images.</exception>
    /// <exception cref="InvalidDataException">A set, an image or the weights are damaged.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static IReadOnlyList<UnseenRow> Run(
        DetectorComparisonOptions options, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        DetectorComparison.Validate(options);
        var each = Sets(options.Each);
        if (each.Contains(options.Normal))
            throw new ArgumentException($"'{options.Normal}' is the normal set and one of the others; it cannot be both.");
        options = options with { Each = each, KnownOthers = Sets(options.KnownOthers) };
        var names = DetectorComparison.Names(options);
        using var images = new ComparedImages(options, progress, cancel);
        var folds = DataSplit.Folds(images.Normal.Items, options.Folds, options.Seed, stratify: false);
        progress?.Report(new ExperimentProgress("simple statistics"));
        DetectorRow?[] blank =
            [.. images.Others.Select(set => images.BlankRows(set, options.Folds, options.Seed, cancel).FirstOrDefault(r => r.IsRival))];
        var rows = new List<UnseenRow>();
        foreach (var name in names)
        {
            using var scope = NewDisposeScope();
            using var detector = DetectorComparison.Create(name, options, images.Normal.Preprocessing);
            progress?.Report(new ExperimentProgress($"{name}: looking at pictures"));
            var normal = images.Extract(detector, images.Normal, cancel);
            Tensor[][] others = [.. images.Others.Select(set => images.Extract(detector, set, cancel))];
            var learns = Detectors.Facts(name).NeedsKnownOthers;
            Tensor[] known = learns ? [.. images.KnownOthers.SelectMany(set => images.Extract(detector, set, cancel))] : [];
            // One cross-validation serves all sets where none of them is learnt from.
            int[][] together = learns ? [.. Enumerable.Range(0, others.Length).Select(i => new[] { i })]
                : [[.. Enumerable.Range(0, others.Length)]];
            foreach (var measured in together)
            {
                var scores = CrossValidation.Run(
                    detector, new CrossValidatedFeatures(
                        normal, [.. measured.SelectMany(i => others[i])],
                        learns ? [.. known, .. others.Where((_, i) => !measured.Contains(i)).SelectMany(set => set)] : [],
                        images.Normal.Items)
                    {
                        KnownOtherKinds = ComparedImages.Kinds(
                            [.. images.KnownOthers, .. images.Others.Where((_, i) => !measured.Contains(i))]),
                    }, folds, options.Rates(), options.Seed,
                    fold => progress?.Report(new ExperimentProgress(
                        $"{name}: {(learns ? $"{images.Others[measured[0]].Source.Name}, " : "")}fold {fold + 1} of {folds.Count}")),
                    null, cancel);
                var start = 0;
                foreach (var i in measured)
                {
                    var part = start..(start += others[i].Length);
                    rows.Add(Row(name, images.Others[i], scores, part, blank[i], options.Seed));
                }
            }
        }
        return rows;
    }

    /// <summary>Paths as they are, and instead of a folder that has only folders, those.</summary>
    internal static IReadOnlyList<string> Sets(IEnumerable<string> paths) =>
    [
        .. paths.SelectMany(path => Directory.Exists(path) && Directory.EnumerateFiles(path).All(FolderListing.IsPassedOver)
                && new FolderListing(path).Folders(path) is { Count: > 0 } folders
            ? folders.Order(StringComparer.Ordinal) : (IEnumerable<string>)[path]).Select(Path.TrimEndingDirectorySeparator).Distinct(),
    ];

    private static UnseenRow Row(string name, ImageDataset set, CrossValidatedScores scores, Range part, DetectorRow? blank, int seed)
    {
        var others = scores.Others[part];
        bool[] anomalous = [.. scores.Normal.Select(_ => false), .. others.Select(_ => true)];
        var auroc = Bootstrap.Auroc([.. scores.Normal, .. others], anomalous, new BootstrapOptions { Seed = seed });
        return new UnseenRow(
            name, set.Source.Name, others.Length, auroc, [.. scores.Decisions.Select(d => MeasuredRate.Of(d, part))], blank);
    }
}
