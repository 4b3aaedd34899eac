using System.Globalization;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>What TIFF files say about their pictures.</summary>
internal static class TiffMetadata
{
    private const ushort GreyUnit = 290, GreyCurve = 291, MakerNote = 37500;

    // What of the first directory belongs into EXIF: names, dates, camera, author.
    private static readonly ushort[] s_exif =
        [270, 271, 272, 282, 283, 296, 305, 306, 315, 33432, TiffDirectory.Exif, TiffDirectory.Gps];

    private static readonly ushort[] s_colours =
        [TiffTags.WhitePoint, TiffTags.Chromaticities, TiffTags.TransferFunction, TiffTags.TransferRange];

    // Notes that count their places from their own start. Others count from the start of a file that is not there any more.
    private static readonly byte[][] s_selfContained =
    [
        "OLYMPUS\0"u8.ToArray(), "OM SYSTEM"u8.ToArray(), "Nikon\0\u0002"u8.ToArray(), "FUJIFILM"u8.ToArray(), "Apple iOS"u8.ToArray(),
        "PENTAX \0"u8.ToArray(), "Ricoh"u8.ToArray(), "SIGMA\0"u8.ToArray(),
    ];

    /// <summary>Reads the directory of a page.</summary>
    /// <param name="file">Can seek.</param>
    /// <param name="page">Which picture of it.</param>
    /// <param name="isTurned">Whether rows and columns change places when the picture is upright.</param>
    public static FileMetadata Of(Stream file, TiffPage page, bool isTurned)
    {
        var remarks = new List<string>();
        void LeftOut(ushort tag, string why)
        {
            if (TiffTags.Describes(tag)) remarks.Add($"the tag {tag.ToString(CultureInfo.InvariantCulture)} is {why} and left out");
        }
        var all = TiffDirectory.Read(file, page.Directory, LeftOut) ?? [];
        // A thumbnail that comes first, or has the picture below it, often has what is said about both.
        if (page.First != page.Directory && TiffDirectory.Read(file, page.First) is { } first)
            all = [.. all, .. first.Where(entry => TiffTags.Describes(entry.Tag) && entry.Tag != TiffTags.ImageDescription
                && all.All(own => own.Tag != entry.Tag))];
        if (all.Any(entry => entry.Tag == TiffTags.Layers)) remarks.Add("its Photoshop layers are left out: they show the old picture");
        var kept = new List<TiffEntry>();
        foreach (var entry in all.Where(entry => TiffTags.Describes(entry.Tag)))
        {
            if (entry.Entries is not null) kept.Add(Upright(entry, isTurned));
            else if (entry.Tag == TiffTags.Xmp)
            {
                var (xmp, about) = FileMetadata.XmpOf(entry.Content, isTurned);
                remarks.AddRange(about);
                if (xmp is not null) kept.Add(Bytes(entry.Tag, xmp));
            }
            else if (entry.Tag == TiffTags.Photoshop) kept.Add(Bytes(entry.Tag, PhotoshopResources.Upright(entry.Content, isTurned)));
            else if (EmbeddedPictures.AreIn(entry.Content)) LeftOut(entry.Tag, "a preview");
            else kept.Add(entry);
        }
        if (kept.SelectMany(entry => entry.Entries ?? []).FirstOrDefault(e => e.Tag == MakerNote) is { } note
            && !s_selfContained.Any(start => note.Content.AsSpan().StartsWith(start)))
            remarks.Add("its maker notes are kept as they were, but lie elsewhere; programs may not find all that is in them");
        var resolution = all.Where(entry => TiffTags.OfResolution.Contains(entry.Tag)).ToList();
        if (isTurned) resolution = [.. resolution.Select(Swapped(TiffTags.XResolution, TiffTags.YResolution))];
        var tags = new TiffTags([.. kept, .. resolution]);
        return new FileMetadata
        {
            Exif = Exif(tags),
            Xmp = tags.Find(TiffTags.Xmp)?.Content,
            Photoshop = tags.Find(TiffTags.Photoshop)?.Content
                ?? (tags.Find(TiffTags.Iptc) is { } iptc ? PhotoshopResources.OfIptc(iptc.Content) : null),
            Resolution = Resolution.OfTiff(resolution),
            Tiff = tags,
            Remarks = remarks,
        };
    }

