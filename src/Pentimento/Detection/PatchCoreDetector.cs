using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// PatchCore (Roth et al., 2022, arXiv:2106.08265): a memory bank of the features of normal patches, thinned to a coreset. A place is as
/// strange as its patch is far from the nearest in the bank, and a picture as its strangest place: more so where the nearest in the
/// bank is itself far from others (the publication's equation 7; distances count there by the root of the number of values).
/// </summary>
[Detector("patchcore", "a memory bank of normal patches: as strange as the strangest patch; shows where", NeedsBackbone = true,
    HasBank = true)]
public sealed class PatchCoreDetector(DetectorSetup setup) : AnomalyDetector(PatchFeatures.Check(setup))
{
    private const int WeighingNeighbours = 9;
    private MemoryBank? _bank;

    /// <inheritdoc/>
    public override bool HasMap => true;

    /// <summary>The patches it remembers.</summary>
    public MemoryBank Bank => _bank ?? throw new InvalidOperationException("The detector has not been fitted.");

    /// <summary>The bank in figures; null before <see cref="Fit"/>, and for a detector that was opened.</summary>
    public BankFacts? BankFacts { get; private set; }

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => PatchFeatures.Of(Setup.Backbone!, image);

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count == 0) throw new ArgumentException("There are no normal images.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var patches = PatchFeatures.Rows(data.Normal);
        var count = Setup.BankSize.Count(patches.shape[0], patches.shape[1]);
        var chosen = GreedyCoreset.Choose(patches, count, data.Seed, data.Progress, data.Cancel);
        var bank = MemoryBank.Build(patches.index_select(0, tensor(chosen)), data.Seed, data.Progress, data.Cancel);
        _bank?.Dispose();
        (_bank, BankFacts) = (bank, new BankFacts(bank.Count, patches.shape[0], bank.Bytes));
        data.Progress?.Report(1);
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = PatchFeatures.Rows(features);
        var (distances, indices) = Bank.Find(rows);
        var strangest = distances.flatten().argmax().item<long>();
        var (query, nearest) = (rows.narrow(0, strangest, 1), Bank.Vectors(indices[strangest]));
        // The neighbours, in the bank, of the nearest patch, itself among them.
        var around = Bank.Find(nearest, Math.Min(WeighingNeighbours, Bank.Count)).Indices.flatten();
        var toOthers = (Bank.Vectors(around[around.ge(0)]) - query).square().mean([1]).sqrt();
        var toNearest = (nearest - query).square().mean([1]).sqrt();
        var weight = 1 - 1 / (toOthers - toNearest).exp().sum().clamp_min(1);
        return (around.shape[0] == 1 ? 1 : weight.item<float>()) * distances.max().item<float>();
    }

    /// <summary>The distance of the nearest normal patch.</summary>
    /// <inheritdoc/>
    public override Tensor Map(Tensor features, int height, int width)
    {
        using var scope = NewDisposeScope();
        var nearest = Bank.Nearest(PatchFeatures.Rows(features)).reshape(features.shape[1], features.shape[2]);
        return PatchFeatures.Enlarge(nearest, height, width).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => Bank.State();

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _bank?.Dispose();
        _bank = MemoryBank.Restore(state);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _bank?.Dispose();
        base.Dispose(disposing);
    }
}
