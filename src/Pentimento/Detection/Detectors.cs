using System.Reflection;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>Registers an <see cref="AnomalyDetector"/> under a name.</summary>
/// <param name="name">The name in commands and model bundles, lower case.</param>
/// <param name="summary">One line: what it is.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DetectorAttribute(string name, string summary) : Attribute
{
    /// <summary>The name in commands and model bundles.</summary>
    public string Name => name;

    /// <summary>One line: what it is.</summary>
    public string Summary => summary;

    /// <summary>Whether it works on a backbone's features. The default value is false.</summary>
    public bool NeedsBackbone { get; init; }

    /// <summary>Whether it learns from examples of what does not belong as well. The default value is false.</summary>
    public bool NeedsKnownOthers { get; init; }

    /// <summary>
    /// Whether it trains a network step by step: then it is calibrated on images held out of the training, not by fitting it many times.
    /// The default value is false.
    /// </summary>
    public bool Trains { get; init; }

    /// <summary>Whether it has a memory bank, whose size can be chosen. The default value is false.</summary>
    public bool HasBank { get; init; }
}

/// <summary>What a detector is made from.</summary>
/// <param name="Preprocessing">What is done to every image before the detector sees it.</param>
public sealed record DetectorSetup(Preprocessing Preprocessing)
{
    /// <summary>The networks whose features it works on, disposed with the detector; empty where it needs none.</summary>
    public IReadOnlyList<Backbone> Backbones { get; init; } = [];

    /// <summary>The first of the <see cref="Backbones"/>, for detectors that look through one; null where there is none.</summary>
    public Backbone? Backbone
    {
        get => Backbones.Count > 0 ? Backbones[0] : null;
        init => Backbones = value is null ? [] : [value];
    }

    /// <summary>
    /// Where the <see cref="Preprocessing"/> has a <see cref="Imaging.Preprocessing.Window"/>: what becomes of the scores of a picture's
    /// crops. The default is their mean.
    /// </summary>
    public CropFusion Fusion { get; init; }

    /// <summary>How many patches a memory bank keeps. The default value is 6000.</summary>
    public BankSize BankSize { get; init; } = BankSize.Default;

    /// <summary>For a detector that trains a network: the steps, 1 or more; null takes the detector's own number.</summary>
    public int? TrainingSteps { get; init; }

    /// <summary>Where a network of its own trains and runs. The default is the CPU.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Whether the backbones are another detector's, who disposes them.</summary>
    internal bool AreBackbonesShared { get; init; }
}

/// <summary>What a detector learns from.</summary>
public sealed record FitData
{
    /// <summary>What <see cref="AnomalyDetector.Extract"/> gave for each normal image; not disposed.</summary>
    public required IReadOnlyList<Tensor> Normal { get; init; }

    /// <summary>
    /// The same for images that are known not to belong, of other kinds than those to be found; empty where there are none.
    /// </summary>
    public IReadOnlyList<Tensor> KnownOthers { get; init; } = [];

    /// <summary>
    /// Of which kind each of the <see cref="KnownOthers"/> is, as numbers from 0; where they are not given, each is of its own.
    /// </summary>
    public IReadOnlyList<int> KnownOtherKinds { get; init; } = [];

    /// <summary>Determines all that is random. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>
    /// For <see cref="ReconstructionDetector"/>: trains an auto-encoder on the normal images and gives it over, in evaluation mode. The
    /// default is null: it trains model 3 of the reference.
    /// </summary>
    public Func<Network>? TrainNetwork { get; init; }

    /// <summary>Is told the share of the work that is done, 0 to 1. The default value is null.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Ends the work.</summary>
    public CancellationToken Cancel { get; init; }
}

/// <summary>The registered detectors.</summary>
public static class Detectors
{
    private static readonly SortedDictionary<string, Type> s_types = new(
        (from type in typeof(AnomalyDetector).Assembly.GetTypes()
         where type.IsSubclassOf(typeof(AnomalyDetector)) && !type.IsAbstract && type != typeof(CroppedDetector)
         select KeyValuePair.Create(FactsOf(type).Name, type)).ToDictionary(), StringComparer.Ordinal);

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> Names => [.. s_types.Keys];

    /// <summary>What a registered detector is, and what it needs.</summary>
    /// <exception cref="ArgumentException">No such detector is registered.</exception>
    public static DetectorAttribute Facts(string name) => FactsOf(Find(name));

    /// <summary>
    /// Makes a detector that has learnt nothing yet: of pictures in crops, where the preprocessing has a
    /// <see cref="Preprocessing.Window"/>. The caller disposes it.
    /// </summary>
    /// <exception cref="ArgumentException">No such detector is registered, or it needs a backbone and there is none.</exception>
    public static AnomalyDetector Create(string name, DetectorSetup setup)
    {
        var detector = CreateWhole(name, setup);
        return setup.Preprocessing.Window is null ? detector : new CroppedDetector(detector, setup.Fusion);
    }

    /// <summary>As <see cref="Create"/>, of images that are looked at once.</summary>
    internal static AnomalyDetector CreateWhole(string name, DetectorSetup setup)
    {
        var type = Find(name);
        if (FactsOf(type).NeedsBackbone && setup.Backbone is null)
            throw new ArgumentException(
                $"The detector '{name}' works on the features of a backbone; name a file of weights for one of " +
                $"{string.Join(", ", Backbones.Names)}.");
        return (AnomalyDetector)Activator.CreateInstance(
            type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, [setup], null)!;
    }

    internal static string NameOf(Type type) => FactsOf(type).Name;

    private static Type Find(string name) => s_types.TryGetValue(name, out var type) ? type
        : throw new ArgumentException($"There is no detector '{name}'; there are {string.Join(", ", Names)}.");

    private static DetectorAttribute FactsOf(Type type) => type.GetCustomAttribute<DetectorAttribute>()
        ?? throw new ArgumentException($"{type.Name} has no [Detector] attribute.");
}
