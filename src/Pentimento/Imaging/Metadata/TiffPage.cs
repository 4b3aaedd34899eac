namespace Pentimento.Imaging.Metadata;

/// <summary>The picture of a TIFF file that is read: the first that is neither a reduced copy of another nor a mask.</summary>
/// <param name="Index">Which directory of the file's chain, from 0.</param>
/// <param name="Below">Which directory below that one; null for itself.</param>
/// <param name="Directory">Where its directory lies.</param>
/// <param name="First">Where the first directory lies.</param>
/// <param name="Pages">How many such pictures the file has.</param>
/// <param name="Layout">How its samples are stored.</param>
internal sealed record TiffPage(int Index, int? Below, long Directory, long First, int Pages, TiffLayout Layout)
{
    private const int MostPages = 1 << 16, Reduced = 1, Mask = 4, OldReduced = 2;

    /// <summary>Finds it.</summary>
    /// <returns>Null where it is no TIFF, or a damaged one.</returns>
    public static TiffPage? Of(Stream file)
    {
        try
        {
            return TiffStream.Open(file) is { } tiff ? Of(tiff) : null;
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    private static TiffPage? Of(TiffStream tiff)
    {
        var (seen, index) = (new HashSet<long>(), 0);
        TiffPage? first = null, chosen = null;
        var full = 0;
        for (var at = tiff.FirstDirectory; at >= 8 && seen.Count < MostPages && seen.Add(at); at = tiff.Next(at), index++)
        {
            var entries = TiffDirectory.Numbers(tiff, at);
            if (entries.Count == 0) break;
            var page = new TiffPage(index, null, at, tiff.FirstDirectory, 0, TiffLayout.Of(entries));
            first ??= page;
            if (!IsWhole(entries)) continue;
            full++;
            chosen ??= page;
        }
        if (first is null) return null;
        chosen ??= Under(tiff, first) ?? first;
        return chosen with { Pages = Math.Max(1, full) };
    }

    // Cameras and some scanners put a thumbnail first, and the picture below it.
    private static TiffPage? Under(TiffStream tiff, TiffPage thumbnail)
    {
        var below = TiffDirectory.Numbers(tiff, thumbnail.Directory).GetValueOrDefault((ushort)330) ?? [];
        for (var i = 0; i < Math.Min(below.Length, MostPages); i++)
        {
            var entries = TiffDirectory.Numbers(tiff, below[i]);
            if (entries.Count > 0 && IsWhole(entries) && TiffLayout.Of(entries) is { Photometric: <= 6 or 8 } layout)
                return thumbnail with { Below = i, Directory = below[i], Layout = layout };
        }
        return null;
    }

    private static bool IsWhole(IReadOnlyDictionary<ushort, long[]> entries) =>
        (entries.GetValueOrDefault((ushort)254)?.FirstOrDefault() & (Reduced | Mask)) is null or 0
        && entries.GetValueOrDefault((ushort)255)?.FirstOrDefault() != OldReduced;
}

/// <summary>How the samples of a TIFF picture are stored.</summary>
/// <param name="Photometric">What they mean (tag 262).</param>
/// <param name="Bits">Of a sample.</param>
/// <param name="Samples">In a pixel.</param>
/// <param name="Extra">What those mean that come after the colours: 0 nothing that is known, 1 and 2 alpha.</param>
internal sealed record TiffLayout(int Photometric, int Bits, int Samples, IReadOnlyList<int> Extra)
{
    /// <summary>From the numbers of a directory.</summary>
    public static TiffLayout Of(IReadOnlyDictionary<ushort, long[]> entries)
    {
        int Number(ushort tag, int otherwise) =>
            (int)Math.Clamp(entries.GetValueOrDefault(tag)?.FirstOrDefault() ?? otherwise, 0, ushort.MaxValue);
        return new TiffLayout(Number(262, 1), Number(258, 1), Number(277, 1),
            [.. (entries.GetValueOrDefault(TiffTags.ExtraSamples) ?? []).Select(value => (int)Math.Clamp(value, 0, 3))]);
    }

    /// <summary>How many samples of a pixel are colours.</summary>
    public int Colours => Photometric switch { 2 or 6 or 8 or 9 or 10 => 3, 5 => 4, _ => 1 };
}
