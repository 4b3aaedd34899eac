using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;

namespace Pentimento.Experiments;

/// <summary>What an evaluation came to.</summary>
/// <param name="Task">What was evaluated.</param>
/// <param name="Data">The name of the images.</param>
/// <param name="Images">How many were measured.</param>
/// <param name="Figures">The results by name, with 95 % bootstrap intervals where they are estimates.</param>
/// <param name="Remarks">What must be said beside the figures, one sentence each.</param>
/// <param name="Page">The report.</param>
/// <param name="Examples">A few images: for detection the strangest, else some chosen at random.</param>
public sealed record EvaluationResult(
    ModelTask Task, string Data, int Images, IReadOnlyList<FinalMetric> Figures, IReadOnlyList<string> Remarks,
    [property: JsonIgnore] ReportPage Page,
    [property: JsonIgnore] IReadOnlyList<ImageCase> Examples)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Whether a folder of the images could not be read.</summary>
    [JsonIgnore]
    public bool IsIncomplete { get; init; }

    /// <summary>The figures as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>The value of a figure.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public double this[string name] => Figures.Where(f => f.Name == name).Select(f => (double?)f.Value).FirstOrDefault()
        ?? throw new ArgumentException($"There is no figure '{name}'.");
}

/// <summary>What a report says besides the results.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Options">Names and values, in order.</param>
/// <param name="Origin">Version, date, seed and command.</param>
/// <param name="Epochs">The training's loss by epoch; empty where it is not known.</param>
public sealed record ReportContext(
    string Title, IReadOnlyList<KeyValuePair<string, string>> Options, ReportOrigin Origin,
    IReadOnlyList<Training.EpochRecord> Epochs)
{
    internal IReadOnlyList<Curve> Losses => Epochs.Count == 0 ? [] :
    [
        new("training", [.. Epochs.Select(e => (double)e.Epoch)], [.. Epochs.Select(e => e.TrainLoss)]),
        .. Epochs.Any(e => e.ValidationLoss is null) ? [] : new Curve[]
        {
            new("validation", [.. Epochs.Select(e => (double)e.Epoch)], [.. Epochs.Select(e => e.ValidationLoss!.Value)]),
        },
    ];
}
