using Pentimento.Auditing;
using Pentimento.Metrics;

namespace Pentimento.Experiments;

/// <summary>
/// Leaves each source of the normal pictures out of the fit in turn: what was learnt should hold for sources never seen.
/// </summary>
internal static class SourceAudit
{
    private const int SmallestSource = 8, SmallestRest = 10, MostSources = 8;

    /// <summary>Measures the largest sources of at least 8 pictures.</summary>
    /// <param name="sets">The pictures.</param>
    /// <param name="scores">Where others of each source were seen.</param>
    /// <param name="sources">Of each normal picture; null where unknown.</param>
    /// <param name="fitWithout">
    /// Fits on some normal pictures and scores others, as positions in the set; null where it cannot be done.
    /// </param>
    /// <param name="tell">What is being done.</param>
    /// <param name="cancel">Ends the work.</param>
    public static IReadOnlyList<SourceRow> Run(
        AuditedSets sets, AuditedScores scores, IReadOnlyList<string?> sources,
        Func<IReadOnlyList<int>, IReadOnlyList<int>, SourceScores>? fitWithout, Action<string> tell, CancellationToken cancel)
    {
        var rows = new List<SourceRow>();
        var large = sources.Select((name, place) => (name, place)).Where(s => s.name is not null).GroupBy(s => s.name!, s => s.place)
            .Where(g => g.Count() >= SmallestSource && sources.Count - g.Count() >= SmallestRest)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostSources);
        foreach (var source in large)
        {
            cancel.ThrowIfCancellationRequested();
            int[] places = [.. source];
            double Auroc(IEnumerable<double> own, IReadOnlyList<double> others) =>
                Ranking.Auroc([.. own, .. others], [.. places.Select(_ => false), .. others.Select(_ => true)]);
            var row = new SourceRow(
                source.Key, places.Length, Binomial.Wilson(places.Count(i => scores.IsFlagged[i]), places.Length), null,
                Auroc(places.Select(i => scores.Normal[i]), scores.Others), null);
            if (fitWithout is not null)
            {
                tell($"leaving out {source.Key}");
                var left = places.ToHashSet();
                var fitted = fitWithout(places, [.. Enumerable.Range(0, sources.Count).Where(i => !left.Contains(i))]);
                row = row with
                {
                    FalseAlarmsLeftOut = Binomial.Wilson(fitted.LeftOut.Count(fitted.Calibration.IsAnomalous), places.Length),
                    AurocLeftOut = Bootstrap.Auroc(
                        [.. fitted.LeftOut, .. fitted.Others], [.. fitted.LeftOut.Select(_ => false), .. fitted.Others.Select(_ => true)]),
                };
            }
            rows.Add(row);
        }
        return rows;
    }
}
