using System.Globalization;
using Pentimento.Metrics;

namespace Pentimento.Auditing;

/// <summary>Turns the figures of an audit into a few plain sentences.</summary>
public static class AuditConclusion
{
    /// <summary>
    /// A blank model counts as found when its corrected p-value is at most this: in one audit of a hundred of sets that do not
    /// differ, one is found for nothing.
    /// </summary>
    public const double Level = 0.01;

    private const int MostNamed = 3;
    private const double LargeShift = 1, LargeRise = 0.1;
    private const int FewPictures = 3; // fewer flagged than before say nothing

    /// <summary>The blank models that the detector is not clearly better than.</summary>
    /// <param name="blank">With their scores.</param>
    /// <param name="scores">The detector's, in the same order.</param>
    /// <param name="anomalous">Which pictures are of the other set.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <returns>
    /// Those that are found and for which the interval of AUROC(detector) − AUROC(blank), on the same resamples, is not above 0.
    /// </returns>
    public static IReadOnlyList<BlankModel> Near(BlankModels blank, double[] scores, bool[] anomalous, int seed)
    {
        var auroc = Ranking.Auroc(scores, anomalous);
        var options = new BootstrapOptions { Seed = seed, Resamples = 1000 };
        double[] a = new double[scores.Length], b = new double[scores.Length];
        var positive = new bool[scores.Length];
        bool IsNear(BlankModel model) => model.Auroc.Estimate >= auroc || Bootstrap.Stratified(anomalous, drawn =>
        {
            for (var i = 0; i < drawn.Length; i++)
                (a[i], b[i], positive[i]) = (scores[drawn[i]], model.Scores[drawn[i]], anomalous[drawn[i]]);
            return Ranking.Auroc(a, positive) - Ranking.Auroc(b, positive);
        }, options).Lower <= 0;
        return [.. Found(blank).Where(m => m.IsRival && IsNear(m))];
    }

    /// <summary>The conclusion.</summary>
    /// <param name="result">Complete but for outcome and conclusion.</param>
    /// <param name="near">As from <see cref="Near"/>.</param>
    public static AuditResult Conclude(AuditResult result, IReadOnlyList<BlankModel> near)
    {
        var (found, detector) = (Found(result.Blank), result.Detector);
        BlankModel[] Of(BlankKind kind) => [.. found.Where(m => m.Kind == kind && m.IsRival)];
        var (files, traces, pictures) = (Of(BlankKind.File), Of(BlankKind.Trace), Of(BlankKind.Picture));
        var said = new List<string>();
        var reached = $"the detector ({detector.Name}) reaches {Auroc(detector.Auroc)}";
        if (files.Length > 0)
            said.Add($"The two sets can be told apart by their files, whatever the pictures show: {Named(files)}.");
        if (near.Count > 0)
            said.Add($"A blank model comes near the detector: {Named(near.Take(1))}, and {reached}. So it is not shown that " +
                "the detector sees more than that.");
        else if (detector.Auroc.Lower <= 0.5)
            said.Add($"The detector is not shown to be better than chance: {reached[13..]}.");
        BlankModel[] otherTraces = [.. traces.Except(near.Take(1))], otherPictures = [.. pictures.Except(near.Take(1))];
        if (otherTraces.Length > 0)
            said.Add($"The pixels carry different traces of processing, in which the pictures themselves may have a part: " +
                $"{Named(otherTraces)}.");
        if (otherPictures.Length > 0)
            said.Add($"The pictures differ in plain numbers{(said.Count > 0 ? " too" : "")}: {Named(otherPictures)}.");
        if (found.Count == 0)
            said.Add($"No confound was found: none of {result.Blank.Models.Count} blank models tells the sets apart better " +
                "than chance" +
                (result.Blank.Models.MinBy(m => m.PValue) is { } best
                    ? $" ({best.Name} comes closest, AUROC {Number(best.Auroc.Estimate)}, corrected p = {Number(best.PValue, 2)})" : "")
                + $"; {reached}.");
        else if (near.Count == 0 && detector.Auroc.Lower > 0.5)
            said.Add($"{char.ToUpperInvariant(reached[0])}{reached[1..]}, clearly more than any of these.");
        // Both belong into the first paragraph: neither may hide the other.
        if (files.Length > 0 && near.Count > 0) said = [$"{said[0]} {said[1]}", .. said.Skip(2)];
        var reservations = Reservations(result).ToArray();
        said.AddRange(reservations);
        var outcome = files.Length > 0 || near.Count > 0 ? AuditOutcome.Confound
            : found.Count > 0 || reservations.Length > 0 || detector.Auroc.Lower <= 0.5 ? AuditOutcome.Caution : AuditOutcome.NoConfound;
        return result with { Outcome = outcome, Conclusion = said };
    }

    private static IReadOnlyList<BlankModel> Found(BlankModels blank) => [.. blank.Models.Where(m => m.PValue <= Level)];

    private static IEnumerable<string> Reservations(AuditResult result)
    {
        var changed = Math.Max(result.SensitivityPictures / 2.0, 1); // of the normal ones
        var least = Math.Max(LargeRise, FewPictures / changed - 1e-9);
        var worst = result.Sensitivity
            .Where(s => Math.Abs(s.Shift) >= LargeShift || s.FlaggedAfter - s.FlaggedBefore >= least)
            .OrderByDescending(s => Math.Abs(s.Shift)).ToArray();
        if (worst.Length > 0)
            yield return "The scores depend on how a picture was processed: " + string.Join("; ", worst.Take(2).Select(s =>
                $"{s.Change} moves those of normal pictures by {Signed(s.Shift)} standard deviations (flagged: " +
                $"{Percent(s.FlaggedBefore)} before, {Percent(s.FlaggedAfter)} after)")) + ".";
        foreach (var source in result.Sources)
            if (source.FalseAlarmsLeftOut is { HasBounds: true } alarms && alarms.Lower > result.Detector.AskedFalseAlarms)
                yield return $"Of the normal pictures from the source “{source.Source}”, {Percent(alarms.Estimate)} are " +
                    $"flagged when the detector has seen none of that source ({Percent(source.FalseAlarms.Estimate)} when it " +
                    "has): it learns the source as well.";
    }

    private static string Named(IEnumerable<BlankModel> models)
    {
        BlankModel[] all = [.. models.OrderByDescending(m => m.Auroc.Estimate)];
        var words = all.Take(MostNamed).Select(m => $"{m.Name} (AUROC {Number(m.Auroc.Estimate)}{Values(m)})");
        return string.Join(", ", words) + (all.Length > MostNamed ? $" and {all.Length - MostNamed} more" : "");
    }

    private static string Values(BlankModel model) => model.Difference is { } difference ? $": {difference}"
        : model is { NormalMedian: { } a, OtherMedian: { } b } ? $": {Significant(a)} against {Significant(b)} in the middle" : "";

    private static string Auroc(Interval auroc) => auroc.HasBounds
        ? $"{Number(auroc.Estimate)} ({Number(auroc.Lower)} – {Number(auroc.Upper)})" : Number(auroc.Estimate);

    private static string Number(double value, int decimals = 3) => value.ToString($"F{decimals}", CultureInfo.InvariantCulture);

    private static string Significant(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static string Percent(double share) => $"{(100 * share).ToString("F0", CultureInfo.InvariantCulture)} %";

    private static string Signed(double value) => (value < 0 ? "−" : "+") + Number(Math.Abs(value), 1);
}
