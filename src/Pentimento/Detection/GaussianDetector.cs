using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>A detector that makes one vector of an image and knows how vectors of normal images are distributed.</summary>
public abstract class GaussianDetector : AnomalyDetector
{
    private ShrunkGaussian? _gaussian;

    /// <inheritdoc/>
    protected GaussianDetector(DetectorSetup setup) : base(setup)
    {
    }

    private ShrunkGaussian Gaussian => _gaussian ?? throw new InvalidOperationException($"The detector '{Name}' has not been fitted.");

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count < 2) throw new ArgumentException($"{data.Normal.Count} normal images are too few; it takes at least 2.");
        using var scope = NewDisposeScope();
        var gaussian = ShrunkGaussian.Fit(stack(data.Normal.Select(Part)));
        _gaussian?.Dispose();
        _gaussian = gaussian;
        data.Progress?.Report(1);
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Gaussian.Distance(Part(features));
    }

    /// <summary>
    /// The values that are looked at, of all that <see cref="AnomalyDetector.Extract"/> gave; all of them unless overridden.
    /// </summary>
    protected virtual Tensor Part(Tensor features) => features;

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>(Gaussian.State());

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _gaussian?.Dispose();
        _gaussian = ShrunkGaussian.Restore(state);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _gaussian?.Dispose();
        base.Dispose(disposing);
    }
}
