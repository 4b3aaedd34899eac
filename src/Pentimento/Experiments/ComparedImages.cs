using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>The images of a comparison of detectors, and what simple statistics say of them.</summary>
internal sealed class ComparedImages : IDisposable
{
    private readonly List<ImageDataset> _opened = [];
    private readonly FeatureFiles? _kept;

    public ComparedImages(
        DetectorComparisonOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new ExperimentProgress("reading images"));
        var reading = options.Reading();
        try
        {
            ImageDataset Open(string path)
            {
                var images = ExperimentData.OpenSet(path, reading, Experiment.Decoding(progress), cancel);
                _opened.Add(images);
                if (!images.GoesWith(_opened[0]))
                    throw new ArgumentException(
                        $"The images of '{path}' are {images.Shape}, those of '{options.Normal}' are {_opened[0].Shape}; give a --size.");
                return images;
            }
            Normal = Open(options.Normal);
            Others = [.. options.Each.Count > 0 ? options.Each.Select(Open) : [Open(options.Other!)]];
            // The sets of --each are known others, too, while another of them is measured on: they are opened once.
            KnownOthers = [.. options.KnownOthers.Except(options.Each).Select(Open)];
            _kept = options.FeatureFolder is { } folder ? new FeatureFiles(folder) : null;
            if (Normal.Count < options.Folds)
                throw new ArgumentException(
                    $"'{options.Normal}' has {Normal.Count} images, which are too few for {options.Folds} folds.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ImageDataset Normal { get; }

    public ImageDataset Other => Others[0];

    /// <summary>Each measured on by itself.</summary>
    public IReadOnlyList<ImageDataset> Others { get; }

    public IReadOnlyList<ImageDataset> KnownOthers { get; }

    /// <summary>The kind of every image of some sets: each set, or each label in it, is one.</summary>
    public static IReadOnlyList<int> Kinds(IEnumerable<ImageDataset> sets)
    {
        var numbers = new Dictionary<(int Set, string? Label), int>();
        return
        [
            .. sets.SelectMany((set, s) => set.Items.Select(item => (Set: s, item.Label)))
                .Select(kind => numbers.TryGetValue(kind, out var number) ? number : numbers[kind] = numbers.Count),
        ];
    }

    /// <summary>What a detector looks at in every image; the caller's dispose scope owns it.</summary>
    public Tensor[] Extract(AnomalyDetector detector, ImageDataset images, CancellationToken cancel) =>
        _kept is { } files ? files.Extract(detector, images, () => Look(detector, images, cancel)) : Look(detector, images, cancel);

    private static Tensor[] Look(AnomalyDetector detector, ImageDataset images, CancellationToken cancel)
    {
        using var noGradient = no_grad();
        var features = new Tensor[images.Count];
        for (var i = 0; i < features.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var image = images.Read([i]);
            features[i] = detector.Extract(image).clone().MoveToOuterDisposeScope();
        }
        return features;
    }

    /// <summary>The blank models (<see cref="BlankModels"/>) on the same images.</summary>
    public IEnumerable<DetectorRow> BlankRows(ImageDataset other, int folds, int seed, CancellationToken cancel) =>
        DetectorRow.Of(BlankModels.Run(
            Normal, [.. Enumerable.Range(0, Normal.Count)], other, [.. Enumerable.Range(0, other.Count)], folds,
            new SeparationOptions { Seed = seed }, null, cancel));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var images in _opened) images.Dispose();
    }
}
