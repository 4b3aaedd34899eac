using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// A detector as parts of a model bundle: detector.json says which one, detector.safetensors has what it has learnt,
/// backbone.safetensors the network that it looks through.
/// </summary>
internal static class DetectorParts
{
    public const string DescriptionName = "detector.json";
    private const string StateName = "detector.safetensors", BackboneName = "backbone.safetensors";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Adds the parts.</summary>
    public static void Write(AnomalyDetector detector, ModelBundle bundle)
    {
        var backbone = detector.Setup.Backbone;
        var description = new Description(
            detector.Name, detector.Setup.BankSize, backbone is null ? null : new BackboneFacts(
                backbone.RegisteredName, backbone.Convention, backbone.Options.Count > 0 ? backbone.Options : null));
        bundle.Parts[DescriptionName] = JsonSerializer.SerializeToUtf8Bytes(description, s_json);
        bundle.Parts[StateName] = Bytes(detector.State());
        if (backbone is not null) bundle.Parts[BackboneName] = Bytes(backbone.state_dict());
        bundle.Parts[Calibration.PartName] = detector.Calibration.ToJson();
    }

    /// <summary>The detector that the parts describe.</summary>
    /// <exception cref="InvalidDataException">A part is missing or damaged.</exception>
    public static AnomalyDetector Read(ModelBundle bundle, Device? device)
    {
        try
        {
            var description = JsonSerializer.Deserialize<Description>(Part(bundle, DescriptionName), s_json)
                ?? throw new InvalidDataException($"{DescriptionName} is empty");
            var setup = new DetectorSetup(bundle.Preprocessing)
            {
                BankSize = description.BankSize,
                Device = device ?? CPU,
                Backbone = description.Backbone is { } facts ? ReadBackbone(bundle, facts, device) : null,
            };
            var detector = Detectors.Create(description.Name, setup);
            try
            {
                detector.Calibration = Calibration.FromJson(Part(bundle, Calibration.PartName));
                With(Part(bundle, StateName), StateName, detector.Restore);
                return detector;
            }
            catch
            {
                detector.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{DescriptionName}: {e.Message}", e);
        }
    }

    private static Backbone ReadBackbone(ModelBundle bundle, BackboneFacts facts, Device? device)
    {
        var backbone = Backbones.Create(facts.Name, facts.Convention, facts.Options);
        try
        {
            With(Part(bundle, BackboneName), BackboneName, backbone.CopyWeights);
            if (device is not null) backbone.to(device);
            return backbone;
        }
        catch
        {
            backbone.Dispose();
            throw;
        }
    }

    private static byte[] Part(ModelBundle bundle, string name) => bundle.Parts.TryGetValue(name, out var bytes) ? bytes
        : throw new InvalidDataException($"it has no {name}");

    private static byte[] Bytes(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors);
        return stream.ToArray();
    }

    private static void With(byte[] bytes, string name, Action<IReadOnlyDictionary<string, Tensor>> use)
    {
        using var stream = new MemoryStream(bytes);
        var (tensors, _) = Safetensors.Read(stream, bytes.Length, name);
        try
        {
            use(tensors);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private sealed record Description(string Name, int BankSize, BackboneFacts? Backbone);

    private sealed record BackboneFacts(
        string Name, InputConvention Convention, IReadOnlyDictionary<string, int>? Options = null);
}
