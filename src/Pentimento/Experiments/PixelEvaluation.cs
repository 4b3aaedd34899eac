using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Runs;

namespace Pentimento.Experiments;

/// <summary>How well anomaly maps agree with the masks of a set that has them, as MVTec's.</summary>
internal static class PixelEvaluation
{
    /// <summary>"pixel auroc" and "pro"; nothing where there are no maps or no masks.</summary>
    /// <param name="measured">Normal images count as all normal; anomalous ones without a mask are left out.</param>
    /// <param name="preprocessing">Of the images; the masks go through the same sizes.</param>
    /// <exception cref="InvalidDataException">A mask is damaged or has another size than its image.</exception>
    public static IReadOnlyList<FinalMetric> Figures(IReadOnlyList<DetectionMeasurement> measured, Preprocessing preprocessing)
    {
        var maps = new List<MaskedMap>();
        foreach (var one in measured)
        {
            var mask = one.Images.Items[one.Index].Mask;
            if (one.Map is not { } map || (one.IsAnomalous && mask is null)) continue;
            maps.Add(new MaskedMap(
                map, mask is null ? new bool[map.Length] : ReadMask(mask, preprocessing, map.Length), one.MapWidth));
        }
        if (!maps.Any(m => m.Mask.Contains(true))) return [];
        var scores = PixelRanking.Of(maps);
        return [new FinalMetric("pixel auroc", scores.Auroc), new FinalMetric("pro", scores.Pro)];
    }

    private static bool[] ReadMask(string path, Preprocessing preprocessing, int pixels)
    {
        var image = ImageFile.Read(path, preprocessing with { Channels = 1, ToSrgb = false });
        if (image.Shape.Height * image.Shape.Width != pixels)
            throw new InvalidDataException($"The mask '{path}' is {image.Shape}, which is not the size of its image.");
        var values = new float[pixels];
        image.CopyTo(values);
        return Array.ConvertAll(values, value => value >= 0.5f);
    }
}
