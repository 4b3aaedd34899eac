using System.Text;
using System.Text.Json.Nodes;
using Pentimento.Models;

namespace Pentimento.Reports;

/// <summary>A model described in Markdown: what it is, how it was made, what was measured, and where that ends.</summary>
public static class ModelCard
{
    private static readonly (string Fact, string Name)[] s_origin =
    [
        ("data", "images"), ("fingerprint", "fingerprint of the images"), ("command", "command"),
        ("strength", "command for the strength"), ("seed", "seed"), ("steps", "steps"), ("date", "date"), ("run", "run"),
        ("imported", "imported from"), ("weights", "SHA-256 of what was imported"), ("storedAs", "weights stored as"),
        ("copyOf", "SHA-256 of the model it is a copy of"),
    ];

    /// <summary>The card of a model.</summary>
    /// <param name="model">With a network.</param>
    /// <param name="title">Its name.</param>
    /// <param name="figures">What was measured: name, value, interval or nothing.</param>
    /// <param name="measuredOn">In words, what the figures were measured on; null where there are none.</param>
    /// <exception cref="InvalidDataException">The model has no network.</exception>
    public static string Markdown(
        ModelBundle model, string title, IReadOnlyList<(string Name, double Value, double? Lower, double? Upper)>? figures = null,
        string? measuredOn = null)
    {
        var (network, facts) = (model.Network, model.Training);
        var text = new StringBuilder($"# {title}\n\n");
        var summary = NetworkSummary.Of(network);
        text.Append($"Made to {model.Task.ToString().ToLowerInvariant()}. Network `{network.Architecture}`")
            .Append($" ({Architectures.Summary(network.Architecture)}), {network.ParameterCount:N0} parameters, ")
            .Append($"{summary.MultiplyAdds:N0} multiply-adds for an image of {network.Input}")
            .Append(network.AnySize ? "; it takes images of any size.\n" : "; it takes images of this size alone.\n");
        Section("Training");
        foreach (var (fact, name) in s_origin)
            if (facts[fact] is JsonValue value) Row(name, value.ToString());
        if (facts["from"] is JsonObject from)
            Row("started from", string.Join(", ", from.Where(f => f.Value is JsonValue).Select(f => $"{f.Key} {f.Value}")));
        if (facts["interrupted"] is JsonValue stopped && stopped.TryGetValue<bool>(out var interrupted) && interrupted)
            Row("interrupted", "yes: the training was stopped before its end");
        Row("preprocessing", model.Preprocessing.Describe());
        if (facts["options"]?["training"] is JsonObject options)
            foreach (var (name, value) in options)
                if (value is JsonValue) Row(name, value.ToString());
        if (facts["epochs"] is JsonArray { Count: > 0 } epochs && epochs[^1] is JsonObject last)
        {
            Row("training loss at the end", Loss(last, "TrainLoss"));
            Row("validation loss at the end", Loss(last, "ValidationLoss"));
        }
        if (figures is { Count: > 0 })
        {
            Section($"Figures{(measuredOn is null ? "" : $" on {measuredOn}")}");
            foreach (var (name, value, lower, upper) in figures)
                Row(name, Numbers.Significant(value) + (lower is { } from95 && upper is { } to95
                    ? $" ({Numbers.Significant(from95)} – {Numbers.Significant(to95)}, 95 %)" : ""));
        }
        text.Append("\n## Limits\n\n").Append(Limits(model));
        return text.ToString();

        void Section(string heading) => text.Append($"\n## {heading}\n\n| | |\n|---|---|\n");

        void Row(string name, string value)
        {
            if (value.Length > 0) text.Append($"| {Cell(name)} | {Cell(value)} |\n");
        }
    }

    private static string Limits(ModelBundle model) => model.Task switch
    {
        ModelTask.Denoise => "It has learned the noise that is named above, on the images that are named above. Noise of " +
            "another kind (coarser grain, stripes, compression) is removed in part or left, and fine texture that looks like " +
            "noise is smoothed. What it puts in place of noise is likely, not known: do not measure details that only the " +
            "cleaned picture shows.\n",
        ModelTask.Detect => "It has seen normal images alone. Its promise on false alarms is for images that come like those " +
            "did: same source, same size, same processing.\n",
        _ => "It gives back best what resembles the images that are named above.\n",
    };

    private static string Loss(JsonObject epoch, string name) =>
        epoch.FirstOrDefault(e => string.Equals(e.Key, name, StringComparison.OrdinalIgnoreCase)).Value is JsonValue value
            && value.TryGetValue<double>(out var loss) ? Numbers.Significant(loss) : "";

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
