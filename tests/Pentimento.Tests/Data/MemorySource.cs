using Pentimento.Data;
using Pentimento.Imaging;

namespace Pentimento.Tests.Data;

/// <summary>Images from a function, with a count of how often each was read.</summary>
internal sealed class MemorySource(IReadOnlyList<ImageItem> items, Func<int, RasterImage> read) : ImageSource("memory", items)
{
    private int _reads;

    /// <summary>Grey images of 1×1; the value of image i is i mod 256.</summary>
    public MemorySource(int count) : this(count, i => Dot((byte)i))
    {
    }

    public MemorySource(int count, Func<int, RasterImage> read)
        : this([.. Enumerable.Range(0, count).Select(i => new ImageItem($"image {i}"))], read)
    {
    }

    public int Reads => _reads;

    public override string Kind => "test images";

    public override int Channels => 1;

    public override RasterImage Read(int index)
    {
        Interlocked.Increment(ref _reads);
        return read(index);
    }

    public static RasterImage Dot(byte value) => new(new ImageShape(1, 1, 1), [value]);
}
