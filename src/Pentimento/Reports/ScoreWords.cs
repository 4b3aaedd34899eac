using Pentimento.Detection;
using Pentimento.Imaging;

namespace Pentimento.Reports;

/// <summary>A verdict in words.</summary>
internal static class ScoreWords
{
    /// <summary>Why the answer is what it is, in a sentence or two.</summary>
    public static string Reason(Verdict verdict, Calibration calibration)
    {
        var scores = calibration.NormalScores;
        var asHigh = scores.Count(score => score >= verdict.AnomalyScore);
        var known = $"the {Numbers.Count(scores.Count)} normal pictures that it is measured by";
        var rarity = asHigh == 0 ? $"None of {known} scores as high."
            : asHigh == scores.Count ? $"All of {known} score as high or higher."
            : $"{Numbers.Count(asHigh)} of {known} {(asHigh == 1 ? "scores" : "score")} as high or higher.";
        return verdict.Answer switch
        {
            Answer.DoesNotBelong when calibration.Rule == ThresholdRule.FalseAlarmRate =>
                $"{rarity} The detector flags what is that rare: at most "
                + $"{Numbers.Percent(calibration.FalseAlarmRate)} of genuine pictures.",
            Answer.DoesNotBelong => $"{rarity} Its score is above the threshold.",
            Answer.CannotTell => $"{rarity} That is unusual, but not rare enough to say that it does not belong.",
            _ => $"{rarity} Nothing about it is unusual to this detector.",
        };
    }

    /// <summary>The share of the normal pictures that score lower.</summary>
    public static string Percentile(Verdict verdict, IReadOnlyList<double> scores) =>
        Numbers.Percent(System.Math.Floor(1000.0 * scores.Count(score => score < verdict.AnomalyScore) / scores.Count) / 1000);

    /// <summary>What a score does not say.</summary>
    public static IEnumerable<string> Limits(Preprocessing preprocessing, bool hasMap, bool isAudited)
    {
        yield return "The p-value holds for pictures that come about as the normal ones did. Another camera, scanner, size or "
            + "compression can make a genuine picture as strange as one that does not belong.";
        yield return "A picture that belongs to the eye of the detector may still be wrong: it sees only what sets normal "
            + "pictures apart for it.";
        if (preprocessing.Crop is { } side)
            yield return $"It saw {side}×{side} pixels; what is finer, or lies outside the middle square, was not judged.";
        if (preprocessing.Window is not null)
            yield return $"It saw the whole picture, its shorter side at {preprocessing.Resize} pixels; what is finer was not judged.";
        if (hasMap)
            yield return "The map says where the picture departs from normal ones, not what is wrong there; its edges are soft.";
        if (!isAudited)
            yield return "Whether the detector looks at what the pictures show, and not at how the files were made, has not "
                + "been looked into here: “pentimento audit” does, and “--audit” puts what it says into this report.";
    }
}
