using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Export;

/// <summary>What an exported file says of itself: ONNX's metadata_props.</summary>
internal static class OnnxMetadata
{
    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Names and texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="calibration">That of a detector, or null.</param>
    /// <param name="inGraph">The part of the preprocessing that the graph does.</param>
    /// <param name="sha256">That of the model's file, or null where it has none.</param>
    public static IReadOnlyDictionary<string, string> Of(
        ModelBundle model, Calibration? calibration, Preprocessing? inGraph, string? sha256)
    {
        var network = model.Network;
        var metadata = new Dictionary<string, string>
        {
            ["pentimento"] = Version,
            ["task"] = model.Task.ToString().ToLowerInvariant(),
            ["architecture"] = network.Architecture,
            ["architecture_options"] = JsonSerializer.Serialize(network.Options.Values, s_json),
            ["trained_on"] = $"{network.Input}",
            ["image"] = Image(model.Preprocessing, inGraph, network.Input.Channels),
            ["preprocessing"] = JsonSerializer.Serialize(model.Preprocessing, s_json),
            ["preprocessing_in_graph"] = inGraph is null ? "none" : (inGraph with { ToSrgb = false }).Describe(),
        };
        if (network.TakesNoiseLevel)
            metadata["sigma"] = network.NoiseLevels == 1
                ? "float32 (batch), the standard deviation of the noise in each image, on the scale from 0 to 1"
                : "float32 (batch, 2), the strength of the noise in each image, in brightness and in colour, on the scale from 0 to 1";
        if (sha256 is not null) metadata["model_sha256"] = sha256;
        if (calibration is not null) metadata["calibration"] = Describe(calibration);
        return metadata;
    }

    /// <summary>As in "0.1.0".</summary>
    public static string Version => typeof(ModelBundle).Assembly.GetName().Version!.ToString(3);

    private static string Image(Preprocessing preprocessing, Preprocessing? inGraph, int channels)
    {
        var colours = inGraph is not null ? "grey, or red, green, blue" : channels == 1 ? "grey" : "red, green, blue";
        var profile = preprocessing.ToSrgb ? "converted to sRGB" : "as stored in the file, without a change of colour profile";
        return $"float32 (batch, channels, height, width), {colours}, from 0 (black) to 1 (white), {profile}";
    }

    /// <summary>The calibration without its scores, which are the graph's constant "normal_scores".</summary>
    private static string Describe(Calibration calibration) => new JsonObject
    {
        ["rule"] = JsonNamingPolicy.CamelCase.ConvertName(calibration.Rule.ToString()),
        ["falseAlarmRate"] = calibration.FalseAlarmRate,
        ["threshold"] = calibration.Threshold,
        ["normalScores"] = calibration.NormalScores.Count,
    }.ToJsonString(s_json);
}
