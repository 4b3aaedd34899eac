using System.Buffers.Binary;

namespace Pentimento.Imaging.Metadata;

/// <summary>
/// Photoshop's image resources: a signature of four letters, a number, a name, a length and data, again and again, each padded to
/// whole words (Adobe Photoshop File Formats Specification, "Image Resource Blocks").
/// </summary>
internal static class PhotoshopResources
{
    /// <summary>What they begin with in JPEG.</summary>
    public static ReadOnlySpan<byte> Prefix => "Photoshop 3.0\0"u8;

    private const int Iptc = 0x0404, ResolutionInfo = 0x03ED, Thumbnail4 = 0x0409, Thumbnail5 = 0x040C;

    /// <summary>Those of an upright picture without its thumbnails.</summary>
    /// <param name="resources">Without the prefix.</param>
    /// <param name="isTurned">Whether rows and columns changed places.</param>
    public static byte[] Upright(ReadOnlySpan<byte> resources, bool isTurned)
    {
        var kept = new MemoryStream();
        var at = 0;
        while (Next(resources, at) is var (id, data, end))
        {
            var whole = resources[at..end].ToArray();
            // Across and down: a number, its unit, and the unit of width or height, 8 bytes each.
            if (isTurned && id == ResolutionInfo && data.Count == 16)
            {
                var start = data.Start - at;
                byte[] turned = [.. whole[(start + 8)..(start + 16)], .. whole[start..(start + 8)]];
                turned.CopyTo(whole, start);
            }
            if (id is not (Thumbnail4 or Thumbnail5) && !EmbeddedPictures.AreIn(whole)) kept.Write(whole);
            at = end;
        }
        if (!EmbeddedPictures.AreIn(resources[at..])) kept.Write(resources[at..]);
        return kept.ToArray();
    }

    /// <summary>The IPTC among them, or null.</summary>
    public static byte[]? IptcOf(ReadOnlySpan<byte> resources)
    {
        for (var at = 0; Next(resources, at) is var (id, data, end); at = end)
            if (id == Iptc) return resources.Slice(data.Start, data.Count).ToArray();
        return null;
    }

    /// <summary>IPTC as the only resource.</summary>
    public static byte[] OfIptc(byte[] iptc)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, iptc.Length);
        return [.. "8BIM"u8, Iptc >> 8, Iptc & 0xFF, 0, 0, .. size, .. iptc, .. new byte[iptc.Length & 1]];
    }

    private static (int Id, (int Start, int Count) Data, int End)? Next(ReadOnlySpan<byte> bytes, int at)
    {
        if (at + 12 > bytes.Length || !IsSignature(bytes.Slice(at, 4))) return null;
        var id = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 4)..]);
        var size = at + 6 + ((bytes[at + 6] + 2) & ~1); // the name's length and the name
        if (size + 4 > bytes.Length) return null;
        var count = BinaryPrimitives.ReadUInt32BigEndian(bytes[size..]);
        var start = size + 4;
        if (count > bytes.Length - start) return null;
        return (id, (start, (int)count), Math.Min(bytes.Length, start + (int)((count + 1) & ~1u)));
    }

    private static bool IsSignature(ReadOnlySpan<byte> letters) =>
        letters.SequenceEqual("8BIM"u8) || letters.SequenceEqual("MeSa"u8) || letters.SequenceEqual("AgHg"u8)
        || letters.SequenceEqual("PHUT"u8) || letters.SequenceEqual("DCSR"u8);
}
