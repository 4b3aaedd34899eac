using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// A decoded image as planes (channels × height × width), with the depth of its file: what the dataset keeps in memory.
/// </summary>
internal readonly struct PlanarImage
{
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

    /// <summary>Writes the values, scaled to [0, 1]: v / 255f or v / 65535f, to the last bit.</summary>
    public void CopyTo(Span<float> target)
    {
        if (_bytes is not null) Scale(_bytes, target);
        else
        {
            for (var i = 0; i < _words!.Length; i++) target[i] = _words[i] / 65535f;
        }
    }

    /// <summary>Writes the values of a patch, scaled to [0, 1]; where it passes the border, the image is mirrored.</summary>
    public void CopyTo(Span<float> target, Patch patch)
    {
        var (side, area) = (patch.Side, Shape.Height * Shape.Width);
        Span<int> rows = side <= 1024 ? stackalloc int[side] : new int[side];
        Span<int> columns = side <= 1024 ? stackalloc int[side] : new int[side];
        for (var i = 0; i < side; i++)
        {
            rows[i] = MirroredBorder.Of(patch.Top + (patch.IsFlippedVertically ? side - 1 - i : i), Shape.Height) * Shape.Width;
            columns[i] = MirroredBorder.Of(patch.Left + (patch.IsFlippedHorizontally ? side - 1 - i : i), Shape.Width);
        }
        var slow = patch.IsTransposed ? columns : rows;
        var fast = patch.IsTransposed ? rows : columns;
        var at = 0;
        var bytes = _bytes is null ? [] : ArrayPool<byte>.Shared.Rent(target.Length);
        for (var c = 0; c < Shape.Channels; c++)
            foreach (var s in slow)
            {
                var start = c * area + s;
                if (_bytes is not null)
                    foreach (var f in fast) bytes[at++] = _bytes[start + f];
                else
                    foreach (var f in fast) target[at++] = _words![start + f] / 65535f;
            }
        if (_bytes is null) return;
        Scale(bytes.AsSpan(0, at), target);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>SHA-256 of the samples, 16-bit ones in little-endian order.</summary>
    public byte[] Hash() => SHA256.HashData(_words is null ? _bytes : MemoryMarshal.AsBytes(_words.AsSpan()));

    private static void Scale(ReadOnlySpan<byte> bytes, Span<float> target)
    {
        target = target[..bytes.Length];
        var whole = new Vector<float>(255f);
        var i = 0;
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[i..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            var to = target[i..];
            (Vector.ConvertToSingle(a.As<uint, int>()) / whole).CopyTo(to);
            (Vector.ConvertToSingle(b.As<uint, int>()) / whole).CopyTo(to[Vector<float>.Count..]);
            (Vector.ConvertToSingle(c.As<uint, int>()) / whole).CopyTo(to[(2 * Vector<float>.Count)..]);
            (Vector.ConvertToSingle(d.As<uint, int>()) / whole).CopyTo(to[(3 * Vector<float>.Count)..]);
        }
        for (; i < bytes.Length; i++) target[i] = bytes[i] / 255f;
    }

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
