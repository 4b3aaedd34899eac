using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Learns the boundary between normal pictures and examples of what else exists: least squares with a penalty on the means of a
/// backbone's features, with both classes counting alike. The kind that is to be found must not be among the examples.
/// </summary>
[Detector("known-others", "a boundary to examples of what else exists, by penalised least squares on a backbone's features",
    NeedsBackbone = true, NeedsKnownOthers = true)]
public sealed class KnownOthersDetector(DetectorSetup setup) : AnomalyDetector(setup)
{
    private const double Penalty = 0.3; // chosen on artists that no figure of docs/detectors.md is measured on
    private Tensor? _mean, _weights, _bias; // (D), (D), (1)

    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.MeansKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Means(Setup.Backbones, image);

    /// <inheritdoc/>
    public override void Fit(FitData data) => FitAndScoreHeldOut(data, []);

    /// <summary>
    /// The held-out scores follow from one fit: the scale of the values and the balance of the classes are those of all images.
    /// </summary>
    /// <inheritdoc/>
    protected internal override double[] FitAndScoreHeldOut(FitData data, IReadOnlyList<IReadOnlyList<int>> folds)
    {
        if (data.Normal.Count == 0 || data.KnownOthers.Count == 0)
            throw new ArgumentException("This detector needs normal images and examples of others.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = stack([.. data.Normal, .. data.KnownOthers]);
        var (own, others) = (data.Normal.Count, data.KnownOthers.Count);
        var isOther = cat([zeros(own, ScalarType.Float64), ones(others, ScalarType.Float64)]);
        var counts = cat([
            full([own], 0.5 * (own + others) / own, ScalarType.Float64),
            full([others], 0.5 * (own + others) / others, ScalarType.Float64)]);
        var mean = samples.mean([0]);
        var deviation = samples.std(0, unbiased: false);
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<float>(), 1e-9));
        var (weights, bias, heldOut) = RidgeClassifier.Fit((samples - mean) / scale, isOther, counts, Penalty, folds, data.Cancel);
        Keep(mean, weights / scale, bias);
        data.Progress?.Report(1);
        return heldOut[..own];
    }

    /// <summary>About −1 for a normal picture, about 1 for one of the others.</summary>
    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        if (_weights is null) throw new InvalidOperationException("The detector has not been fitted.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return ((features - _mean!) * _weights).to(ScalarType.Float64).sum().item<double>() + _bias!.item<float>();
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>
    {
        ["mean"] = _mean ?? throw new InvalidOperationException("The detector has not been fitted."),
        ["weights"] = _weights!,
        ["bias"] = _bias!,
    };

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var (mean, weights, bias) = (Take(state, "mean", 1), Take(state, "weights", 1), Take(state, "bias", 1));
        if (weights.shape[0] != mean.shape[0] || bias.shape[0] != 1)
            throw new InvalidDataException("the detector's 'weights' do not go with its 'mean'");
        Keep(mean, weights, bias);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var tensor in new[] { _mean, _weights, _bias }) tensor?.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(Tensor mean, Tensor weights, Tensor bias)
    {
        foreach (var tensor in new[] { _mean, _weights, _bias }) tensor?.Dispose();
        (_mean, _weights) = (mean.clone().DetachFromDisposeScope(), weights.clone().DetachFromDisposeScope());
        _bias = bias.clone().DetachFromDisposeScope();
    }
}
