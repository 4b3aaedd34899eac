using System.Text.Json.Nodes;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Experiments;

/// <summary>Fine-tuning: a training that starts from the weights of a model instead of from random ones.</summary>
public static class StartingModel
{
    /// <summary>
    /// Fills in what the model decides: network, its options, colour or grey, and the size of whole images; and the hash of the
    /// file, so that a resumed run starts from the same one. The network may be deeper than the model's, where it can grow
    /// without changing what it computes. Options that name no model, or have been filled in before, stay as they are.
    /// </summary>
    /// <param name="options">With <see cref="ExperimentOptions.From"/>.</param>
    /// <exception cref="ArgumentException">The options ask for another network than the model has.</exception>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">The model is damaged, or has no network.</exception>
    public static ExperimentOptions Adopt(ExperimentOptions options)
    {
        if (options.From is not { } path || options.FromSha256 is not null) return options;
        using var model = Load(path);
        var network = model.Network;
        if (options.Architecture is { } asked && asked != network.Architecture)
            throw new ArgumentException(
                $"'{path}' has the network {network.Architecture}; a training that starts from it cannot make a {asked}.");
        foreach (var (name, value) in options.ArchitectureOptions)
        {
            if (!network.Options.Values.TryGetValue(name, out var own))
                throw new ArgumentException($"The network {network.Architecture} of '{path}' has no option '{name}'.");
            if (own != value && !(own < value && network.CanGrow(name)))
                throw new ArgumentException($"'{path}' has the option {name}={own}; it cannot become {value}.");
        }
        if (options.Grey && network.Input.Channels != 1)
            throw new ArgumentException($"'{path}' takes images of {network.Input.Channels} channels; it cannot learn from " +
                "grey ones.");
        return options with
        {
            FromSha256 = ContentHash.OfFile(path),
            Architecture = network.Architecture,
            ArchitectureOptions = network.Options.Values.Select(own =>
                KeyValuePair.Create(own.Key, options.ArchitectureOptions.GetValueOrDefault(own.Key, own.Value))).ToDictionary(),
            Grey = options.Grey || network.Input.Channels == 1,
            ToSrgb = options.ToSrgb || model.Preprocessing.ToSrgb,
            Size = options.Size ?? (options.PatchSize is null ? model.Preprocessing.Crop : null),
        };
    }

    /// <summary>Copies the model's weights into a network.</summary>
    /// <param name="network">Made as <see cref="Adopt"/> says.</param>
    /// <param name="images">The shape of the images, for errors.</param>
    /// <param name="options">As <see cref="Adopt"/> gives them.</param>
    /// <returns>What the record of the training says of the model.</returns>
    internal static JsonObject CopyTo(Network network, ImageShape images, ExperimentOptions options)
    {
        var path = options.From!;
        using var model = Load(path);
        if (options.FromSha256 != ContentHash.OfFile(path))
            throw new InvalidDataException($"{path}: the model that the run starts from has changed since it began.");
        var own = model.Network.Input;
        if (own.Channels != images.Channels)
            throw new ArgumentException($"'{path}' takes images of {Count(own.Channels)}; those of '{options.Data}' have " +
                $"{images.Channels}.");
        if (!network.AnySize && own != images)
            throw new ArgumentException($"'{path}' takes images of {own}; those of '{options.Data}' are {images}.");
        try
        {
            network.GrowFrom(model.Network.state_dict());
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        var facts = new JsonObject { ["model"] = Path.GetFileName(path), ["sha256"] = options.FromSha256 };
        foreach (var name in new[] { "run", "imported", "data", "command", "from" })
            if (model.Training[name] is { } value) facts[name] = value.DeepClone();
        return facts;
    }

    private static string Count(int channels) => channels == 1 ? "1 channel" : $"{channels} channels";

    private static ModelBundle Load(string path)
    {
        var model = ModelBundle.Load(path);
        if (model.HasNetwork) return model;
        model.Dispose();
        throw new InvalidDataException($"{path}: the model has no network to start from.");
    }
}
