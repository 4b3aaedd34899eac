using System.Buffers.Binary;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Imaging;

/// <summary>One entry of a TIFF directory; its values are little-endian, whatever they were in the file.</summary>
/// <param name="Tag">What it says.</param>
/// <param name="Type">The type of its values (TIFF 6.0, section 2; 16 to 18 are BigTIFF's).</param>
/// <param name="Count">How many values there are.</param>
/// <param name="Content">The values.</param>
/// <param name="Entries">What it points to, where that is a directory (EXIF, GPS); then the values mean nothing.</param>
internal sealed record TiffEntry(ushort Tag, ushort Type, long Count, byte[] Content, IReadOnlyList<TiffEntry>? Entries = null)
{
    private static readonly int[] s_sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

    /// <summary>The bytes of one value; 0 for an unknown type.</summary>
    public static int SizeOf(ushort type) => type < s_sizes.Length ? s_sizes[type] : 0;

    /// <summary>The bytes that change places with the byte order: two numbers make a fraction.</summary>
    public static int WordOf(ushort type) => type is 5 or 10 ? 4 : SizeOf(type);
}

/// <summary>The directories of TIFF files, classic and BigTIFF, in both byte orders. EXIF is such a file too.</summary>
internal static class TiffDirectory
{
    /// <summary>EXIF and, inside it, interoperability; GPS: entries that point to directories.</summary>
    public const ushort Exif = 34665, Gps = 34853, Interoperability = 40965;

    private const int MostEntries = 4096, LargestValue = 1 << 26;

    // Blocks of bytes of an order of their own, whatever type the file declares: XMP, IPTC, Photoshop.
    private static readonly ushort[] s_blocks = [700, 33723, 34377];

    /// <summary>A directory; entries that lead out of the file are left out.</summary>
    /// <param name="stream">A whole file; its position is lost.</param>
    /// <param name="at">Where the directory lies; null for the first.</param>
    /// <param name="leftOut">Is told each tag of it that is left out, and why; may be null.</param>
    /// <returns>Null where it is no TIFF.</returns>
    public static IReadOnlyList<TiffEntry>? Read(Stream stream, long? at = null, Action<ushort, string>? leftOut = null)
    {
        try
        {
            return TiffStream.Open(stream) is { } tiff ? Entries(tiff, at ?? tiff.FirstDirectory, depth: 0, leftOut) : null;
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>The whole numbers of a directory by their tags; empty where it lies outside the file.</summary>
    /// <exception cref="EndOfStreamException">The file is cut off.</exception>
    public static IReadOnlyDictionary<ushort, long[]> Numbers(TiffStream tiff, long at)
    {
        var numbers = new Dictionary<ushort, long[]>();
        foreach (var row in tiff.ReadRows(at, MostEntries))
        {
            var (tag, type, count) = tiff.Head(row);
            var size = type is 3 or 4 or 13 or 16 or 18 ? TiffEntry.SizeOf(type) : 0;
            // Those that are asked for are few; the places of strips may be very many.
            if (size == 0 || count is < 1 or > MostEntries || tiff.ReadValue(row, (int)count * size) is not { } content) continue;
            numbers.TryAdd(tag, [.. content.Chunk(size).Select(tiff.NumberOf)]);
        }
        return numbers;
    }

    /// <summary>
    /// Changes the first directory of a little-endian file: tags are taken out, and entries put in, in place of those with the same
    /// tag. The directory is written anew at the end, and the header pointed to it.
    /// </summary>
    public static void Change(Stream stream, IReadOnlyCollection<ushort> without, IEnumerable<TiffEntry> entries)
    {
        var tiff = TiffStream.Open(stream);
        if (tiff is null or { BigEndian: true }) return;
        var rows = tiff.ReadRows(tiff.FirstDirectory, MostEntries).ToDictionary(row => BinaryPrimitives.ReadUInt16LittleEndian(row));
        foreach (var tag in without) rows.Remove(tag);
        foreach (var entry in entries) rows[entry.Tag] = Row(tiff, entry);
        tiff.SetFirstDirectory(Append(tiff, rows.Values));
    }

    private static long Append(TiffStream tiff, IEnumerable<byte[]> rows) =>
        tiff.AppendDirectory([.. rows.OrderBy(row => BinaryPrimitives.ReadUInt16LittleEndian(row))]);

    private static byte[] Row(TiffStream tiff, TiffEntry entry)
    {
        if (entry.Entries is not { } below) return tiff.MakeRow(entry.Tag, entry.Type, entry.Count, entry.Content);
        var at = Append(tiff, below.Select(inner => Row(tiff, inner)).ToArray());
        return tiff.MakePointer(entry.Tag, at);
    }

    private static List<TiffEntry> Entries(TiffStream tiff, long at, int depth, Action<ushort, string>? leftOut = null)
    {
        var entries = new List<TiffEntry>();
        foreach (var row in tiff.ReadRows(at, MostEntries))
        {
            var (tag, type, count) = tiff.Head(row);
            var size = TiffEntry.SizeOf(type);
            if (tag == TiffTags.Layers)
            {
                entries.Add(new TiffEntry(tag, type, 0, [])); // that it is there is all that is asked for, and it is as large as pictures
                continue;
            }
            if (size == 0 || count < 1 || count > LargestValue / size)
            {
                leftOut?.Invoke(tag, size > 0 && count > 0 ? "too large" : "damaged");
                continue;
            }
            if (tiff.ReadValue(row, (int)(count * size)) is not { } content)
            {
                leftOut?.Invoke(tag, "damaged");
                continue;
            }
            if (tag is Exif or Gps or Interoperability)
            {
                // A directory that leads back to itself would have no end.
                if (depth < 2) entries.Add(new TiffEntry(tag, type, 1, [], Entries(tiff, tiff.Pointer(row), depth + 1)));
                continue;
            }
            var isBlock = s_blocks.Contains(tag);
            if (tiff.BigEndian && !isBlock) Turn(content, TiffEntry.WordOf(type));
            entries.Add(isBlock ? new TiffEntry(tag, 7, content.Length, content) : new TiffEntry(tag, type, count, content));
        }
        return entries;
    }

    private static void Turn(byte[] content, int word)
    {
        for (var at = 0; at + word <= content.Length; at += word) content.AsSpan(at, word).Reverse();
    }
}
