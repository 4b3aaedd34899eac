using System.Buffers.Binary;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>A chunk of a RIFF file.</summary>
/// <param name="Type">Its four letters.</param>
/// <param name="Content">Its data, without padding.</param>
internal sealed record RiffChunk(string Type, byte[] Content)
{
    /// <summary>The bytes in a file, padded to whole words.</summary>
    public byte[] ToBytes()
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, Content.Length);
        return [.. Encoding.Latin1.GetBytes(Type), .. length, .. Content, .. new byte[Content.Length & 1]];
    }
}

/// <summary>What WebP files say about their pictures (RFC 9649).</summary>
internal static class WebpMetadata
{
    private const int MostBytes = 64 << 20;
    private const byte HasProfile = 0x20, HasAlpha = 0x10, HasExif = 0x08, HasXmp = 0x04;

    // Pixels, and how they are put together.
    private static readonly string[] s_storage = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"];

    /// <summary>Reads a file's.</summary>
    /// <param name="file">Can seek.</param>
    /// <param name="isTurned">Whether rows and columns change places when the picture is upright.</param>
    public static FileMetadata Of(Stream file, bool isTurned)
    {
        var (kept, remarks) = (new List<RiffChunk>(), new List<string>());
        byte[]? exif = null, xmp = null;
        foreach (var (type, content) in Read(file))
        {
            if (s_storage.Contains(type)) continue;
            if (type == "EXIF") exif ??= ExifBlock.Upright(content, isTurned);
            else if (type == "XMP ")
            {
                (xmp, var about) = FileMetadata.XmpOf(content, isTurned);
                remarks.AddRange(about);
            }
            else if (type == "C2PA") remarks.Add("its content credentials (C2PA) are left out: they vouch for the old pixels");
            else if (EmbeddedPictures.AreIn(content)) remarks.Add("a preview is left out");
            else kept.Add(new RiffChunk(type, content));
        }
        return new FileMetadata
        {
            Exif = exif,
            Xmp = xmp,
            Resolution = FileMetadata.ResolutionOf(exif),
            Webp = kept,
            Remarks = remarks,
        };
    }

    /// <summary>What goes into a file, before its pixels and behind them.</summary>
    /// <param name="metadata">Of a file of any format.</param>
    /// <param name="profile">The colour profile, or null.</param>
    /// <param name="remarks">Gets what cannot be said in WebP.</param>
    public static (RiffChunk[] Before, RiffChunk[] Behind) Chunks(FileMetadata metadata, byte[]? profile, ICollection<string> remarks)
    {
        var behind = new List<RiffChunk>();
        if (metadata.Exif is { } exif) behind.Add(new("EXIF", exif));
        if (metadata.Xmp is { } xmp) behind.Add(new("XMP ", xmp));
        if (metadata.Webp is { } own) behind.AddRange(own);
        else
        {
            if (metadata.Photoshop is not null) remarks.Add("WebP has no place for its IPTC; it is left out");
            if (metadata.Comment is not null) remarks.Add("WebP has no place for its comment; it is left out");
            if (metadata is { Resolution: not null, Exif: null }) remarks.Add("WebP has no place for its resolution; it is left out");
        }
        return (profile is null ? [] : [new("ICCP", profile)], [.. behind]);
    }

    /// <summary>The head of a file with chunks added that go before and behind its pixels.</summary>
    /// <param name="head">The file's first bytes, up to its first chunk of pixels or further.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="hasAlpha">Whether it can be seen through.</param>
    /// <param name="before">Chunks before the pixels.</param>
    /// <param name="behind">Chunks that will follow the pixels.</param>
    /// <returns>Null where more of the file is needed.</returns>
    public static byte[]? Head(
        ReadOnlySpan<byte> head, int width, int height, bool hasAlpha, RiffChunk[] before, RiffChunk[] behind)
    {
        const int start = 12, extendedSize = 18;
        if (head.Length < start + extendedSize) return null;
        if (before.Length + behind.Length == 0) return head.ToArray();
        var isExtended = head.Slice(start, 4).SequenceEqual("VP8X"u8);
        var rest = head[(isExtended ? start + extendedSize : start)..];
        var flags = (byte)((isExtended ? head[start + 8] : 0) | (hasAlpha ? HasAlpha : 0) | (before.Length > 0 ? HasProfile : 0)
            | (behind.Any(c => c.Type == "EXIF") ? HasExif : 0) | (behind.Any(c => c.Type == "XMP ") ? HasXmp : 0));
        var extended = new RiffChunk("VP8X",
            [flags, 0, 0, 0, .. BitConverter.GetBytes(width - 1).AsSpan(0, 3), .. BitConverter.GetBytes(height - 1).AsSpan(0, 3)]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) + (isExtended ? 0 : (uint)extendedSize)
            + (uint)before.Concat(behind).Sum(chunk => chunk.ToBytes().Length);
        return [.. "RIFF"u8, .. BitConverter.GetBytes(size), .. "WEBP"u8, .. extended.ToBytes(),
            .. before.SelectMany(chunk => chunk.ToBytes()), .. rest];
    }

    private static List<RiffChunk> Read(Stream file)
    {
        var (chunks, head, kept) = (new List<RiffChunk>(), new byte[8], 0L);
        for (var at = 12L; at + 8 <= file.Length;)
        {
            file.Position = at;
            file.ReadExactly(head);
            var (type, length) = (Encoding.Latin1.GetString(head, 0, 4), BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)));
            at += 8 + length + (length & 1);
            if (s_storage.Contains(type) || at > file.Length + 1 || file.Position + length > file.Length) continue;
            if ((kept += length) > MostBytes) break;
            var content = new byte[length];
            file.ReadExactly(content);
            chunks.Add(new RiffChunk(type, content));
        }
        return chunks;
    }
}
