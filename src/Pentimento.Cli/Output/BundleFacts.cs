using System.Text.Json.Nodes;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Models;

namespace Pentimento.Cli.Output;

/// <summary>What is known of a model file, besides its layers.</summary>
internal static class BundleFacts
{
    /// <summary>Names and values.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(ModelBundle model, string path)
    {
        var facts = model.Training;
        List<(string, string)> rows =
        [
            ("model", path),
            ("sha-256", ContentHash.OfFile(path)),
            ("task", model.Task.ToString().ToLowerInvariant()),
            .. Kind(model),
            ("preprocessing", model.Preprocessing.Describe()),
            .. model.Preprocessing.Window is null ? [] : new[] { ("score", CroppedDetector.FusionOf(model).InWords()) },
        ];
        foreach (var name in new[] { "imported", "weights", "run", "date", "data", "fingerprint", "seed", "steps", "command",
            "storedAs" })
            if (facts[name] is JsonValue value) rows.Add((name, value.ToString()));
        if (facts["from"] is JsonObject from) rows.Add(("started from", $"{from["model"]} ({from["sha256"]})"));
        if (facts["interrupted"] is JsonValue stopped && stopped.TryGetValue<bool>(out var interrupted) && interrupted)
            rows.Add(("interrupted", "yes: the training was stopped before its end"));
        if (model.Parts.TryGetValue(Calibration.PartName, out var json))
            rows.Add(("calibration", Describe(Calibration.FromJson(json))));
        return rows;
    }

    private static IEnumerable<(string, string)> Kind(ModelBundle model)
    {
        if (model.HasNetwork)
        {
            yield return ("architecture", $"{model.Network.Architecture}: {Architectures.Summary(model.Network.Architecture)}");
            yield return ("input", $"{model.Network.Input}{(model.Network.AnySize ? " (any size)" : "")}");
            yield break;
        }
        using var detector = AnomalyDetector.Of(model);
        yield return ("detector", $"{detector.Name}: {Detectors.Facts(detector.Name).Summary}");
        foreach (var backbone in detector.Setup.Backbones)
            yield return ("backbone", $"{backbone.RegisteredName}: {Backbones.Summary(backbone.RegisteredName)}");
        if (detector.OfCrop is PatchCoreDetector { Bank: var bank })
            yield return ("memory bank", $"{bank.Count:N0} patches of {bank.Dimensions:N0} values");
        if (detector.Examples is not { } examples) yield break;
        var small = examples.Pictures.Count > 0 ? $", {examples.Pictures.Count:N0} as small pictures" : "";
        yield return ("normal examples", $"{examples.Ids.Count:N0}{small}");
    }

    private static string Describe(Calibration calibration) => calibration.Rule == ThresholdRule.FalseAlarmRate
        ? $"flags scores of {Results.Number(calibration.Threshold)} or more: at most " +
            $"{100 * calibration.FalseAlarmRate:0.##} % false alarms, from {calibration.NormalScores.Count:N0} normal images"
        : $"flags scores of {Results.Number(calibration.Threshold)} or more: mean + 1 standard deviation of the training images";
}
