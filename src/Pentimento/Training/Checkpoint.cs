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

    /// <summary>The steps done by the run whose checkpoint lies in a folder, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static long? StepOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            if (Safetensors.ReadMetadata(path).TryGetValue("state", out var json)
                && JsonSerializer.Deserialize<TrainingState>(json) is { } state) return state.Step;
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
    /// <returns>The state and the best weights so far, which the caller disposes; null where there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or of a run with other options or data.</exception>
    public (TrainingState State, Dictionary<string, Tensor> Best)? Read(Network network, IOptimizer optimizer)
    {
        if (!File.Exists(path)) return null;
        var (tensors, metadata) = Safetensors.Read(path);
        try
        {
            if (metadata.GetValueOrDefault("fingerprint") != fingerprint)
                throw new InvalidDataException($"{path}: the checkpoint is of a run with other options, images or version.");
            var state = JsonSerializer.Deserialize<TrainingState>(metadata["state"])!;
            using var noGradient = no_grad();
            foreach (var (name, tensor) in network.state_dict()) tensor.copy_(tensors[NetworkPrefix + name]);
            foreach (var (name, tensor) in Moments(optimizer)) tensor.copy_(tensors[name]);
            var best = tensors.Where(t => t.Key.StartsWith(BestPrefix, StringComparison.Ordinal))
                .ToDictionary(t => t.Key[BestPrefix.Length..], t => t.Value.clone().DetachFromDisposeScope());
            return (state, best);
        }
        catch (Exception e) when (e is KeyNotFoundException or JsonException or System.Runtime.InteropServices.ExternalException)
        {
            throw new InvalidDataException($"{path}: the checkpoint is not of this network: {e.Message.Split('\n')[0]}", e);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Moments(IOptimizer optimizer)
    {
        yield return ("adam.first_moment", optimizer.FirstMoment);
        yield return ("adam.second_moment", optimizer.SecondMoment);
        if (optimizer.Average is { } average) yield return ("adam.average", average);
    }
}
