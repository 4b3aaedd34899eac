using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>What <see cref="AnomalyDetector.Extract"/> gave for the images of a cross-validation; not disposed.</summary>
/// <param name="Normal">Divided into folds.</param>
/// <param name="Others">Images that do not belong; only measured on.</param>
/// <param name="KnownOthers">For detectors that learn from them.</param>
/// <param name="Items">What is known of the normal images: groups stay together.</param>
internal sealed record CrossValidatedFeatures(
    IReadOnlyList<Tensor> Normal, IReadOnlyList<Tensor> Others, IReadOnlyList<Tensor> KnownOthers, IReadOnlyList<ImageItem> Items)
{
    /// <summary>Of which kind each of the known others is (<see cref="FitData.KnownOtherKinds"/>).</summary>
    public IReadOnlyList<int> KnownOtherKinds { get; init; } = [];
}

/// <summary>
/// Scores of a cross-validation. Those of different fits meet on the scale of their normal scores: 0 is the median, 1 the
/// distance between the 16 % and the 84 % quantile (two standard deviations of a normal distribution).
/// </summary>
/// <param name="Normal">Of each normal image, by the fit that did not see it.</param>
/// <param name="Others">Of each other image, averaged over the fits.</param>
/// <param name="Decisions">For each asked share of false alarms.</param>
internal sealed record CrossValidatedScores(double[] Normal, double[] Others, IReadOnlyList<CrossValidatedDecisions> Decisions)
{
    /// <summary>Of each normal image, at the first of the asked shares.</summary>
    public bool[] IsFlagged => Decisions[0].IsFlagged;

    /// <summary>The share of the others that was flagged, averaged over the fits, at the first of the asked shares.</summary>
    public double Found => Decisions[0].Found.Average();

    /// <summary>The normal images', then the others'.</summary>
    public double[] All => [.. Normal, .. Others];

    /// <summary>As long as <see cref="All"/>: what belongs to the others.</summary>
    public bool[] Anomalous => [.. Normal.Select(_ => false), .. Others.Select(_ => true)];
}

/// <summary>What a cross-validation decided for an asked share of false alarms.</summary>
/// <param name="Asked">The share of genuine images that may be flagged.</param>
/// <param name="IsFlagged">Of each normal image.</param>
/// <param name="Found">Of each other image, the share of the fits that flagged it.</param>
internal sealed record CrossValidatedDecisions(double Asked, bool[] IsFlagged, double[] Found)
{
    /// <summary>The share of the normal images that was flagged.</summary>
    public Interval FalseAlarms => Binomial.Wilson(IsFlagged.Count(flagged => flagged), IsFlagged.Length);
}

/// <summary>A detector as one fold fitted and calibrated it.</summary>
/// <param name="Index">Which fold, from 0.</param>
/// <param name="Split">The normal images that it learnt from, and the held-out ones.</param>
/// <param name="Detector">Valid until the next fold.</param>
/// <param name="Scale">Its scores on the common scale.</param>
internal sealed record FittedFold(int Index, DataSplit Split, AnomalyDetector Detector, ScoreScale Scale);

/// <summary>Where the scores of normal images lie and how far they spread.</summary>
/// <param name="Centre">Their median.</param>
/// <param name="Width">From their 16 % to their 84 % quantile, above 0.</param>
internal readonly record struct ScoreScale(double Centre, double Width)
{
    /// <summary>The scale of a calibration.</summary>
    public static ScoreScale Of(Calibration calibration)
    {
        double[] scores = [.. calibration.NormalScores];
        return new ScoreScale(
            Quantiles.Of(scores, 0.5), Math.Max(Quantiles.Of(scores, 0.84) - Quantiles.Of(scores, 0.16), 1e-12));
    }

    /// <summary>A score on this scale.</summary>
    public double Place(double score) => (score - Centre) / Width;
}

/// <summary>
/// Fits and calibrates a detector on each fold's other images alone, and scores the fold and all images that do not belong.
/// </summary>
internal static class CrossValidation
{
    /// <summary>Cross-validates.</summary>
    /// <param name="detector">Fitted anew for each fold.</param>
    /// <param name="features">What it looks at.</param>
    /// <param name="folds">Of the normal images.</param>
    /// <param name="falseAlarmRates">Asked for, one or more; the detector is calibrated for the first.</param>
    /// <param name="seed">Of the fits and of their calibration.</param>
    /// <param name="begin">Told of each fold's start; may be null.</param>
    /// <param name="inspect">Given each fold's detector; may be null.</param>
    /// <param name="cancel">Ends the work.</param>
    public static CrossValidatedScores Run(
        AnomalyDetector detector, CrossValidatedFeatures features, IReadOnlyList<DataSplit> folds,
        IReadOnlyList<double> falseAlarmRates, int seed, Action<int>? begin, Action<FittedFold>? inspect, CancellationToken cancel)
    {
        var (normal, others) = (features.Normal, features.Others);
        var (ownScores, otherScores) = (new double[normal.Count], new double[others.Count]);
        CrossValidatedDecisions[] decisions =
            [.. falseAlarmRates.Select(rate => new CrossValidatedDecisions(rate, new bool[normal.Count], new double[others.Count]))];
        for (var fold = 0; fold < folds.Count; fold++)
        {
            cancel.ThrowIfCancellationRequested();
            begin?.Invoke(fold);
            Fit(detector, features, folds[fold].Train, falseAlarmRates[0], seed, cancel);
            var scale = ScoreScale.Of(detector.Calibration);
            var thresholds = decisions.Select(
                d => Calibration.ForFalseAlarmRate(detector.Calibration.NormalScores, d.Asked).Threshold).ToArray();
            foreach (var i in folds[fold].Test)
            {
                var score = detector.Score(normal[i]);
                ownScores[i] = scale.Place(score);
                for (var k = 0; k < decisions.Length; k++) decisions[k].IsFlagged[i] = score >= thresholds[k];
            }
            for (var i = 0; i < others.Count; i++)
            {
                var score = detector.Score(others[i]);
                otherScores[i] += scale.Place(score) / folds.Count;
                for (var k = 0; k < decisions.Length; k++)
                    if (score >= thresholds[k]) decisions[k].Found[i] += 1.0 / folds.Count;
            }
            inspect?.Invoke(new FittedFold(fold, folds[fold], detector, scale));
        }
        return new CrossValidatedScores(ownScores, otherScores, decisions);
    }

    /// <summary>Fits and calibrates a detector on some of the normal images.</summary>
    public static void Fit(
        AnomalyDetector detector, CrossValidatedFeatures features, IReadOnlyList<int> train, double falseAlarmRate, int seed,
        CancellationToken cancel)
    {
        ImageItem[] items = [.. train.Select(i => features.Items[i])];
        CrossFitting.Fit(detector, new FitData
        {
            Normal = [.. train.Select(i => features.Normal[i])],
            KnownOthers = features.KnownOthers,
            KnownOtherKinds = features.KnownOtherKinds,
            Seed = seed,
            Cancel = cancel,
        }, DetectorTraining.Folds(items, seed), falseAlarmRate);
    }
}
