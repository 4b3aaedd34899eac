using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Calibrates a detector without holding images out of its fit: each fold of the normal images is scored by a detector that was fitted
/// on the others, then the detector is fitted on all (cross-conformal prediction; Vovk, 2015). The promised rate is not proven as
/// strictly as with held-out images, but it uses every image twice; evaluations check that it holds. Detectors that train a network
/// (<see cref="DetectorAttribute.Trains"/>) are fitted once, on all but the first fold, and calibrated on that.
/// </summary>
public static class CrossFitting
{
    /// <summary>Fits and calibrates.</summary>
    /// <param name="detector">Fitted on all normal images in the end, or on those outside of the first fold.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="folds">Positions in <see cref="FitData.Normal"/>: every one in exactly one fold.</param>
    /// <param name="falseAlarmRate">The share of genuine images that may be flagged, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">The images are too few, or the rate is out of range.</exception>
    public static void Fit(
        AnomalyDetector detector, FitData data, IReadOnlyList<IReadOnlyList<int>> folds, double falseAlarmRate)
    {
        if (Detectors.Facts(detector.Name).Trains)
        {
            HoldOut(detector, data, folds[0], falseAlarmRate);
            return;
        }
        var scores = detector.FitAndScoreHeldOut(data, folds);
        detector.Calibration = Calibration.ForFalseAlarmRate(scores, falseAlarmRate);
    }

    private static void HoldOut(AnomalyDetector detector, FitData data, IReadOnlyList<int> heldOut, double falseAlarmRate)
    {
        var left = heldOut.ToHashSet();
        detector.Fit(data with { Normal = [.. data.Normal.Where((_, i) => !left.Contains(i))] });
        var scores = new double[heldOut.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            using var scope = NewDisposeScope();
            scores[i] = detector.Score(data.Normal[heldOut[i]]);
        }
        detector.Calibration = Calibration.ForFalseAlarmRate(scores, falseAlarmRate);
    }
}

/// <summary>A part of some work, told as a part of the whole.</summary>
internal sealed class ShareOfProgress : IProgress<double>
{
    private readonly IProgress<double> _whole;
    private readonly int _part, _parts;

    private ShareOfProgress(IProgress<double> whole, int part, int parts) => (_whole, _part, _parts) = (whole, part, parts);

    /// <summary>The part's progress; null where nobody is told of the whole.</summary>
    public static ShareOfProgress? Of(IProgress<double>? whole, int part, int parts) => whole is null ? null : new(whole, part, parts);

    /// <inheritdoc/>
    public void Report(double value) => _whole.Report((_part + value) / _parts);
}
