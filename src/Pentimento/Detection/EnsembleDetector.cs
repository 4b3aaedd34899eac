using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Several detectors as one. Each member's score is placed on the scale of the scores that it gives to normal images which it
/// has not learnt from (0 is their median, 1 the distance from their 16 % to their 84 % quantile), and the places are averaged:
/// so no member counts more for the size of its numbers. The whole is calibrated like any detector, on normal images alone.
/// </summary>
public abstract class EnsembleDetector : AnomalyDetector
{
    private const int ScaleFolds = 5;
    private const string ScalesName = "scales";
    private readonly AnomalyDetector[] _members;
    private readonly int[] _features; // of each member: which of the tensors that Extract packs
    private Tensor? _scales; // (M, 2): centre and width

    /// <summary>Makes the members.</summary>
    /// <param name="setup">The members look through the same backbones.</param>
    /// <param name="members">Names of registered detectors that are no ensembles.</param>
    protected EnsembleDetector(DetectorSetup setup, IReadOnlyList<string> members) : base(setup)
    {
        _members = [.. members.Select(name => Detectors.Create(name, setup with { AreBackbonesShared = true }))];
        string[] kinds = [.. _members.Select(member => member.FeatureKind).Distinct()];
        _features = [.. _members.Select(member => Array.IndexOf(kinds, member.FeatureKind))];
    }

    /// <summary>The detectors that it is made of.</summary>
    public IReadOnlyList<AnomalyDetector> Members => _members;

    /// <inheritdoc/>
    protected internal override string FeatureKind =>
        string.Join(" + ", _members.Select(member => member.FeatureKind).Distinct());

    internal override bool HasOneSize => _members.Any(member => member.HasOneSize);

    private Tensor Scales => _scales ?? throw new InvalidOperationException($"The detector '{Name}' has not been fitted.");

    /// <summary>What the members look at, each kind once.</summary>
    /// <inheritdoc/>
    public override Tensor Extract(Tensor image)
    {
        using var scope = NewDisposeScope();
        var first = Enumerable.Range(0, _features.Max() + 1).Select(kind => _members[Array.IndexOf(_features, kind)]);
        Tensor[] all = [.. first.Select(member => member.Extract(image))];
        return (all.Length == 1 ? all[0].clone() : PackedTensors.Pack(all)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What <see cref="Extract"/> gave, for each kind: members that all look at the same share its features as they are.
    /// </summary>
    private Tensor[] Parts(Tensor features) => _features.Max() == 0 ? [features] : PackedTensors.Unpack(features);

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        var folds = Enumerable.Range(0, Math.Min(ScaleFolds, data.Normal.Count))
            .Select(fold => Enumerable.Range(0, data.Normal.Count).Where(i => i % ScaleFolds == fold).ToArray()).ToArray();
        FitAndScoreHeldOut(data, folds);
    }

    /// <inheritdoc/>
    protected internal override double[] FitAndScoreHeldOut(FitData data, IReadOnlyList<IReadOnlyList<int>> folds)
    {
        using var scope = NewDisposeScope();
        var normal = data.Normal.Select(Parts).ToArray();
        var others = data.KnownOthers.Select(Parts).ToArray();
        var scales = new float[2 * _members.Length];
        var heldOut = new double[normal.Length];
        for (var m = 0; m < _members.Length; m++)
        {
            data.Cancel.ThrowIfCancellationRequested();
            var scores = _members[m].FitAndScoreHeldOut(data with
            {
                Normal = [.. normal.Select(parts => parts[_features[m]])],
                KnownOthers = Detectors.Facts(_members[m].Name).NeedsKnownOthers
                    ? [.. others.Select(parts => parts[_features[m]])] : [],
                Progress = null,
            }, folds);
            scales[2 * m] = (float)Quantiles.Of(scores, 0.5);
            scales[2 * m + 1] = (float)Math.Max(Quantiles.Of(scores, 0.84) - Quantiles.Of(scores, 0.16), 1e-12);
            for (var i = 0; i < scores.Length; i++)
                heldOut[i] += (scores[i] - scales[2 * m]) / scales[2 * m + 1] / _members.Length;
            data.Progress?.Report((m + 1.0) / _members.Length);
        }
        Keep(tensor(scales, [_members.Length, 2]));
        return heldOut;
    }

    /// <summary>The mean of the members' places.</summary>
    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        var scales = Scales.data<float>().ToArray();
        var parts = Parts(features);
        return _members.Select((member, m) => (member.Score(parts[_features[m]]) - scales[2 * m]) / scales[2 * m + 1]).Average();
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State()
    {
        var state = new Dictionary<string, Tensor> { [ScalesName] = Scales };
        for (var m = 0; m < _members.Length; m++)
            foreach (var (name, tensor) in _members[m].State()) state[Prefix(m) + name] = tensor;
        return state;
    }

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var scales = Take(state, ScalesName, 2);
        if (!scales.shape.SequenceEqual([_members.Length, 2]))
            throw new InvalidDataException($"the detector's '{ScalesName}' do not go with its {_members.Length} members");
        for (var m = 0; m < _members.Length; m++)
            _members[m].Restore(state.Where(part => part.Key.StartsWith(Prefix(m), StringComparison.Ordinal))
                .ToDictionary(part => part.Key[Prefix(m).Length..], part => part.Value));
        Keep(scales);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var member in _members) member.Dispose();
            _scales?.Dispose();
        }
        base.Dispose(disposing);
    }

    private static string Prefix(int member) => $"{member}.";

    private void Keep(Tensor scales)
    {
        _scales?.Dispose();
        _scales = scales.clone().DetachFromDisposeScope();
    }
}
