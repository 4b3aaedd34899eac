using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Learns from examples of many kinds how far pictures of one kind are from each other and how far kinds are apart, and weighs for a
/// picture whether it is of the normal kind or of one never seen: probabilistic linear discriminant analysis with full covariances
/// (Ioffe, 2006; as used to recognise speakers). The kind that is to be found must not be among the examples.
/// </summary>
[Detector("known-kinds", "whether of the normal kind or of a new one, learnt from kinds of known others, on a backbone's features",
    NeedsBackbone = true, NeedsKnownOthers = true)]
public sealed class KnownKindsDetector(DetectorSetup setup) : AnomalyDetector(setup)
{
    // Chosen on artists that no figure of docs/detectors.md is measured on.
    private const int MostDirections = 200;
    private const double Shrinkage = 0.2;
    private static readonly string[] s_names = ["mean", "directions", "own", "ownVariance", "otherVariance"];
    private Tensor[]? _state; // (D), (Q, D), (Q), (Q), (Q)

    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.MeansKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Means(Setup.Backbones, image);

    /// <inheritdoc/>
    public override void Fit(FitData data) => FitAndScoreHeldOut(data, []);

    /// <summary>For the held-out scores the directions of the largest variance, which know no kinds, are those of all images.</summary>
    /// <inheritdoc/>
    protected internal override double[] FitAndScoreHeldOut(FitData data, IReadOnlyList<IReadOnlyList<int>> folds)
    {
        if (data.Normal.Count < 3 || data.KnownOthers.Count < 3)
            throw new ArgumentException(
                $"{data.Normal.Count} normal images and {data.KnownOthers.Count} of others are too few; it takes at least 3 of each.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = stack([.. data.Normal, .. data.KnownOthers]);
        var mean = samples.mean([0]);
        var deviation = samples.std(0, unbiased: false);
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<float>(), 1e-9));
        var x = (samples - mean) / scale;
        var (values, vectors) = linalg.eigh(x.matmul(x.t()));
        var count = Math.Min(MostDirections, values.gt(values.max().item<float>() * 1e-6f).sum().item<long>());
        values = values.narrow(0, values.shape[0] - count, count);
        vectors = vectors.narrow(1, vectors.shape[1] - count, count);
        var directions = vectors.t().matmul(x) / values.sqrt().unsqueeze(1); // (Q, D), of length 1
        var places = (vectors * values.sqrt()).to(ScalarType.Float64); // (N, Q)
        int[] kinds =
        [
            .. data.Normal.Select(_ => -1),
            .. data.KnownOthers.Select((_, i) => i < data.KnownOtherKinds.Count ? data.KnownOtherKinds[i] : i),
        ];
        var scores = new double[data.Normal.Count];
        foreach (var fold in folds.Where(fold => fold.Count > 0))
        {
            data.Cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var left = fold.ToHashSet();
            int[] rest = [.. Enumerable.Range(0, kinds.Length).Where(i => !left.Contains(i))];
            var model = Kinds.Of(places.index_select(0, Indices(rest)), [.. rest.Select(i => kinds[i])]);
            foreach (var i in fold) scores[i] = Ratio(model.Rotation.mv(places[i]), model.Own, model.OwnVariance, model.OtherVariance);
        }
        var whole = Kinds.Of(places, kinds);
        Keep([mean, whole.Rotation.matmul(directions.to(ScalarType.Float64)).to(ScalarType.Float32) / scale,
            .. new[] { whole.Own, whole.OwnVariance, whole.OtherVariance }.Select(t => t.to(ScalarType.Float32))]);
        data.Progress?.Report(1);
        return scores;
    }

    /// <summary>How much more likely the picture is under a new kind than under the normal one, as a logarithm (times 2).</summary>
    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        if (_state is null) throw new InvalidOperationException("The detector has not been fitted.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var place = _state[1].mv(features - _state[0]).to(ScalarType.Float64);
        Tensor Double(int i) => _state[i].to(ScalarType.Float64);
        return Ratio(place, Double(2), Double(3), Double(4));
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() =>
        (_state ?? throw new InvalidOperationException("The detector has not been fitted."))
        .Zip(s_names).ToDictionary(part => part.Second, part => part.First);

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Tensor[] all = [.. s_names.Select((name, i) => Take(state, name, i == 1 ? 2 : 1))];
        if (!all[1].shape.SequenceEqual([all[2].shape[0], all[0].shape[0]]) || all[3..].Any(t => t.shape[0] != all[2].shape[0]))
            throw new InvalidDataException("the detector's 'directions' do not go with the rest of it");
        Keep(all);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var tensor in _state ?? []) tensor.Dispose();
        base.Dispose(disposing);
    }

    private static double Ratio(Tensor place, Tensor own, Tensor ownVariance, Tensor otherVariance) =>
        ((place - own).square() / ownVariance + ownVariance.log() - place.square() / otherVariance - otherVariance.log())
        .sum().item<double>();

    private static Tensor Indices(IEnumerable<int> indices) => tensor(indices.Select(i => (long)i).ToArray());

    private void Keep(IEnumerable<Tensor> state)
    {
        var kept = state.Select(tensor => tensor.clone().DetachFromDisposeScope()).ToArray();
        foreach (var tensor in _state ?? []) tensor.Dispose();
        _state = kept;
    }

    /// <summary>
    /// The model on axes where pictures of one kind have the variance 1 and kinds are independent: where a picture of the normal kind is
    /// to be expected, with which variance, and with which one of a kind never seen, around 0.
    /// </summary>
    private sealed record Kinds(Tensor Rotation, Tensor Own, Tensor OwnVariance, Tensor OtherVariance)
    {
        /// <param name="places">(N, Q), float64, of mean 0.</param>
        /// <param name="kinds">One a sample; −1 is the normal one.</param>
        public static Kinds Of(Tensor places, int[] kinds)
        {
            var size = places.shape[1];
            var groups = kinds.Select((kind, i) => (kind, i)).GroupBy(k => k.kind, k => k.i)
                .Select(group => (Kind: group.Key, Places: places.index_select(0, Indices(group)))).ToArray();
            var means = stack(groups.Select(group => group.Places.mean([0])));
            var within = zeros([size, size], ScalarType.Float64);
            var several = 0;
            foreach (var (group, mean) in groups.Select((group, g) => (group.Places, means[g])).Where(g => g.Places.shape[0] > 1))
            {
                var apart = group - mean;
                within += apart.t().matmul(apart) / (group.shape[0] - 1);
                several++;
            }
            within /= several;
            within = within * (1 - Shrinkage) + eye(size, dtype: ScalarType.Float64) * (Shrinkage * within.trace().item<double>() / size);
            // A mean of few samples is off by a share of the variance within.
            var between = means.t().matmul(means) / groups.Length - within * groups.Average(g => 1.0 / g.Places.shape[0]);
            var factor = linalg.cholesky(within);
            var whitened = linalg.solve(factor, linalg.solve(factor, between).t());
            var (variances, axes) = linalg.eigh((whitened + whitened.t()) / 2);
            variances = variances.clamp_min(0);
            var rotation = axes.t().matmul(linalg.inv(factor));
            var normal = Array.FindIndex(groups, group => group.Kind == -1);
            var share = 1.0 / groups[normal].Places.shape[0];
            var trust = variances / (variances + share);
            return new Kinds(rotation, trust * rotation.mv(means[normal]), trust * share + 1, variances + 1);
        }
    }
}
