using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pentimento.Files;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Weights from elsewhere, in a safetensors file or a state dictionary of PyTorch (.pth, .pt).
/// Those of DnCNN and FFDNet are a stack of convolutions whose names number them
/// ("model.0.weight", "model.2.weight" or "0.weight", "1.weight", with or without a prefix); depth, width and channels are read
/// off their shapes. Other networks need their own names.
/// </summary>
public static partial class PublishedWeights
{
    private const int Side = 256; // of the images that the network is said to be made for; it takes any

    /// <summary>Makes a network with the weights of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="architecture">A registered name.</param>
    /// <param name="options">The architecture's options; what is not given is as the shapes say, or else the default.</param>
    /// <param name="channels">3 for colour, 1 for grey; null takes what the shapes say, or else 3.</param>
    /// <param name="columnOrder">
    /// Whether FFDNet's weights order the pixels of a square by column, all channels of a pixel together, as those for MatConvNet
    /// do; they are reordered.
    /// </param>
    /// <returns>The network, in evaluation mode, and the file's metadata; the caller disposes the network.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or not of this network; the message names it.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The architecture or an option is not known or out of range.</exception>
    public static (Network Network, IReadOnlyDictionary<string, string> Metadata) Load(
        string path, string architecture, IReadOnlyDictionary<string, int>? options = null, int? channels = null,
        bool columnOrder = false)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{path}'.", path);
        Architectures.Summary(architecture); // a name that is not known is the first thing to say
        var (tensors, metadata) = IsOfTorch(path) ? (TorchFile.Read(path), new Dictionary<string, string>()) : Safetensors.Read(path);
        Network? network = null;
        var asked = options is { Count: > 0 } || channels is not null || columnOrder;
        try
        {
            if (architecture is "dncnn" or "ffdnet")
            {
                var squares = architecture == "ffdnet" ? 4 : 1;
                (tensors, var found, var planes) = AsStack(tensors);
                if (planes % squares != 0) throw new InvalidDataException($"its last convolution has {planes} channels");
                if (channels is { } wanted && wanted != planes / squares)
                    throw new InvalidDataException($"they are for images of {planes / squares} channels, not {wanted}");
                (options, channels) = (Merge(found, options), (int)(planes / squares));
                if (columnOrder && squares > 1) ReorderColumns(tensors, channels.Value, found["depth"]);
            }
            else if (columnOrder)
                throw new ArgumentException("The order of pixels by column is FFDNet's alone.");
            Safetensors.ThrowIfNotFinite(tensors, "its weights");
            using var limit = WeightLimit.OfFile(tensors.Values.Sum(tensor => tensor.numel()));
            network = Architectures.Create(architecture, new ImageShape(channels ?? 3, Side, Side), options);
            network.LoadWeights(tensors);
            network.eval();
            return (network, metadata);
        }
        catch (Exception e)
        {
            network?.Dispose();
            // What is out of range stands in the file, where nothing was asked for.
            if (e is not (InvalidDataException or ExternalException) && !(e is ArgumentException && !asked)) throw;
            throw new InvalidDataException($"{path}: these are not the weights of {architecture}: {OneLine.Of(e)}", e);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static bool IsOfTorch(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pth" or ".pt";

    private static (Dictionary<string, Tensor> Tensors, Dictionary<string, int> Options, long Planes) AsStack(
        Dictionary<string, Tensor> tensors)
    {
        var numbered = tensors.Select(t => (t.Value, Name: NumberedName().Match(t.Key), t.Key)).ToArray();
        if (numbered.FirstOrDefault(t => !t.Name.Success) is { Key: { } other })
            throw new InvalidDataException($"'{other}' is not the name of a numbered convolution, such as 'model.0.weight'");
        var layers = numbered.GroupBy(t => int.Parse(t.Name.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).OrderBy(g => g.Key)
            .ToArray();
        var result = new Dictionary<string, Tensor>();
        for (var i = 0; i < layers.Length; i++)
            foreach (var (tensor, name, key) in layers[i])
                if (!result.TryAdd($"model.{2 * i}.{name.Groups[2].Value}", tensor)) // between them are the activations
                    throw new InvalidDataException($"'{key}' stands there twice under other prefixes");
        if (layers.Length < 2 || !result.TryGetValue("model.0.weight", out var first) || first.dim() != 4
            || !result.TryGetValue($"model.{2 * (layers.Length - 1)}.weight", out var last) || last.dim() != 4
            || first.shape[0] is < 1 or > int.MaxValue || last.shape[0] is < 1 or > int.MaxValue)
            throw new InvalidDataException("they are no stack of convolutions");
        return (result, new() { ["depth"] = layers.Length, ["width"] = (int)first.shape[0] }, last.shape[0]);
    }

    private static Dictionary<string, int> Merge(Dictionary<string, int> found, IReadOnlyDictionary<string, int>? given)
    {
        foreach (var (name, value) in given ?? new Dictionary<string, int>()) found[name] = value;
        return found;
    }

    /// <summary>From plane (2·column + row)·C + c to plane 4·c + 2·row + column; the level's plane stays the last.</summary>
    private static void ReorderColumns(Dictionary<string, Tensor> tensors, int channels, int depth)
    {
        long[] source =
        [
            .. from c in Enumerable.Range(0, channels)
               from row in Enumerable.Range(0, 2)
               from column in Enumerable.Range(0, 2)
               select (2L * column + row) * channels + c,
        ];
        Reorder("model.0.weight", 1, [.. source, source.Length]);
        Reorder($"model.{2 * (depth - 1)}.weight", 0, source);
        Reorder($"model.{2 * (depth - 1)}.bias", 0, source);

        void Reorder(string name, int dimension, long[] order)
        {
            if (!tensors.TryGetValue(name, out var old) || old.dim() <= dimension || old.shape[dimension] != order.Length)
                return; // loading will say so
            using var scope = NewDisposeScope();
            tensors[name] = old.index_select(dimension, tensor(order)).DetachFromDisposeScope();
            old.Dispose();
        }
    }

    [GeneratedRegex(@"(?:^|\.)([0-9]{1,9})\.(weight|bias)$")]
    private static partial Regex NumberedName();
}
