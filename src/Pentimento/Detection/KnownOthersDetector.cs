using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Learns the boundary between normal pictures and examples of what else exists: a logistic regression on the statistics of a
/// backbone's features, with both classes counting alike. The kind that is to be found must not be among the examples.
/// </summary>
[Detector("known-others", "a logistic regression against examples of what else exists, on a backbone's features",
    NeedsBackbone = true, NeedsKnownOthers = true)]
public sealed class KnownOthersDetector(DetectorSetup setup) : AnomalyDetector(setup)
{
    private const double Penalty = 0.01; // chosen on pairs of artists that the figures of the README do not use
    private Tensor? _mean, _weights, _bias; // (D), (D), (1)

    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.StatisticsKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Statistics(Setup.Backbones, image);

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count == 0 || data.KnownOthers.Count == 0)
            throw new ArgumentException("This detector needs normal images and examples of others.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = stack([.. data.Normal, .. data.KnownOthers]);
        var isOther = cat([zeros(data.Normal.Count), ones(data.KnownOthers.Count)]);
        var counts = cat([
            full([data.Normal.Count], 0.5 * samples.shape[0] / data.Normal.Count, ScalarType.Float64),
            full([data.KnownOthers.Count], 0.5 * samples.shape[0] / data.KnownOthers.Count, ScalarType.Float64)]);
        var mean = samples.mean([0]);
        var deviation = samples.std(0, unbiased: false);
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<float>(), 1e-9))
            * Math.Sqrt(samples.shape[1]); // so that the penalty means the same for any number of features
        var x = (samples - mean) / scale;
        var (weights, bias) = LogisticRegression.Fit(x, isOther, counts, Penalty, data.Cancel);
        Keep(mean, weights / scale, bias);
        data.Progress?.Report(1);
    }

    /// <summary>The logarithm of the odds that the picture is one of the others.</summary>
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
