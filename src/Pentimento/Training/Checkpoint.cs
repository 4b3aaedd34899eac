using System.Text.Json;
using Pentimento.Files;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>Where a run stands between two steps, but for its tensors.</summary>
internal sealed record TrainingState
{
    public long Step { get; set; }

    public int Epoch { get; set; }

    public int StepInEpoch { get; set; }

    /// <summary>Time spent in the running epoch by earlier processes.</summary>
    public double SecondsInEpoch { get; set; }

    public List<float> LossesInEpoch { get; set; } = [];

    public List<EpochRecord> Epochs { get; set; } = [];

    public double BestValidationLoss { get; set; } = double.MaxValue;

    public int? BestEpoch { get; set; }

    public bool Ended { get; set; }

    /// <summary>Whether a run of so many steps can stand here.</summary>
    public bool IsPossible(int stepsAnEpoch, long runSteps) =>
        Step >= 0 && StepInEpoch >= 0 && StepInEpoch <= stepsAnEpoch && LossesInEpoch.Count == StepInEpoch
        && Epoch >= (Ended ? 1 : 0) && Epochs.Count == Epoch && !Epochs.Contains(null!)
        && (Ended ? Step <= runSteps : Step < runSteps && Step == (long)Epoch * stepsAnEpoch + StepInEpoch)
        && (BestEpoch is null || (BestEpoch >= 1 && BestEpoch <= Epoch));
}

/// <summary>
/// A run's state in one safetensors file, written atomically: weights and batch statistics, both moments, the moving average,
/// the best weights so far, and <see cref="TrainingState"/> as JSON. Order and noise are functions of seed and step, so
/// nothing else is needed to go on exactly.
/// </summary>
internal sealed class Checkpoint(string path, string fingerprint)
{
    public const string FileName = "checkpoint.safetensors";
    private const string NetworkPrefix = "network.", BestPrefix = "best.";
    private static readonly JsonSerializerOptions s_json = new() { RespectNullableAnnotations = true };

    /// <summary>The steps done by the run whose checkpoint lies in a folder, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or no file.</exception>
    public static long? StepOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            if (Safetensors.ReadMetadata(path).TryGetValue("state", out var json)
                && JsonSerializer.Deserialize<TrainingState>(json, s_json) is { Step: >= 0 } state) return state.Step;
        }
        catch (JsonException)
        {
            // Said below, with the file's name.
        }
        throw new InvalidDataException($"{path}: the checkpoint has no state.");
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">It cannot be written; the one before stays.</exception>
    public void Write(TrainingState state, Network network, IOptimizer optimizer, IReadOnlyDictionary<string, Tensor>? best)
    {
        var tensors = network.state_dict().ToDictionary(entry => NetworkPrefix + entry.Key, entry => entry.Value);
        foreach (var (name, tensor) in Moments(optimizer)) tensors[name] = tensor;
        foreach (var (name, tensor) in best ?? new Dictionary<string, Tensor>()) tensors[BestPrefix + name] = tensor;
        var metadata =
            new Dictionary<string, string> { ["state"] = JsonSerializer.Serialize(state), ["fingerprint"] = fingerprint };
        AtomicFile.Write(path, stream => Safetensors.Write(stream, tensors, metadata));
    }

    /// <summary>Puts the file's content back into a run.</summary>
    /// <param name="network">Gets its weights and statistics.</param>
    /// <param name="optimizer">Gets its moments.</param>
    /// <param name="stepsAnEpoch">Of the run.</param>
    /// <param name="runSteps">Of the run.</param>
    /// <returns>The state and the best weights so far, which the caller disposes; null where there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or of a run with other options or data.</exception>
    public (TrainingState State, Dictionary<string, Tensor> Best)? Read(
        Network network, IOptimizer optimizer, int stepsAnEpoch, long runSteps)
    {
        if (!File.Exists(path)) return null;
        var (tensors, metadata) = Safetensors.Read(path);
        try
        {
            if (metadata.GetValueOrDefault("fingerprint") != fingerprint)
                throw new InvalidDataException($"{path}: the checkpoint is of a run with other options, images or version.");
            var state = JsonSerializer.Deserialize<TrainingState>(metadata.GetValueOrDefault("state") ?? "null", s_json);
            if (state is null || !state.IsPossible(stepsAnEpoch, runSteps))
                throw new InvalidDataException($"{path}: the checkpoint's state is not one of this run.");
            using var noGradient = no_grad();
            var own = network.state_dict();
            // All is looked up before anything is copied: what is refused must not have changed the network by half.
            var weights = own.Select(entry => (entry.Value, Find(tensors, NetworkPrefix + entry.Key, entry.Value)));
            (Tensor To, Tensor From)[] copies =
                [.. weights, .. Moments(optimizer).Select(moment => (moment.Tensor, Find(tensors, moment.Name, moment.Tensor)))];
            var hasBest = tensors.Keys.Any(name => name.StartsWith(BestPrefix, StringComparison.Ordinal));
            var best = hasBest ? own.ToDictionary(entry => entry.Key, entry => Find(tensors, BestPrefix + entry.Key, entry.Value)) : [];
            foreach (var (to, from) in copies) to.copy_(from);
            return (state, best.ToDictionary(entry => entry.Key, entry => entry.Value.clone().DetachFromDisposeScope()));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: the checkpoint's state is damaged.", e);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    /// <summary>The tensor that takes the place of another.</summary>
    /// <exception cref="InvalidDataException">There is none of the name, or one of another shape or type.</exception>
    private Tensor Find(Dictionary<string, Tensor> tensors, string name, Tensor own)
    {
        if (!tensors.TryGetValue(name, out var found))
            throw new InvalidDataException($"{path}: the checkpoint is not of this network: it has no '{name}'.");
        return found.shape.SequenceEqual(own.shape) && found.dtype == own.dtype ? found : throw new InvalidDataException(
            $"{path}: the checkpoint is not of this network: its '{name}' is {found.dtype} ({string.Join(", ", found.shape)}), " +
            $"not {own.dtype} ({string.Join(", ", own.shape)}).");
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Moments(IOptimizer optimizer)
    {
        yield return ("adam.first_moment", optimizer.FirstMoment);
        yield return ("adam.second_moment", optimizer.SecondMoment);
        if (optimizer.Average is { } average) yield return ("adam.average", average);
    }
}
