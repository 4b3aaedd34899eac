using System.Text.Json;
using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// Audits a detector: whether plain properties of files and pictures do as well, whether its scores survive what does not matter,
/// and whether it knows the normal pictures or only their source.
/// </summary>
public sealed class DetectorAudit
{
    private const int Few = 50;
    private readonly DetectorAuditOptions _options;
    private readonly IProgress<ExperimentProgress>? _progress;
    private readonly CancellationToken _cancel;

    private DetectorAudit(DetectorAuditOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel) =>
        (_options, _progress, _cancel) = (options, progress, cancel);

    /// <summary>Audits.</summary>
    /// <param name="options">What.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="ArgumentException">The options do not go together or with the images.</exception>
    /// <exception cref="InvalidDataException">A set, an image, the model or the weights are damaged.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static DetectorAuditRun Run(
        DetectorAuditOptions options, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        options.Validate();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var audit = new DetectorAudit(options, progress, cancel);
        return options.Model is { } path ? audit.OfModel(path) : audit.OfRegistered();
    }

    /// <summary>A registered detector, cross-validated.</summary>
    private DetectorAuditRun OfRegistered()
    {
        var (name, asCompared) = (_options.Detector, _options.AsComparison());
        DetectorComparison.Names(asCompared); // checks that it can be made
        using var images = new ComparedImages(asCompared, _progress, _cancel);
        using var detector = DetectorComparison.Create(name, asCompared, images.Normal.Preprocessing);
        Tell($"{name}: looking at pictures");
        var features = new CrossValidatedFeatures(
            images.Extract(detector, images.Normal, _cancel), images.Extract(detector, images.Other, _cancel),
            Detectors.Facts(name).NeedsKnownOthers
                ? [.. images.KnownOthers.SelectMany(set => images.Extract(detector, set, _cancel))] : [],
            images.Normal.Items)
        {
            KnownOtherKinds = ComparedImages.Kinds(images.KnownOthers),
        };
        var sets = new AuditedSets(images.Normal, All(images.Normal), images.Other, All(images.Other));
        var sensitivity = Change(detector, sets);
        var folds = DataSplit.Folds(images.Normal.Items, _options.Folds, _options.Seed, stratify: false);
        var scores = CrossValidation.Run(
            detector, features, folds, [_options.FalseAlarmRate], _options.Seed,
            fold => Tell($"{name}: fold {fold + 1} of {folds.Count}"),
            fold =>
            {
                foreach (var i in sensitivity.Normal.Intersect(fold.Split.Test))
                    sensitivity.Add(fold.Detector, false, i, fold.Detector.Score(features.Normal[i]));
                // Each of the others by one of the fits, in turn.
                foreach (var i in sensitivity.Other.Where((_, k) => k % folds.Count == fold.Index))
                    sensitivity.Add(fold.Detector, true, i, fold.Detector.Score(features.Others[i]));
            }, _cancel);
        var measured = new AuditedScores(name, scores.Normal, scores.Others, scores.IsFlagged, scores.Found);
        return Finish(sets, measured, sensitivity, [], (left, seen) =>
        {
            CrossValidation.Fit(detector, features, seen, _options.FalseAlarmRate, _options.Seed, _cancel);
            return new SourceScores(
                [.. left.Select(i => detector.Score(features.Normal[i]))], [.. features.Others.Select(detector.Score)],
                detector.Calibration);
        });
    }

    /// <summary>A trained model's detector as it is, on normal pictures that it was not trained on.</summary>
    private DetectorAuditRun OfModel(string path)
    {
        var model = ModelBundle.Load(path, ComputeDevice.Parse(_options.Device));
        var fingerprint = model.Training["fingerprint"]?.GetValue<string>();
        var split = model.Parts.TryGetValue(Experiment.SplitPart, out var json) ? JsonSerializer.Deserialize<DataSplit>(json) : null;
        using var detector = Open(model, path);
        Tell("reading images");
        using var normal = OpenSet(_options.Normal, detector);
        using var other = OpenSet(_options.Other, detector);
        var remarks = new List<string> { "The detector was taken as it is, so that no source could be left out of what it " +
            "learnt." };
        var isTrainingSet = split is not null && fingerprint == normal.Fingerprint;
        if (isTrainingSet) split!.CheckFits(normal.Count);
        else
            remarks.Add("Whether the model was trained on any of these normal pictures is not known; if it was, the figures " +
                "flatter it.");
        int[] heldOut = isTrainingSet ? split!.Test : All(normal);
        if (isTrainingSet) remarks.Add($"Measured on the {heldOut.Length} normal pictures that were held out of its training.");
        var sets = new AuditedSets(normal, heldOut, other, All(other));
        var (calibration, scale) = (detector.Calibration, ScoreScale.Of(detector.Calibration));
        Tell($"{Path.GetFileName(path)}: scoring");
        double[] own = Scores(detector, normal, heldOut), others = Scores(detector, other, sets.OfOther);
        var sensitivity = Change(detector, sets);
        foreach (var i in sensitivity.Normal) sensitivity.Add(detector, false, i, own[Array.IndexOf(heldOut, i)]);
        foreach (var i in sensitivity.Other) sensitivity.Add(detector, true, i, others[i]);
        var measured = new AuditedScores(
            Path.GetFileName(path), [.. own.Select(scale.Place)], [.. others.Select(scale.Place)],
            [.. own.Select(calibration.IsAnomalous)], others.Average(s => calibration.IsAnomalous(s) ? 1.0 : 0))
        {
            AskedFalseAlarms = calibration.FalseAlarmRate,
        };
        return Finish(sets, measured, sensitivity, remarks, fitWithout: null);
    }

    private DetectorAuditRun Finish(
        AuditedSets sets, AuditedScores scores, SensitivityMeasurement sensitivity, IReadOnlyList<string> remarks,
        Func<IReadOnlyList<int>, IReadOnlyList<int>, SourceScores>? fitWithout)
    {
        Tell("blank models");
        var blank = BlankModels.Run(
            sets.Normal, sets.OfNormal, sets.Other, sets.OfOther, _options.Folds,
            new SeparationOptions { Seed = _options.Seed, Permutations = _options.Permutations }, null, _cancel);
        var known = PictureSources.Of(
            [.. sets.OfNormal.Select(i => sets.Normal.Items[i])], [.. blank.Signatures.Take(sets.OfNormal.Count)], _options.Sources);
        var sources = known is { } found ? SourceAudit.Run(sets, scores, found.Sources, fitWithout, Tell, _cancel) : [];
        var asked = scores.AskedFalseAlarms ?? _options.FalseAlarmRate;
        var result = new AuditResult
        {
            Normal = sets.Normal.Source.Name,
            Other = sets.Other.Source.Name,
            NormalCount = sets.OfNormal.Count,
            OtherCount = sets.OfOther.Count,
            Outcome = default,
            Conclusion = [],
            Detector = new AuditedDetector(
                scores.Name, Bootstrap.Auroc(scores.All, scores.Anomalous, new BootstrapOptions { Seed = _options.Seed }), asked,
                Binomial.Wilson(scores.IsFlagged.Count(flagged => flagged), scores.IsFlagged.Count), scores.Found),
            Blank = blank,
            Sensitivity = sensitivity.Rows(),
            SensitivityPictures = sensitivity.Normal.Count + sensitivity.Other.Count,
            Sources = sources,
            SourcesFrom = sources.Count > 0 ? known?.From : null,
            Remarks = [.. remarks, .. FewPictures(Math.Min(sets.OfNormal.Count, sets.OfOther.Count))],
            Seed = _options.Seed,
        };
        Tell("comparing");
        result = AuditConclusion.Conclude(result, AuditConclusion.Near(blank, scores.All, scores.Anomalous, _options.Seed));
        return new DetectorAuditRun(result, [.. sets.OfNormal.Select((index, i) => new AuditedPicture(
                sets.Normal.Items[index].Id, false, known?.Sources[i], scores.Normal[i], blank.Numbers[i])),
            .. sets.OfOther.Select((index, i) => new AuditedPicture(
                sets.Other.Items[index].Id, true, null, scores.Others[i], blank.Numbers[sets.OfNormal.Count + i]))]);
    }

    private static IEnumerable<string> FewPictures(int smaller) => smaller >= Few ? [] :
        [$"There are only {smaller} pictures in the smaller set: what is weak may not have been found."];

    private SensitivityMeasurement Change(AnomalyDetector detector, AuditedSets sets) => SensitivityMeasurement.Of(
        detector, sets.Normal, sets.OfNormal, sets.Other, sets.OfOther, _options.SensitivityPictures, _options.Seed,
        count => Tell($"changing pictures: {count}"), _cancel);

    private double[] Scores(AnomalyDetector detector, ImageDataset images, IReadOnlyList<int> indices)
    {
        var scores = new double[indices.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            _cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var image = images.Read([indices[i]]);
            scores[i] = detector.Score(detector.Extract(image));
        }
        return scores;
    }

    private ImageDataset OpenSet(string path, AnomalyDetector detector) => ImageDataset.Open(
        path, new ImageDatasetOptions
        {
            Preprocessing = detector.Preprocessing,
            SkipUnreadable = _options.SkipUnreadable,
            MixedSizes = detector.Preprocessing.Crop is null,
        }, Experiment.Decoding(_progress), _cancel);

    private static AnomalyDetector Open(ModelBundle model, string path)
    {
        try
        {
            return AnomalyDetector.Of(model);
        }
        catch (InvalidDataException e)
        {
            model.Dispose();
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static int[] All(ImageDataset images) => [.. Enumerable.Range(0, images.Count)];

    private void Tell(string stage) => _progress?.Report(new ExperimentProgress(stage));
}
