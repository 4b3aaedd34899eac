using System.Text.Json;

namespace Pentimento.Runs;

/// <summary>Runs side by side; every row has one value per run, in the order of <see cref="Runs"/>.</summary>
/// <param name="Runs">The columns.</param>
/// <param name="Differences">
/// Options and facts in which the runs differ: "option.learningRate", "data.name", "seed", "version.libTorch". A value that a
/// run does not have is null.
/// </param>
/// <param name="Metrics">Final metrics of any of the runs, by name; null where a run has none of that name.</param>
public sealed record RunComparison(IReadOnlyList<RunRecord> Runs, IReadOnlyList<ComparedRow<string>> Differences,
    IReadOnlyList<ComparedRow<FinalMetric?>> Metrics)
{
    internal static RunComparison Of(IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count < 2) throw new ArgumentException($"{runs.Count} run given; a comparison needs two or more.");

        var settings = runs.Select(r => Settings(r.Facts).ToList()).ToList();
        var metrics = runs.Select(r => r.FinalMetrics.ToDictionary(m => m.Name, m => (FinalMetric?)m)).ToList();
        return new RunComparison(runs,
            [.. Rows(settings.ConvertAll(ByName), settings.SelectMany(s => s.Select(p => p.Key)))
                .Where(row => row.Values.Distinct().Count() > 1)],
            [.. Rows(metrics, metrics.SelectMany(m => m.Keys).Order(StringComparer.Ordinal))]);
    }

    private static IEnumerable<ComparedRow<T>> Rows<T>(IReadOnlyList<Dictionary<string, T>> columns, IEnumerable<string> names) =>
        names.Distinct().Select(name => new ComparedRow<T>(name, [.. columns.Select(c => c.GetValueOrDefault(name))]));

    /// <summary>Options with dots in their names may meet those of others; the last counts.</summary>
    private static Dictionary<string, string> ByName(List<KeyValuePair<string, string>> settings) =>
        settings.GroupBy(p => p.Key).ToDictionary(same => same.Key, same => same.Last().Value);

    private static IEnumerable<KeyValuePair<string, string>> Settings(RunFacts facts) =>
        new KeyValuePair<string, string>[]
        {
            new("verb", facts.Verb),
            new("data.name", facts.DataName),
            new("data.fingerprint", facts.DataFingerprint),
            new("seed", $"{facts.Seed}"),
        }
        .Concat(Flatten("option", facts.Options))
        .Concat(Flatten("version", JsonSerializer.SerializeToElement(facts.Versions, JsonSerializerOptions.Web)));

    /// <summary>Nested objects as dotted names; arrays stay one value.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Flatten(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Flatten($"{name}.{p.Name}", p.Value)),
        JsonValueKind.String => [new(name, value.GetString()!)],
        _ => [new(name, value.GetRawText())],
    };
}

/// <summary>A row of a <see cref="RunComparison"/>.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Values">One value per run; null where a run has none.</param>
public sealed record ComparedRow<T>(string Name, IReadOnlyList<T?> Values);
