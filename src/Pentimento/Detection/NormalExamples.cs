using System.Text.Json;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>A normal image that a detector learnt from, and how far it is from another.</summary>
/// <param name="Id">As in the set that it was learnt from: mostly the path below its folder.</param>
/// <param name="Distance">0 for an equal image; comparable only between answers of one model.</param>
public sealed record NormalExample(string Id, double Distance);

/// <summary>
/// A few numbers of each normal image that a detector learnt from, so that it can name those that are most like another image.
/// They are means over the picture of what the detector looks at; a distance is the root of the mean squared difference of
/// standardised numbers.
/// </summary>
public sealed class NormalExamples : IDisposable
{
    /// <summary>The most pictures that come along, and the most bytes and the longest side of each.</summary>
    public const int MostPictures = 1000, LargestPicture = 1 << 16, LongestSide = 256;

    internal const string NamesPart = "examples.json", ValuesPart = "examples.safetensors", PicturesPart = "examples.pictures.json";
    private const int Grid = 8;
    private readonly Tensor _mean, _scale, _values; // (D), (D), (N, D): standardised

    private NormalExamples(IReadOnlyList<string> ids, Tensor mean, Tensor scale, Tensor values)
    {
        Ids = ids;
        (_mean, _scale) = (mean.clone().DetachFromDisposeScope(), scale.clone().DetachFromDisposeScope());
        _values = values.clone().DetachFromDisposeScope();
    }

    /// <summary>What the images are called.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>
    /// The images as small JPEG or PNG files by what they are called: for <see cref="MostPictures"/> of them at most, of up to
    /// <see cref="LargestPicture"/> bytes. Empty where none came along. Not decoded yet: those of a model from elsewhere may hold
    /// anything that begins like a picture.
    /// </summary>
    public IReadOnlyDictionary<string, byte[]> Pictures { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Which of so many images come along as pictures: all, or as many as may, evenly spread.</summary>
    public static IEnumerable<int> Chosen(int count) => count <= MostPictures ? Enumerable.Range(0, count)
        : Enumerable.Range(0, MostPictures).Select(i => (int)((long)i * count / MostPictures));

    /// <summary>Remembers images.</summary>
    /// <param name="ids">What they are called.</param>
    /// <param name="features">What <see cref="AnomalyDetector.Extract"/> gave for each; not disposed.</param>
    /// <param name="pictures">See <see cref="Pictures"/>; null for none.</param>
    /// <exception cref="ArgumentException">There are no images, or not as many as names.</exception>
    public static NormalExamples Of(
        IReadOnlyList<string> ids, IReadOnlyList<Tensor> features, IReadOnlyDictionary<string, byte[]>? pictures = null)
    {
        if (ids.Count == 0 || ids.Count != features.Count)
            throw new ArgumentException($"{ids.Count} names for {features.Count} images.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = stack(features.Select(Summary));
        var mean = values.mean([0]);
        var deviation = (values - mean).square().mean([0]).sqrt();
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<float>(), 1e-9));
        return new NormalExamples(ids, mean, scale, (values - mean) / scale)
        {
            Pictures = pictures ?? new Dictionary<string, byte[]>(),
        };
    }

    /// <summary>The images that are most like another, the nearest first.</summary>
    /// <param name="features">What <see cref="AnomalyDetector.Extract"/> gave for it.</param>
    /// <param name="count">How many, from 0; fewer where there are fewer.</param>
    public IReadOnlyList<NormalExample> Nearest(Tensor features, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var distances = (_values - (Summary(features) - _mean) / _scale).square().mean([1]).sqrt();
        var (nearest, indices) = distances.topk(Math.Min(count, Ids.Count), largest: false);
        return [.. indices.data<long>().ToArray().Zip(nearest.data<float>().ToArray(), (i, d) => new NormalExample(Ids[(int)i], d))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { _mean, _scale, _values }) tensor.Dispose();
    }

    /// <summary>Adds the parts of a bundle.</summary>
    internal void Write(ModelBundle bundle)
    {
        bundle.Parts[NamesPart] = JsonSerializer.SerializeToUtf8Bytes(Ids);
        using var stream = new MemoryStream();
        Safetensors.Write(stream, new Dictionary<string, Tensor> { ["mean"] = _mean, ["scale"] = _scale, ["values"] = _values });
        bundle.Parts[ValuesPart] = stream.ToArray();
        if (Pictures.Count > 0)
            bundle.Parts[PicturesPart] = JsonSerializer.SerializeToUtf8Bytes(
                new SortedDictionary<string, byte[]>(Pictures.ToDictionary(), StringComparer.Ordinal));
    }

    /// <summary>Reads the parts of a bundle; null where it has none.</summary>
    /// <exception cref="InvalidDataException">They do not go together.</exception>
    internal static NormalExamples? Read(ModelBundle bundle)
    {
        if (!bundle.Parts.TryGetValue(NamesPart, out var names) || !bundle.Parts.TryGetValue(ValuesPart, out var bytes)) return null;
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream(bytes);
        var (tensors, _) = Safetensors.Read(stream, bytes.Length, ValuesPart);
        try
        {
            Safetensors.ThrowIfNotFinite(tensors, ValuesPart);
            var ids = JsonSerializer.Deserialize<string[]>(names);
            if (ids is null || ids.Any(id => id is null) || !tensors.TryGetValue("mean", out var mean)
                || !tensors.TryGetValue("scale", out var scale) || !tensors.TryGetValue("values", out var values)
                || mean.dim() != 1 || !scale.shape.SequenceEqual(mean.shape) || !values.shape.SequenceEqual([ids.Length, mean.shape[0]])
                || tensors.Values.Any(t => t.dtype != ScalarType.Float32))
                throw new InvalidDataException("the detector's examples of normal images are not whole");
            return new NormalExamples(ids, mean, scale, values) { Pictures = ReadPictures(bundle, ids) };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{NamesPart}: {e.Message}", e);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static Dictionary<string, byte[]> ReadPictures(ModelBundle bundle, string[] ids)
    {
        if (!bundle.Parts.TryGetValue(PicturesPart, out var bytes)) return [];
        const long largestPart = (long)MostPictures * (LargestPicture * 4 / 3 + 1024);
        var known = ids.ToHashSet(StringComparer.Ordinal);
        var pictures = bytes.Length > largestPart ? null : JsonSerializer.Deserialize<Dictionary<string, byte[]>>(bytes);
        if (pictures is null || pictures.Count > MostPictures
            || pictures.Any(p => p.Value is null || p.Value.Length > LargestPicture || !IsPicture(p.Value) || !known.Contains(p.Key)))
            throw new InvalidDataException("the detector's pictures of normal examples are not what they should be");
        return pictures;
    }

    private static bool IsPicture(ReadOnlySpan<byte> file) =>
        file.StartsWith<byte>([0xff, 0xd8, 0xff]) || file.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']);

    /// <summary>(D): a vector is itself, values at places are averaged, images are made small.</summary>
    private static Tensor Summary(Tensor features) => features.dim() switch
    {
        1 => features,
        3 => features.flatten(1).mean([1]),
        _ => nn.functional.adaptive_avg_pool2d(features.flatten(0, -4), [Grid, Grid]).flatten(),
    };
}
