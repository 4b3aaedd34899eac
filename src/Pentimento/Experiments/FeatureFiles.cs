using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Models;
using Pentimento.Runs;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// Keeps what detectors look at in sets of images (<see cref="AnomalyDetector.Extract"/>) in a folder, so that the next comparison need
/// not look again. A file is named after the set's pixels, the kind of features, the backbones' weights and the program's version: when
/// one of them changes, another file is written.
/// </summary>
internal sealed class FeatureFiles(string folder)
{
    private const string TensorName = "features", CountsName = "crops";
    private readonly Dictionary<Backbone, string> _weights = [];

    /// <summary>The features of all images, from their file or, where there is none, from <paramref name="look"/>.</summary>
    /// <returns>The caller's dispose scope owns them.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public Tensor[] Extract(AnomalyDetector detector, ImageDataset images, Func<Tensor[]> look)
    {
        var path = Path.Combine(folder, $"{Key(detector, images)}.safetensors");
        if (File.Exists(path))
        {
            var tensors = Safetensors.Read(path).Tensors;
            try
            {
                return Read(tensors, images.Count) // views, which keep the numbers
                    ?? throw new InvalidDataException($"{path}: it has not the features of {images.Count} images; delete it");
            }
            finally
            {
                foreach (var tensor in tensors.Values) tensor.Dispose();
            }
        }
        var features = look();
        using var scope = NewDisposeScope();
        if (Written(features) is { } written) AtomicFile.Write(path, stream => Safetensors.Write(stream, written));
        return features;
    }

    private static Tensor[]? Read(IReadOnlyDictionary<string, Tensor> tensors, int count)
    {
        if (!tensors.TryGetValue(TensorName, out var kept) || kept.dim() == 0) return null;
        if (!tensors.TryGetValue(CountsName, out var counts)) return kept.shape[0] == count ? [.. kept.unbind(0)] : null;
        return counts.dtype == ScalarType.Int64 && counts.shape.SequenceEqual([count]) && counts.sum().item<long>() == kept.shape[0]
            ? [.. kept.split(counts.data<long>().ToArray())] : null;
    }

    /// <summary>As they are written; null for images of many sizes that differ in more than the number of their crops.</summary>
    private static Dictionary<string, Tensor>? Written(Tensor[] features)
    {
        var shape = features[0].shape;
        if (features.All(f => f.shape.SequenceEqual(shape))) return new() { [TensorName] = stack(features) };
        if (features.Any(f => f.dim() != shape.Length || !f.shape.Skip(1).SequenceEqual(shape.Skip(1)))) return null;
        return new() { [TensorName] = cat(features), [CountsName] = tensor(features.Select(f => f.shape[0]).ToArray()) };
    }

    private string Key(AnomalyDetector detector, ImageDataset images)
    {
        var version = RunVersions.Current.Pentimento.Split('+')[0]; // without the commit
        var parts = new List<string> { version, images.Fingerprint, detector.FeatureKind };
        foreach (var backbone in detector.Setup.Backbones)
        {
            if (!_weights.TryGetValue(backbone, out var hash))
            {
                using var stream = new MemoryStream();
                Safetensors.Write(stream, backbone.state_dict());
                _weights[backbone] = hash = ContentHash.Of(stream.ToArray());
            }
            parts.Add(hash);
        }
        return ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', parts)));
    }
}
