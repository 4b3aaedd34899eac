using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// A decoded image as planes (channels × height × width), with the depth of its file: what the dataset keeps in memory.
/// </summary>
internal readonly struct PlanarImage
{
    // The quotients themselves, so that every value equals v / 255f to the last bit.
    private static readonly float[] Scaled = [.. Enumerable.Range(0, 256).Select(v => v / 255f)];

    private readonly byte[]? _bytes;
    private readonly ushort[]? _words;

    /// <summary>The planes of an image; a grey image's samples are kept, not copied.</summary>
    public PlanarImage(RasterImage image)
    {
        Shape = image.Shape;
        if (image.Samples8 is { } bytes) _bytes = ToPlanes(bytes, Shape);
        else _words = ToPlanes(image.Samples16!, Shape);
    }

    public ImageShape Shape { get; }

    /// <summary>False for an image that was never decoded.</summary>
    public bool IsPresent => _bytes is not null || _words is not null;

    /// <summary>Memory it takes.</summary>
    public long Bytes => Shape.Count * (_words is null ? 1 : 2);

    /// <summary>Writes the values, scaled to [0, 1].</summary>
    public void CopyTo(Span<float> target)
    {
        if (_bytes is not null)
        {
            var scaled = Scaled;
            for (var i = 0; i < _bytes.Length; i++) target[i] = scaled[_bytes[i]];
        }
        else
        {
            for (var i = 0; i < _words!.Length; i++) target[i] = _words[i] / 65535f;
        }
    }

    /// <summary>SHA-256 of the samples, 16-bit ones in little-endian order.</summary>
    public byte[] Hash() => SHA256.HashData(_words is null ? _bytes : MemoryMarshal.AsBytes(_words.AsSpan()));

    private static T[] ToPlanes<T>(T[] interleaved, ImageShape shape)
    {
        if (shape.Channels == 1) return interleaved;
        int channels = shape.Channels, area = shape.Height * shape.Width;
        var planes = new T[interleaved.Length];
        for (var c = 0; c < channels; c++)
            for (var i = 0; i < area; i++) planes[c * area + i] = interleaved[i * channels + c];
        return planes;
    }
}
