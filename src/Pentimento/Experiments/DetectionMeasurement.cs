using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>One image, scored, with simple statistics beside the score that know nothing of what it shows.</summary>
/// <param name="Images">The set it is of.</param>
/// <param name="Index">Which one.</param>
/// <param name="IsAnomalous">What it truly is.</param>
/// <param name="Score">The detector's score; higher is stranger.</param>
/// <param name="Sharpness">The mean absolute Laplacian.</param>
/// <param name="HighFrequencies">The share of energy in the upper half of the band.</param>
public sealed record DetectionMeasurement(
    ImageDataset Images, int Index, bool IsAnomalous, double Score, double Sharpness, double HighFrequencies)
{
    /// <summary>Scores some images of a set with an auto-encoder's error.</summary>
    /// <param name="network">As for <see cref="ReconstructionDetector.Scores"/>.</param>
    /// <param name="images">The set.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="anomalous">What they truly are.</param>
    public static IEnumerable<DetectionMeasurement> Of(
        InferenceNetwork network, ImageDataset images, IReadOnlyList<int> indices, bool anomalous)
    {
        foreach (var chunk in indices.Chunk(64))
        {
            using var batch = images.Read(chunk);
            using var onDevice = batch.to(network.Device);
            var scores = ReconstructionDetector.Scores(network, onDevice);
            var (sharpness, high) = (ImageStatistics.MeanAbsoluteLaplacian(batch), ImageStatistics.HighFrequencyShare(batch));
            for (var i = 0; i < chunk.Length; i++)
                yield return new DetectionMeasurement(images, chunk[i], anomalous, scores[i], sharpness[i], high[i]);
        }
    }

    /// <summary>Scores some images of a set with any detector, as it scores files.</summary>
    /// <param name="detector">Fitted.</param>
    /// <param name="images">The set, with the detector's preprocessing.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="anomalous">What they truly are.</param>
    /// <param name="cancel">Ends the work.</param>
    public static IEnumerable<DetectionMeasurement> Of(
        AnomalyDetector detector, ImageDataset images, IReadOnlyList<int> indices, bool anomalous, CancellationToken cancel = default)
    {
        var hasMasks = detector.HasMap && images.Items.Any(item => item.Mask is not null);
        foreach (var index in indices)
        {
            cancel.ThrowIfCancellationRequested();
            yield return One(index);
        }

        DetectionMeasurement One(int index)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var image = images.Read([index]); // which some detectors look at as it is
            var features = detector.Extract(image);
            var measured = new DetectionMeasurement(
                images, index, anomalous, detector.Score(features), ImageStatistics.MeanAbsoluteLaplacian(image)[0],
                ImageStatistics.HighFrequencyShare(image)[0]);
            var (height, width) = ((int)image.shape[2], (int)image.shape[3]);
            return !hasMasks ? measured : measured with
            {
                Map = detector.Map(features, height, width)?.data<float>().ToArray(),
                MapWidth = width,
            };
        }
    }

    /// <summary>Scores the test images of an experiment: the held-out normal ones, and all anomalous ones.</summary>
    public static IReadOnlyList<DetectionMeasurement> Of(
        AnomalyDetector detector, ExperimentData data, CancellationToken cancel = default) =>
    [
        .. Of(detector, data.Images, data.Test, anomalous: false, cancel),
        .. Of(detector, data.Images, data.Anomalous, anomalous: true, cancel),
        .. data.Others is { } others ? Of(detector, others, [.. Enumerable.Range(0, others.Count)], anomalous: true, cancel) : [],
    ];

    /// <summary>The anomaly map, row by row, where the set has masks to compare it with; else null.</summary>
    public float[]? Map { get; init; }

    /// <summary>How many values of the map are a row.</summary>
    public int MapWidth { get; init; }

    /// <summary>The statistics as scores, each turned so that it separates as well as it can (AUROC of 0.5 or more).</summary>
    public static IEnumerable<(string Name, double[] Scores)> Statistics(IReadOnlyList<DetectionMeasurement> measured)
    {
        bool[] anomalous = [.. measured.Select(m => m.IsAnomalous)];
        foreach (var (name, values) in new[]
        {
            ("sharpness (mean |Laplacian|)", measured.Select(m => m.Sharpness).ToArray()),
            ("share of high frequencies", measured.Select(m => m.HighFrequencies).ToArray()),
        })
            yield return (name, Ranking.Auroc(values, anomalous) >= 0.5 ? values : Array.ConvertAll(values, v => -v));
    }
}
