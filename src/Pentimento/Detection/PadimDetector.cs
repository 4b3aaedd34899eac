using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// PaDiM (Defard et al., 2020, arXiv:2011.08785): a normal distribution of features at every place of the picture, for pictures
/// of one object in one pose. A place is as strange as its Mahalanobis distance, and a picture as its strangest place.
/// </summary>
[Detector("padim", "a Gaussian of features at every place, for one object in one pose; shows where", NeedsBackbone = true)]
public sealed class PadimDetector(DetectorSetup setup) : AnomalyDetector(PatchFeatures.Check(setup))
{
    private const int Dimensions = 100;
    private const double Regularisation = 0.01;
    private Tensor? _chosen, _mean, _whitening; // (d), (places, d), (places, d, d)

    /// <inheritdoc/>
    public override bool HasMap => true;

    internal override bool HasOneSize => true;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => PatchFeatures.Of(Setup.Backbone!, image);

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count < 2) throw new ArgumentException($"{data.Normal.Count} normal images are too few; it takes at " +
            "least 2.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)data.Seed);
        var channels = data.Normal[0].shape[0];
        var chosen = randperm(channels, generator: generator).narrow(0, 0, Math.Min(Dimensions, channels));
        var samples = stack(data.Normal.Select(f => f.index_select(0, chosen).flatten(1).t())); // (N, places, d)
        var mean = samples.mean([0]);
        var whitening = new List<Tensor>();
        for (long place = 0; place < mean.shape[0]; place++)
        {
            data.Cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var x = samples.select(1, place) - mean[place]; // (N, d)
            var covariance = x.t().matmul(x) / (x.shape[0] - 1);
            // A share of the mean variance on the diagonal, where the publication has a constant that suits its features.
            covariance += eye(x.shape[1]) * (Regularisation * covariance.trace() / x.shape[1] + 1e-8);
            whitening.Add(linalg.inv(linalg.cholesky(covariance)).MoveToOuterDisposeScope());
            if (place % 64 == 0) data.Progress?.Report((double)place / mean.shape[0]);
        }
        Keep(chosen, mean, stack(whitening));
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Distances(features).max().item<float>();
    }

    /// <summary>The Mahalanobis distance at every place.</summary>
    /// <inheritdoc/>
    public override Tensor Map(Tensor features, int height, int width)
    {
        using var scope = NewDisposeScope();
        return PatchFeatures.Enlarge(Distances(features).reshape(features.shape[1], features.shape[2]), height, width)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>
    {
        ["chosen"] = _chosen ?? throw new InvalidOperationException("The detector has not been fitted."),
        ["mean"] = _mean!,
        ["whitening"] = _whitening!,
    };

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        var (chosen, mean, whitening) = (Take(state, "chosen", 1, ScalarType.Int64), Take(state, "mean", 2), Take(state, "whitening", 3));
        long places = mean.shape[0], values = mean.shape[1];
        if (chosen.shape[0] != values || !whitening.shape.SequenceEqual([places, values, values])
            || chosen.shape[0] == 0 || chosen.min().item<long>() < 0)
            throw new InvalidDataException("the detector's 'whitening' does not go with its 'mean'");
        Keep(chosen, mean, whitening);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var tensor in new[] { _chosen, _mean, _whitening }) tensor?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>(places).</summary>
    private Tensor Distances(Tensor features)
    {
        if (_mean is null) throw new InvalidOperationException("The detector has not been fitted.");
        using var noGradient = no_grad();
        var x = features.index_select(0, _chosen!).flatten(1).t() - _mean; // (places, d)
        return _whitening!.bmm(x.unsqueeze(2)).squeeze(2).square().sum([1]).sqrt();
    }

    private void Keep(Tensor chosen, Tensor mean, Tensor whitening)
    {
        foreach (var tensor in new[] { _chosen, _mean, _whitening }) tensor?.Dispose();
        (_chosen, _mean) = (chosen.clone().DetachFromDisposeScope(), mean.clone().DetachFromDisposeScope());
        _whitening = whitening.clone().DetachFromDisposeScope();
    }
}
