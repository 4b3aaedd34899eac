using System.Globalization;
using Pentimento.Imaging;

namespace Pentimento.Inference;

/// <summary>Chooses tiles so that cleaning stays within a number of bytes (<see cref="CleaningMemory"/>).</summary>
/// <param name="bytes">The budget.</param>
/// <param name="memory">What cleaning takes; asked for once, when the first picture comes.</param>
/// <param name="cut">The tiles of a picture of this shape, of at most this side.</param>
/// <param name="sizes">The sides to choose from, the best first.</param>
internal sealed class MemoryBudget(
    long bytes, Func<CleaningMemory> memory, Func<ImageShape, int, IReadOnlyList<Tile>> cut, IReadOnlyList<int> sizes)
{
    private readonly Lazy<CleaningMemory> _memory = new(memory);

    /// <summary>Checks that there is any picture at all that fits.</summary>
    /// <exception cref="ArgumentException">There is none; the message says the least budget.</exception>
    public void Check() => TileSize(new ImageShape(3, 1, 1), 8, 0, least => new ArgumentException(
        $"The memory of {Text(bytes)} is too little: with this model the least is {Text(least)}, for a picture of one pixel."));

    /// <summary>The tile size for a picture.</summary>
    /// <param name="shape">The picture.</param>
    /// <param name="bitDepth">8 or 16.</param>
    /// <param name="held">What its decoder and encoder hold besides rows, in bytes.</param>
    /// <exception cref="InvalidDataException">It does not fit; the message says the least budget.</exception>
    public int TileSize(ImageShape shape, int bitDepth, long held) => TileSize(shape, bitDepth, held, least =>
        new InvalidDataException(
            $"cleaning {shape.Width}×{shape.Height} pixels takes at least {Text(least)} of memory, " +
            $"more than the {Text(bytes)} allowed" +
            (held > 0 ? $" ({Text(held)} for a format or an orientation that is not read or written row by row)" : "")));

    /// <summary>As in "1.5 GB"; thousand megabytes are a gigabyte.</summary>
    internal static string Text(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e7) / 100:0.##} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e6):0} MB");

    private int TileSize(ImageShape shape, int bitDepth, long held, Func<long, Exception> refuse)
    {
        var rows = (long)shape.Channels * shape.Width * (bitDepth / 8);
        var least = long.MaxValue;
        foreach (var size in sizes)
        {
            var need = _memory.Value.Of(cut(shape, size), rows, held);
            if (need <= bytes) return size;
            least = Math.Min(least, need);
        }
        throw refuse(least);
    }
}
