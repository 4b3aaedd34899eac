using System.Text.Json.Serialization;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using TorchSharp;

namespace Pentimento.Experiments;

/// <summary>Which detector, and what it needs besides normal images.</summary>
public sealed record DetectorOptions
{
    /// <summary>One of <see cref="Detectors.Names"/>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// For detectors on features: files of published weights (<see cref="BackboneWeights"/>), or names of backbones
    /// (<see cref="BackboneDownload"/>). Detectors of places in a picture use the first, those of whole pictures all of them. The default
    /// is none.
    /// </summary>
    public IReadOnlyList<string> Backbones { get; init; } = [];

    /// <summary>
    /// Sets of examples of what else exists, for detectors that learn from them: never of the kind that is to be found. The default is
    /// none.
    /// </summary>
    public IReadOnlyList<string> KnownOthers { get; init; } = [];

    /// <summary>How many patches a memory bank keeps. The default value is 6000.</summary>
    public BankSize BankSize { get; init; } = BankSize.Default;

    /// <summary>For detectors that train a network: the steps, 1 or more; null takes the detector's own number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Steps { get; init; }

    /// <summary>Checks what can be checked without looking at files.</summary>
    /// <exception cref="ArgumentException">The detector is not known, or lacks something.</exception>
    public void ThrowIfInvalid()
    {
        var facts = Detectors.Facts(Name);
        if (facts.NeedsBackbone && Backbones.Count == 0)
            throw new ArgumentException(
                $"The detector '{Name}' works on a backbone's features; give its weights, or a name of " +
                $"{string.Join(", ", Models.Backbones.Names)}, with --backbone.");
        if (facts.NeedsKnownOthers && KnownOthers.Count == 0)
            throw new ArgumentException($"The detector '{Name}' needs examples of others; name them with --known-others.");
        if (Steps is { } steps && !facts.Trains)
            throw new ArgumentException($"The detector '{Name}' trains no network, so it has no use for {steps} steps.");
        if (Steps < 1) throw new ArgumentException($"The number of steps is {Steps}; it must be 1 or more.");
        BankSize.ThrowIfInvalid();
    }

    /// <summary>Makes the detector, not fitted.</summary>
    /// <param name="preprocessing">Of the images.</param>
    /// <param name="device">Where a backbone goes.</param>
    /// <param name="fusion">Of crops, where the preprocessing has them.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The weights are damaged or of another network.</exception>
    /// <exception cref="IOException">The weights cannot be found, read or downloaded.</exception>
    public AnomalyDetector Create(Preprocessing preprocessing, torch.Device device, CropFusion fusion = default)
    {
        var backbones = Detectors.Facts(Name).NeedsBackbone ? Load(Backbones, device) : [];
        return Detectors.Create(Name, new DetectorSetup(preprocessing)
        {
            Backbones = backbones,
            Fusion = fusion,
            BankSize = BankSize,
            TrainingSteps = Steps,
            Device = device,
        });
    }

    /// <summary>Opens backbones. The caller disposes them.</summary>
    /// <exception cref="InvalidDataException">Weights are damaged or of another network.</exception>
    /// <exception cref="IOException">Weights cannot be found, read or downloaded.</exception>
    internal static IReadOnlyList<Backbone> Load(IReadOnlyList<string> filesOrNames, torch.Device device)
    {
        var opened = new List<Backbone>();
        try
        {
            foreach (var fileOrName in filesOrNames)
            {
                opened.Add(BackboneWeights.Load(BackboneDownload.Find(fileOrName)));
                opened[^1].to(device);
            }
            return opened;
        }
        catch
        {
            foreach (var backbone in opened) backbone.Dispose();
            throw;
        }
    }
}
