namespace Pentimento.Imaging;

/// <summary>
/// What a TIFF file says about its picture, as opposed to how its pixels are stored: camera, author, dates, EXIF, GPS, XMP, IPTC,
/// map coordinates. libvips reads and writes no EXIF in TIFF, and few of the other tags.
/// </summary>
internal sealed class TiffTags
{
    private const int Xmp = 700;

    // Size, type and place of the pixels, further pages, previews, inks, JPEG tables; and the ICC profile and the
    // resolution, which the writer sees to; and from 50706 DNG's, on how to develop what is no longer raw. Both ends included.
    private static readonly (int First, int Last)[] s_pixels =
    [
        (254, 268), (273, 284), (286, 304), (317, 347), (400, 435), (512, 532), (559, 559), (32995, 33422), (34675, 34675),
        (37439, 37439), (48129, 48259), (50706, 64999),
    ];

    private readonly IReadOnlyList<TiffEntry> _entries;

    private TiffTags(IReadOnlyList<TiffEntry> entries, bool fromTiff) => (_entries, FromTiff) = (entries, fromTiff);

    /// <summary>Whether they are those of a TIFF file, and so all that it says.</summary>
    public bool FromTiff { get; }

    /// <summary>Reads them from a file.</summary>
    /// <returns>Null where it is no TIFF.</returns>
    public static TiffTags? Of(Stream file) => Of(file, fromTiff: true);

    /// <summary>Reads them from an EXIF block as libvips has it: "Exif", two zeros, and a small TIFF.</summary>
    public static TiffTags? OfExif(byte[] block) =>
        block.Length < 6 ? null : Of(new MemoryStream(block, 6, block.Length - 6), fromTiff: false);

    /// <summary>Adds those to a file that it does not have yet. The orientation is the file's own, in XMP too.</summary>
    /// <param name="file">A TIFF, little-endian as libvips writes it here.</param>
    public void AddTo(Stream file) => TiffDirectory.Add(
        file, _entries.Select(entry => entry.Tag == Xmp ? entry with { Content = FileMetadata.Upright(entry.Content) } : entry));

    private static TiffTags? Of(Stream file, bool fromTiff) => TiffDirectory.Read(file) is { } entries
        ? new TiffTags([.. entries.Where(entry => Describes(entry.Tag))], fromTiff) : null;

    private static bool Describes(ushort tag) => !s_pixels.Any(range => range.First <= tag && tag <= range.Last);
}
