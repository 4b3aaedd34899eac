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
    /// <param name="remarks">Gets what must be said of masks in which nothing is marked.</param>
    /// <exception cref="InvalidDataException">A mask is damaged or has another size than its image.</exception>
    public static IReadOnlyList<FinalMetric> Figures(
        IReadOnlyList<DetectionMeasurement> measured, Preprocessing preprocessing, ICollection<string> remarks)
    {
        var (maps, masks, empty) = (new List<MaskedMap>(), 0, new List<string>());
        foreach (var one in measured)
        {
            var mask = one.Images.Items[one.Index].Mask;
            if (one.Map is not { } map || (one.IsAnomalous && mask is null)) continue;
            var marked = mask is null ? new bool[map.Length] : ReadMask(mask, preprocessing, map.Length);
            maps.Add(new MaskedMap(map, marked, one.MapWidth));
            if (!one.IsAnomalous) continue;
            masks++;
            if (!marked.Contains(true)) empty.Add(mask!);
        }
        if (empty.Count > 0)
            remarks.Add(empty.Count == masks
                ? $"None of the {masks:N0} masks of anomalous pictures has a marked pixel, as '{empty[0]}': there are no pixel figures."
                : $"{empty.Count:N0} of the {masks:N0} masks of anomalous pictures have no marked pixel, as '{empty[0]}'.");
        if (!maps.Any(m => m.Mask.Contains(true))) return [];
        var scores = PixelRanking.Of(maps);
        return [new FinalMetric("pixel auroc", scores.Auroc), new FinalMetric("pro", scores.Pro)];
    }

    private static bool[] ReadMask(string path, Preprocessing preprocessing, int pixels)
    {
        var image = (preprocessing with { Channels = 1, ToSrgb = false }).Apply(MaskFile.Read(path));
        if (image.Shape.Height * image.Shape.Width != pixels)
            throw new InvalidDataException($"The mask '{path}' is {image.Shape}, which is not the size of its image.");
        var values = new float[pixels];
        image.CopyTo(values);
        return Array.ConvertAll(values, value => value >= 0.5f);
    }
}
