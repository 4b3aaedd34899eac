using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>What JPEG files say about their pictures.</summary>
internal static class JpegMetadata
{
    private const int MostInSegment = 65533, MostProfile = 65519, MostXmp = 65502, MostExtension = 65400;

    private static ReadOnlySpan<byte> Xmp => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> Extension => "http://ns.adobe.com/xmp/extension/\0"u8;

    private static ReadOnlySpan<byte> Profile => "ICC_PROFILE\0"u8;

    /// <summary>Reads a file's.</summary>
    /// <param name="file">Can seek.</param>
    /// <param name="isTurned">Whether rows and columns change places when the picture is upright.</param>
    public static FileMetadata Of(Stream file, bool isTurned)
    {
        var pieces = JpegPieces.Read(file);
        var (kept, remarks) = (new List<JpegSegment>(), new List<string>());
        var (hasMore, hasGainMap) = (false, false);
        byte[]? exif = null, photoshop = null;
        Resolution? resolution = null;
        string? comment = null;
        foreach (var segment in pieces.Segments)
        {
            var (marker, content) = segment;
            if (marker == JpegMarker.App0 && content.AsSpan().StartsWith("JFIF\0"u8) && content.Length >= 12)
            {
                byte[] density = isTurned ? [.. content[10..12], .. content[8..10]] : content[8..12];
                byte[] jfif = [.. content[..8], .. density, 0, 0]; // a thumbnail of no size
                resolution = Resolution.OfJfif(jfif);
                kept.Add(new JpegSegment(marker, jfif));
            }
            else if (segment.Is(JpegMarker.App1, ExifBlock.Prefix))
            {
                if (exif is not null) remarks.Add("a second EXIF block is left out");
                else kept.Add(new JpegSegment(
                    marker, [.. ExifBlock.Prefix, .. exif = ExifBlock.Upright(content, isTurned)]));
            }
            else if (segment.Is(JpegMarker.App13, PhotoshopResources.Prefix))
                photoshop = [.. photoshop ?? [], .. content.AsSpan(PhotoshopResources.Prefix.Length)];
            else if (segment.Is(JpegMarker.App2, "MPF\0"u8)) hasMore = true;
            else if (segment.Is(JpegMarker.App2, "urn:iso:std:iso:ts:21496"u8)) hasGainMap = true;
            else if (marker == JpegMarker.App11)
                remarks.Add(content.AsSpan().StartsWith("JP"u8)
                    ? "its content credentials (JUMBF, C2PA) are left out: they vouch for the old pixels"
                    : "HDR data (APP11) are left out");
            else if (IsStorage(segment) || segment.Is(JpegMarker.App1, Xmp) || segment.Is(JpegMarker.App1, Extension)) continue;
            else if (EmbeddedPictures.AreIn(content)) remarks.Add($"a preview (APP{marker - JpegMarker.App0}) is left out");
            else
            {
                if (marker == JpegMarker.Comment) comment ??= Text(content);
                kept.Add(segment);
            }
        }
        if (photoshop is not null) kept.AddRange(Segments(photoshop = PhotoshopResources.Upright(photoshop, isTurned)));
        var packet = pieces.Segments.FirstOrDefault(s => s.Is(JpegMarker.App1, Xmp))?.Content[Xmp.Length..];
        var xmp = AddXmp(packet, pieces.Segments, isTurned, kept, remarks);
        hasGainMap |= packet is not null && XmpPacket.TellsOfGainMap(packet);
        if (Behind(file, pieces, hasGainMap, hasMore) is { } behind) remarks.Add(behind);
        return new FileMetadata
        {
            Exif = exif,
            Xmp = xmp,
            Photoshop = photoshop,
            Resolution = FileMetadata.ResolutionOf(exif) ?? resolution,
            Comment = comment,
            Jpeg = kept,
            Remarks = remarks,
        };
    }

    /// <summary>The segments for a file, to go behind its first two bytes.</summary>
    /// <param name="metadata">Of a file of any format.</param>
    /// <param name="profile">The colour profile, or null.</param>
    /// <param name="remarks">Gets what cannot be said in JPEG.</param>
    public static byte[] Head(FileMetadata metadata, byte[]? profile, ICollection<string> remarks)
    {
        var segments = metadata.Jpeg is { } own ? [.. own] : new List<JpegSegment>(OfOther(metadata, remarks));
        if (profile is not null)
        {
            var parts = profile.Chunk(MostProfile).ToArray();
            if (parts.Length > byte.MaxValue) remarks.Add("its colour profile is too large for JPEG and left out");
            else
                for (var i = 0; i < parts.Length; i++)
                    segments.Add(new(JpegMarker.App2, [.. Profile, (byte)(i + 1), (byte)parts.Length, .. parts[i]]));
        }
        var head = new MemoryStream();
        foreach (var segment in segments) JpegPieces.Write(head, segment);
        return head.ToArray();
    }

