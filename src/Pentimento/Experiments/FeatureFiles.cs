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
    private const string TensorName = "features";
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
                return tensors.TryGetValue(TensorName, out var kept) && kept.dim() > 0 && kept.shape[0] == images.Count
                    ? [.. kept.unbind(0)] // views, which keep the numbers
                    : throw new InvalidDataException($"{path}: it has not the features of {images.Count} images; delete it");
            }
            finally
            {
                foreach (var tensor in tensors.Values) tensor.Dispose();
            }
        }
        var features = look();
        if (features.Any(f => !f.shape.SequenceEqual(features[0].shape))) return features; // images of many sizes
        using var scope = NewDisposeScope();
        var all = stack(features);
        AtomicFile.Write(path, stream => Safetensors.Write(stream, new Dictionary<string, Tensor> { [TensorName] = all }));
        return features;
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
