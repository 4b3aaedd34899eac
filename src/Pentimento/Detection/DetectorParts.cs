using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Files;
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
    private const string StateName = "detector.safetensors";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    private static string BackboneName(int index) => index == 0 ? "backbone.safetensors" : $"backbone{index + 1}.safetensors";

    /// <summary>Adds the parts.</summary>
    public static void Write(AnomalyDetector detector, ModelBundle bundle)
    {
        var backbones = detector.Setup.Backbones;
        var facts = backbones.Select(
            b => new BackboneFacts(b.RegisteredName, b.Convention, b.Options.Count > 0 ? b.Options : null)).ToArray();
        var description = new Description(detector.Name, detector.Setup.BankSize, facts.FirstOrDefault())
        {
            MoreBackbones = facts.Length > 1 ? facts[1..] : null,
        };
        bundle.Parts[DescriptionName] = JsonSerializer.SerializeToUtf8Bytes(description, s_json);
        bundle.Parts[StateName] = Bytes(detector.State());
        for (var i = 0; i < backbones.Count; i++) bundle.Parts[BackboneName(i)] = Bytes(backbones[i].state_dict());
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
            description.BankSize.ThrowIfInvalid();
            var setup = new DetectorSetup(bundle.Preprocessing)
            {
                BankSize = description.BankSize,
                Device = device ?? CPU,
                Backbones = ReadBackbones(bundle, description, device),
            };
            var detector = Detectors.CreateWhole(description.Name, setup);
            try
            {
                detector.Calibration = Calibration.FromJson(Part(bundle, Calibration.PartName));
                With(Part(bundle, StateName), StateName, state =>
                {
                    using var limit = WeightLimit.OfFile(state.Values.Sum(tensor => tensor.numel()));
                    detector.Restore(state);
                });
                return detector;
            }
            catch
            {
                detector.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or OverflowException
            or ExternalException)
        {
            throw new InvalidDataException($"{DescriptionName}: {OneLine.Of(e)}", e);
        }
    }

    private static List<Backbone> ReadBackbones(ModelBundle bundle, Description description, Device? device)
    {
        var backbones = new List<Backbone>();
        try
        {
            BackboneFacts[] all = description.Backbone is { } first ? [first, .. description.MoreBackbones ?? []] : [];
            for (var i = 0; i < all.Length; i++)
            {
                With(Part(bundle, BackboneName(i)), BackboneName(i), weights =>
                {
                    using var limit = WeightLimit.OfFile(weights.Values.Sum(tensor => tensor.numel()));
                    backbones.Add(Backbones.Create(all[i].Name, all[i].Convention, all[i].Options));
                    backbones[i].CopyWeights(weights);
                });
                if (device is not null) backbones[i].to(device);
            }
            return backbones;
        }
        catch
        {
            foreach (var backbone in backbones) backbone.Dispose();
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
            Safetensors.ThrowIfNotFinite(tensors, name);
            use(tensors);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private sealed record Description(string Name, BankSize BankSize, BackboneFacts? Backbone)
    {
        public IReadOnlyList<BackboneFacts>? MoreBackbones { get; init; }
    }

    private sealed record BackboneFacts(
        string Name, InputConvention Convention, IReadOnlyDictionary<string, int>? Options = null);
}
