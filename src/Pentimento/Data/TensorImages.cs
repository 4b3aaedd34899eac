using System.Security.Cryptography;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>Tensors as images to train on: pictures, or what a backbone says of pictures. They stay the caller's.</summary>
public sealed class TensorImages : ITrainingImages
{
    private readonly IReadOnlyList<Tensor> _images;
    private readonly Lazy<string> _fingerprint;

    /// <summary>Takes images of one shape.</summary>
    /// <param name="images">(C, H, W) or (1, C, H, W) each, float32, on the CPU, at least one; not disposed.</param>
    /// <exception cref="ArgumentException">There are none, or their shapes differ.</exception>
    public TensorImages(IReadOnlyList<Tensor> images)
    {
        if (images.Count == 0) throw new ArgumentException("There are no images.");
        var shape = images[0].shape[^3..];
        if (images.FirstOrDefault(image => !image.shape[^3..].SequenceEqual(shape)) is { } other)
            throw new ArgumentException($"Images of ({string.Join(", ", shape)}) and ({string.Join(", ", other.shape)}) make no set.");
        (_images, Shape) = (images, new ImageShape((int)shape[0], (int)shape[1], (int)shape[2]));
        _fingerprint = new Lazy<string>(Hash);
    }

    /// <inheritdoc/>
    public int Count => _images.Count;

    /// <inheritdoc/>
    public ImageShape Shape { get; }

    /// <inheritdoc/>
    public bool IsCached => true;

    /// <inheritdoc/>
    public string Fingerprint => _fingerprint.Value;

    /// <inheritdoc/>
    public Tensor Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        var chosen = new Tensor[indices.Length];
        for (var i = 0; i < chosen.Length; i++)
            chosen[i] = _images[indices[i]].reshape(Shape.Channels, Shape.Height, Shape.Width);
        return stack(chosen).DetachFromDisposeScope();
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var image in _images)
        {
            using var whole = image.contiguous();
            hash.AppendData(whole.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
