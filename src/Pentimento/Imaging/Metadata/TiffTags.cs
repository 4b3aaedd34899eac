namespace Pentimento.Imaging.Metadata;

/// <summary>
/// What a TIFF directory says about its picture, as opposed to how its pixels are stored: camera, author, dates, EXIF, GPS, XMP,
/// IPTC, colours, map coordinates. libvips reads and writes no EXIF in TIFF, and few of the other tags.
/// </summary>
/// <param name="Entries">Ready for the upright picture.</param>
internal sealed record TiffTags(IReadOnlyList<TiffEntry> Entries)
{
    public const ushort ImageDescription = 270, XResolution = 282, YResolution = 283, ResolutionUnit = 296, TransferFunction = 301,
        WhitePoint = 318, Chromaticities = 319, ExtraSamples = 338, TransferRange = 342, Xmp = 700, Iptc = 33723, Photoshop = 34377,
        IccProfile = 34675, Layers = 37724;

    /// <summary>The tags that say how large the pixels are.</summary>
    public static IReadOnlyCollection<ushort> OfResolution { get; } = [XResolution, YResolution, ResolutionUnit];

    // Size, type and place of the pixels, further pages, previews, inks, JPEG tables; the resolution and the profile, which are
    // seen to apart; and from 50706 DNG's, on how to develop what is no longer raw. Both ends included.
    private static readonly (int First, int Last)[] s_pixels =
    [
        (254, 268), (273, 284), (288, 289), (292, 293), (296, 298), (317, 317), (320, 320), (322, 336), (338, 341), (343, 347),
        (400, 435), (512, 532), (559, 559), (32995, 33422), (34675, 34675), (37439, 37439), (Layers, Layers), (48129, 48259),
        (50706, 64999),
    ];

    // Between DNG's: ImageJ's and the military's remarks, and where on the earth a picture is.
    private static readonly ushort[] s_others = [50838, 50839, 50844, 50909];

    /// <summary>Whether a tag is about the picture.</summary>
    public static bool Describes(ushort tag) =>
        s_others.Contains(tag) || !s_pixels.Any(range => range.First <= tag && tag <= range.Last);

    /// <summary>The first entry of a tag, or null.</summary>
    public TiffEntry? Find(ushort tag) => Entries.FirstOrDefault(entry => entry.Tag == tag);
}
