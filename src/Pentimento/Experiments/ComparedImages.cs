using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>The images of a comparison of detectors, and what simple statistics say of them.</summary>
internal sealed class ComparedImages : IDisposable
{
    private readonly List<ImageDataset> _opened = [];

    public ComparedImages(
        DetectorComparisonOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new ExperimentProgress("reading images"));
        var reading = new ExperimentOptions
        {
            Task = ModelTask.Detect,
            Data = options.Normal,
            Size = options.Size,
            SkipUnreadable = options.SkipUnreadable,
        };
        try
        {
            ImageDataset Open(string path)
            {
                var images = ExperimentData.OpenSet(path, reading, Experiment.Decoding(progress), cancel);
                _opened.Add(images);
                if (images.Shape != _opened[0].Shape)
                    throw new ArgumentException(
                        $"The images of '{path}' are {images.Shape}, those of '{options.Normal}' are {_opened[0].Shape}; give a --size.");
                return images;
            }
            (Normal, Other) = (Open(options.Normal), Open(options.Other));
            KnownOthers = [.. options.KnownOthers.Select(Open)];
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

    public ImageDataset Other { get; }

    public IReadOnlyList<ImageDataset> KnownOthers { get; }

    /// <summary>What a detector looks at in every image; the caller's dispose scope owns it.</summary>
    public Tensor[] Extract(AnomalyDetector detector, ImageDataset images, CancellationToken cancel)
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

    /// <summary>The statistics, each turned so that it separates as well as it can.</summary>
    public IEnumerable<DetectorRow> BlankRows(int seed)
    {
        var (own, others) = (Blank(Normal), Blank(Other));
        foreach (var (name, values) in own)
        {
            double[] all = [.. values, .. others[name]];
            if (all.Distinct().Count() < 2) continue;
            bool[] anomalous = [.. values.Select(_ => false), .. others[name].Select(_ => true)];
            if (Ranking.Auroc(all, anomalous) < 0.5) all = Array.ConvertAll(all, v => -v);
            var auroc = Bootstrap.Auroc(all, anomalous, new BootstrapOptions { Seed = seed });
            yield return new DetectorRow(name, true, auroc, null, null, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var images in _opened) images.Dispose();
    }

    private static Dictionary<string, double[]> Blank(ImageDataset images)
    {
        var rows = new Dictionary<string, double[]>();
        void Set(string name, int i, double value)
        {
            if (!rows.TryGetValue(name, out var values)) rows[name] = values = new double[images.Count];
            values[i] = value;
        }
        for (var i = 0; i < images.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var image = images.Read([i]);
            Set("sharpness (mean |Laplacian|)", i, ImageStatistics.MeanAbsoluteLaplacian(image)[0]);
            Set("share of high frequencies", i, ImageStatistics.HighFrequencyShare(image)[0]);
            Set("noise level", i, ImageStatistics.NoiseLevel(image)[0]);
            var means = image.mean([0, 2, 3]).data<float>().ToArray();
            for (var c = 0; c < means.Length; c++) Set(means.Length == 1 ? "mean grey" : $"mean {"red,green,blue".Split(',')[c]}", i, means[c]);
            if (images.FileOf(i) is { } file) Set("file size", i, new FileInfo(file).Length);
        }
        return rows;
    }
}
