using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// The mean of every feature of every stage of a backbone over the picture at two sizes, and how far the nearest normal
/// pictures are. The settings were chosen on artists that no figure of docs/detectors.md is measured on.
/// </summary>
[Detector("features", "means of a backbone's features; distance to the nearest normal pictures", NeedsBackbone = true)]
public sealed class FeatureDetector(DetectorSetup setup) : AnomalyDetector(setup)
{
    private const int Neighbours = 2;
    private Tensor? _mean, _scale, _normal; // (D), (D), (N, D): standardised

    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.MeansKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Means(Setup.Backbones, image);

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count <= Neighbours)
            throw new ArgumentException(
                $"{data.Normal.Count} normal images are too few; it takes at least {Neighbours + 1}.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = stack(data.Normal.Select(Part));
        var mean = samples.mean([0]);
        var deviation = samples.std(0, unbiased: false);
        // A value that hardly varies among the samples would otherwise decide everything.
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<float>(), 1e-9));
        Keep(mean, scale, (samples - mean) / scale);
        data.Progress?.Report(1);
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Distances(features).topk(Neighbours, largest: false).values.mean().item<float>();
    }

    /// <summary>The normal images that are most like an image.</summary>
    /// <param name="features">What <see cref="Extract"/> gave.</param>
    /// <param name="count">How many.</param>
    /// <returns>Positions in <see cref="FitData.Normal"/>, the nearest first, each with its distance.</returns>
    public IReadOnlyList<(int Index, double Distance)> Nearest(Tensor features, int count)
    {
        using var scope = NewDisposeScope();
        var (distances, indices) = Distances(features).topk((int)Math.Min(count, _normal!.shape[0]), largest: false);
        return [.. indices.data<long>().ToArray().Zip(distances.data<float>().ToArray(), (i, d) => ((int)i, (double)d))];
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>
    {
        ["mean"] = _mean ?? throw new InvalidOperationException("The detector has not been fitted."),
        ["scale"] = _scale!,
        ["normal"] = _normal!,
    };

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var (mean, scale, normal) = (Take(state, "mean", 1), Take(state, "scale", 1), Take(state, "normal", 2));
        if (scale.shape[0] != mean.shape[0] || normal.shape[1] != mean.shape[0] || normal.shape[0] < Neighbours)
            throw new InvalidDataException("the detector's 'normal' does not go with its 'mean'");
        Keep(mean, scale, normal);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var tensor in new[] { _mean, _scale, _normal }) tensor?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>(N): root of the mean squared difference of standardised values.</summary>
    private Tensor Distances(Tensor features)
    {
        if (_normal is null) throw new InvalidOperationException("The detector has not been fitted.");
        using var noGradient = no_grad();
        var difference = _normal - (Part(features) - _mean!) / _scale!;
        return difference.square().mean([1]).sqrt();
    }

    private Tensor Part(Tensor features) => BackboneFeatures.OfFirst(Setup.Backbones, features);

    private void Keep(Tensor mean, Tensor scale, Tensor normal)
    {
        foreach (var tensor in new[] { _mean, _scale, _normal }) tensor?.Dispose();
        (_mean, _scale) = (mean.clone().DetachFromDisposeScope(), scale.clone().DetachFromDisposeScope());
        _normal = normal.clone().DetachFromDisposeScope();
    }
}