    private static IEnumerable<JpegSegment> OfOther(FileMetadata metadata, ICollection<string> remarks)
    {
        if (metadata.Resolution is { } resolution) yield return new(JpegMarker.App0, resolution.ToJfif());
        if (metadata.Exif is { } exif)
        {
            if (exif.Length > MostInSegment - ExifBlock.Prefix.Length) remarks.Add("its EXIF is too large for JPEG and left out");
            else yield return new(JpegMarker.App1, [.. ExifBlock.Prefix, .. exif]);
        }
        if (metadata.Xmp is { } xmp)
            foreach (var segment in xmp.Length <= MostXmp ? [new JpegSegment(JpegMarker.App1, [.. Xmp, .. xmp])] : Extended(xmp))
                yield return segment;
        if (metadata.Photoshop is { } photoshop)
            foreach (var segment in Segments(photoshop)) yield return segment;
        if (metadata.Comment is { } comment)
            foreach (var part in Encoding.UTF8.GetBytes(comment).Chunk(MostInSegment)) yield return new(JpegMarker.Comment, part);
    }

    // About how pixels are stored, or made anew.
    private static bool IsStorage(JpegSegment segment) =>
        segment.Is(JpegMarker.App0, "JFXX\0"u8) || segment.Is(JpegMarker.App2, Profile) || segment.Is(JpegMarker.App14, "Adobe"u8)
        || segment.Is(JpegMarker.App8, "SPIFF\0"u8);

    private static IEnumerable<JpegSegment> Segments(byte[] photoshop) =>
        from part in photoshop.Chunk(MostInSegment - PhotoshopResources.Prefix.Length)
        select new JpegSegment(JpegMarker.App13, [.. PhotoshopResources.Prefix, .. part]);

    private static byte[]? AddXmp(
        byte[]? packet, IReadOnlyList<JpegSegment> all, bool isTurned, List<JpegSegment> kept, List<string> remarks)
    {
        if (packet is null) return null;
        var (xmp, about) = FileMetadata.XmpOf(packet, isTurned);
        remarks.AddRange(about);
        if (xmp is null) return null;
        var (name, extension) = ExtensionOf(packet, all);
        if (name is not null && extension is null) remarks.Add("the extension of its XMP is damaged and left out");
        var upright = extension is null ? null : XmpPacket.Upright(extension, isTurned);
        var newName = upright is null ? null : ReferenceEquals(upright, extension) ? name : NameOf(upright);
        xmp = XmpPacket.WithExtension(xmp, name, newName);
        if (xmp.Length <= MostXmp) kept.Add(new(JpegMarker.App1, [.. Xmp, .. xmp]));
        else remarks.Add("its XMP has no room in one segment and is left out");
        if (upright is null) return xmp;
        kept.AddRange(Extended(upright, newName!));
        return XmpPacket.Merge(xmp, upright);
    }

    /// <summary>The name of a packet's extension, and the extension where all of it is there.</summary>
    private static (string? Name, byte[]? Content) ExtensionOf(byte[] packet, IReadOnlyList<JpegSegment> all)
    {
        const int digits = 32;
        var header = Extension.Length + digits + 8;
        var parts = all.Where(s => s.Is(JpegMarker.App1, Extension) && s.Content.Length >= header).ToArray();
        var named = parts.GroupBy(s => Encoding.ASCII.GetString(s.Content, Extension.Length, digits))
            .FirstOrDefault(g => packet.AsSpan().IndexOf(Encoding.ASCII.GetBytes(g.Key)) >= 0);
        if (named is null) return (null, null);
        var length = BinaryPrimitives.ReadUInt32BigEndian(named.First().Content.AsSpan(header - 8));
        if (length > named.Sum(s => (long)s.Content.Length - header)) return (named.Key, null);
        var whole = new byte[length];
        foreach (var part in named)
        {
            var at = BinaryPrimitives.ReadUInt32BigEndian(part.Content.AsSpan(header - 4));
            var data = part.Content.AsSpan(header);
            if (at + (long)data.Length > length) return (named.Key, null);
            data.CopyTo(whole.AsSpan((int)at));
        }
        return (named.Key, whole);
    }

    private static IEnumerable<JpegSegment> Extended(byte[] xmp)
    {
        var name = NameOf(xmp);
        return Extended(xmp, name).Prepend(new JpegSegment(JpegMarker.App1, [.. Xmp, .. XmpPacket.Pointer(name)]));
    }

    private static IEnumerable<JpegSegment> Extended(byte[] extension, string name)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, extension.Length);
        for (var at = 0; at < extension.Length; at += MostExtension)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), at);
            yield return new JpegSegment(
                JpegMarker.App1, [.. Extension, .. Encoding.ASCII.GetBytes(name), .. header,
                    .. extension.AsSpan(at, Math.Min(MostExtension, extension.Length - at))]);
        }
    }

#pragma warning disable CA5351 // the XMP specification names extensions by MD5
    private static string NameOf(byte[] extension) => Convert.ToHexString(MD5.HashData(extension));
#pragma warning restore CA5351

    private static string? Behind(Stream file, JpegPieces pieces, bool hasGainMap, bool hasMore)
    {
        if (hasGainMap) return "its HDR gain map is left out";
        var start = new byte[1 << 16];
        file.Position = Math.Min(pieces.End, file.Length);
        var count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var behind = start.AsSpan(0, count);
        if (hasMore || behind.StartsWith<byte>([0xFF, JpegMarker.Start])) return "further pictures in the file are left out";
        if (behind.IndexOf("ftyp"u8) is >= 0 and < 64) return "the film behind the picture is left out";
        return behind.ContainsAnyExcept((byte)0) ? $"{pieces.Length - pieces.End} bytes behind the picture are left out" : null;
    }

    private static string Text(byte[] content)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content).TrimEnd('\0');
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(content).TrimEnd('\0');
        }
    }
}
