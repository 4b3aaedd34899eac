using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Reports;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>Fits and calibrates a detector on the normal images of an experiment.</summary>
internal static class DetectorTraining
{
    private const int CalibrationFolds = 5;

    /// <summary>
    /// Fits a detector on all normal images that are not kept for measuring, with a calibration by cross-fitting on them.
    /// </summary>
    /// <param name="options">With a detector.</param>
    /// <param name="data">The images.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The images are too few, or the sets differ in size.</exception>
    public static AnomalyDetector Fit(
        ExperimentOptions options, ExperimentData data, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var chosen = options.Detector!;
        var detector = chosen.Create(
            Experiment.PreprocessingOfFiles(data.Images), ComputeDevice.Parse(options.Device), options.Crops?.Fusion ?? default);
        try
        {
            using var scope = NewDisposeScope();
            int[] own = [.. data.Train.Concat(data.Validation).Order()];
            var normal = Extract(detector, data.Images, own, "normal pictures", progress, cancel);
            var (others, kinds) = (new List<Tensor>(), new List<(string Set, string? Label)>());
            if (Detectors.Facts(chosen.Name).NeedsKnownOthers)
                foreach (var path in chosen.KnownOthers)
                {
                    using var set = ExperimentData.OpenSet(path, options, Experiment.Decoding(progress), cancel);
                    foreach (var line in set.Source.LeftOut.Lines)
                        progress?.Report(new ExperimentProgress("reading images", Warning: line));
                    if (!set.GoesWith(data.Images))
                        throw new ArgumentException(
                            $"The images of '{path}' are {set.Shape}, those of '{options.Data}' are {data.Images.Shape}; give a --size.");
                    kinds.AddRange(set.Items.Select(item => (path, item.Label)));
                    others.AddRange(
                        Extract(detector, set, [.. Enumerable.Range(0, set.Count)], $"known others, {set.Source.Name}", progress, cancel));
                }
            ImageItem[] items = [.. own.Select(i => data.Images.Items[i])];
            CrossFitting.Fit(detector, new FitData
            {
                Normal = normal,
                KnownOthers = others,
                KnownOtherKinds = [.. kinds.Select(kind => kinds.IndexOf(kind))],
                Seed = options.Training.Seed,
                Progress = progress is null ? null : new Share(progress),
                Cancel = cancel,
            }, Folds(items, options.Training.Seed), options.FalseAlarmRate);
            detector.Examples = NormalExamples.Of(
                [.. items.Select((item, i) => options.Private ? $"picture {i + 1}" : item.Id)], [.. normal.Select(detector.Remembered)],
                options.Private ? null : Pictures(data.Images, own, items));
            return detector;
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <summary>The folds by which a detector is calibrated on normal images: positions of those that are scored together.</summary>
    internal static IReadOnlyList<int[]> Folds(IReadOnlyList<ImageItem> items, int seed) =>
        [.. DataSplit.Folds(items, Math.Min(CalibrationFolds, items.Count), seed, stratify: false).Select(fold => fold.Test)];

    /// <summary>Small ones of the normal pictures, so that a report needs no other file to show them.</summary>
    private static Dictionary<string, byte[]> Pictures(ImageDataset images, int[] own, ImageItem[] items)
    {
        var pictures = new Dictionary<string, byte[]>();
        foreach (var i in NormalExamples.Chosen(own.Length))
        {
            using var scope = NewDisposeScope();
            using var image = images.Read([own[i]]);
            var file = EmbeddedImage.ThumbnailFile(RasterImage.FromTensor(image[0], bitDepth: 8), PictureReports.ThumbnailSide);
            if (file.Length <= NormalExamples.LargestPicture) pictures[items[i].Id] = file;
        }
        return pictures;
    }

    /// <summary>What a detector looks at in some images; the caller's dispose scope owns it.</summary>
    private static Tensor[] Extract(
        AnomalyDetector detector, ImageDataset images, IReadOnlyList<int> indices, string what,
        IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        using var noGradient = no_grad();
        var features = new Tensor[indices.Count];
        for (var i = 0; i < features.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (i % 16 == 0) progress?.Report(new ExperimentProgress($"looking at {what}: {i:N0}"));
            using var scope = NewDisposeScope();
            using var image = images.Read([indices[i]]);
            features[i] = detector.Extract(image).clone().MoveToOuterDisposeScope();
        }
        return features;
    }

    private sealed class Share(IProgress<ExperimentProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new ExperimentProgress($"learning what is normal: {100 * value:F0} %"));
    }
}
