using System.Globalization;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>Looks at noisy pictures before they are learned from: neighbours teach only noise that they do not share.</summary>
internal static class NoiseWarning
{
    private const int Looked = 8;

    /// <summary>What must be said of the training pictures, in one line, or null.</summary>
    public static string? Of(ExperimentData data, ExperimentOptions options)
    {
        if (options.Training.Supervision != Supervision.Neighbours) return null;
        var step = Math.Max(1, data.Train.Count / Looked);
        NoiseEstimate[] noise =
            [.. data.Train.Where((_, i) => i % step == 0).Take(Looked).Select(i => NoiseOf(data.Images, i))];
        NoiseEstimate[] correlated = [.. noise.Where(n => n.Kind == NoiseKind.Correlated)];
        if (2 * correlated.Length > noise.Length)
            return $"The noise looks correlated in {correlated.Length} of {noise.Length} pictures (neighbouring pixels: " +
                correlated.Average(n => n.Correlation).ToString("F2", CultureInfo.InvariantCulture) +
                "). Learning from neighbours leaves such noise in; two captures of each thing (pairs), or training with added " +
                "noise of that kind, take it off.";
        return noise.All(n => n.Kind == NoiseKind.None)
            ? $"There is hardly any noise in the {noise.Length} pictures that were looked at; there is little to learn from " +
            "neighbours."
            : null;
    }

    private static NoiseEstimate NoiseOf(ImageDataset images, int index)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var image = images.FileOf(index) is { } file ? ImageFile.Read(file, images.Preprocessing).ToTensor()
            : images.Read([index])[0];
        return NoiseEstimate.Of(image);
    }
}