    /// <summary>The entries for a file.</summary>
    /// <param name="metadata">Of a file of any format.</param>
    /// <param name="profile">The colour profile, or null.</param>
    /// <param name="isConverted">Whether the colours are no longer the original's.</param>
    /// <param name="bitDepth">8 or 16.</param>
    /// <param name="remarks">Gets what cannot be said.</param>
    public static IReadOnlyList<TiffEntry> Entries(
        FileMetadata metadata, byte[]? profile, bool isConverted, int bitDepth, ICollection<string> remarks)
    {
        var entries = (metadata.Tiff?.Entries ?? OfOther(metadata)).Where(entry => !isConverted || !s_colours.Contains(entry.Tag)).ToList();
        // Curves have an entry for each value that a sample can have.
        var curves = entries.Where(e => e.Tag is TiffTags.TransferFunction or GreyCurve
            && e.Count != 1L << bitDepth && (e.Tag == GreyCurve || e.Count != 3L << bitDepth)).ToArray();
        foreach (var curve in curves)
        {
            remarks.Add($"the curve in its tag {curve.Tag.ToString(CultureInfo.InvariantCulture)} is for another depth and left out");
            entries.Remove(curve);
            if (curve.Tag == GreyCurve) entries.RemoveAll(entry => entry.Tag == GreyUnit);
        }
        if (profile is not null) entries.Add(Bytes(TiffTags.IccProfile, profile));
        return entries;
    }

    private static List<TiffEntry> OfOther(FileMetadata metadata)
    {
        List<TiffEntry> entries = metadata.Exif is { } exif && TiffDirectory.Read(new MemoryStream(exif)) is { } said
            ? [.. said.Where(entry => TiffTags.Describes(entry.Tag))] : [];
        if (metadata.Xmp is { } xmp) entries.Add(Bytes(TiffTags.Xmp, xmp));
        if (metadata.Photoshop is { } photoshop)
        {
            entries.Add(Bytes(TiffTags.Photoshop, photoshop));
            if (PhotoshopResources.IptcOf(photoshop) is { } iptc) entries.Add(Bytes(TiffTags.Iptc, iptc));
        }
        if (metadata.Resolution is { } resolution) entries.AddRange(resolution.ToTiff());
        if (metadata.Comment is { Length: > 0 } comment && entries.All(entry => entry.Tag != TiffTags.ImageDescription))
        {
            byte[] text = [.. Encoding.UTF8.GetBytes(comment), 0];
            entries.Add(new TiffEntry(TiffTags.ImageDescription, 2, text.Length, text));
        }
        return [.. entries.DistinctBy(entry => entry.Tag)];
    }

    private static byte[]? Exif(TiffTags tags)
    {
        var entries = tags.Entries.Where(entry => s_exif.Contains(entry.Tag)).ToArray();
        if (entries.All(entry => TiffTags.OfResolution.Contains(entry.Tag))) return null;
        var block = new MemoryStream();
        block.Write([.. "II"u8, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // a directory without entries
        TiffDirectory.Change(block, [], entries);
        return block.ToArray();
    }

    private static TiffEntry Upright(TiffEntry directory, bool isTurned)
    {
        IEnumerable<TiffEntry> below = directory.Entries!.Select(entry =>
        {
            if (entry.Entries is not null) return Upright(entry, isTurned: false);
            var content = entry.Content;
            if (EmbeddedPictures.AreIn(content)) EmbeddedPictures.Blank(content = [.. content]);
            return entry with { Content = content };
        });
        if (isTurned) below = below.Select(Swapped(40962, 40963)).Select(Swapped(41486, 41487));
        return directory with { Entries = [.. below] };
    }

    private static Func<TiffEntry, TiffEntry> Swapped(ushort first, ushort second) => entry =>
        entry.Tag == first ? entry with { Tag = second } : entry.Tag == second ? entry with { Tag = first } : entry;

    private static TiffEntry Bytes(ushort tag, byte[] content) =>
        new(tag, (ushort)(tag is TiffTags.Xmp or TiffTags.Photoshop ? 1 : 7), content.Length, content);
}
