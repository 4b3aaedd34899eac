namespace Pentimento.Imaging.Metadata;

/// <summary>
/// What a file says about its picture, ready for the upright picture that is made from it: orientation 1, and nothing that shows the
/// picture as it was. Into a file of the same format everything goes that is not about how pixels are stored; into others what
/// both can say.
/// </summary>
internal sealed record FileMetadata
{
    /// <summary>An EXIF block without prefix.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>An XMP packet with what its extension says.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>Photoshop's image resources, IPTC among them.</summary>
    public byte[]? Photoshop { get; init; }

    /// <summary>The resolution; null where the file has none.</summary>
    public Resolution? Resolution { get; init; }

    /// <summary>A comment for people.</summary>
    public string? Comment { get; init; }

    /// <summary>Of a JPEG file, what goes into a JPEG file, without the colour profile.</summary>
    public IReadOnlyList<JpegSegment>? Jpeg { get; init; }

    /// <summary>Of a PNG file, what goes into a PNG file, without the colour profile.</summary>
    public PngPieces? Png { get; init; }

    /// <summary>Of a WebP file, what goes into a WebP file besides EXIF, XMP and the colour profile.</summary>
    public IReadOnlyList<RiffChunk>? Webp { get; init; }

    /// <summary>Of a TIFF file, what goes into a TIFF file.</summary>
    public TiffTags? Tiff { get; init; }

    /// <summary>What stays behind, in words; thumbnails are not worth one.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Reads it.</summary>
    /// <param name="original">The file.</param>
    /// <param name="opened">As libvips has opened it, for formats that are not taken apart here.</param>
    public static FileMetadata Of(EncodedImage original, OpenedImage opened)
    {
        using var file = original.Stream();
        var head = original.Head();
        if (head is [0xFF, JpegMarker.Start, ..]) return JpegMetadata.Of(file, opened.IsTurned);
        if (head.AsSpan().StartsWith(PngPieces.Signature)) return PngMetadata.Of(PngPieces.Read(file), opened.IsTurned);
        if (head.AsSpan().StartsWith("RIFF"u8)) return WebpMetadata.Of(file, opened.IsTurned);
        if (opened.Page is { } page) return TiffMetadata.Of(file, page, opened.IsTurned);
        return OfFields(opened);
    }

    private static FileMetadata OfFields(OpenedImage opened)
    {
        byte[]? Field(string name) => opened.Upright.Contains(name) && opened.Upright.Get(name) is byte[] value ? value : null;
        var exif = Field("exif-data") is { } block ? ExifBlock.Upright(block, opened.IsTurned) : null;
        var (xmp, remarks) = XmpOf(Field("xmp-data"), opened.IsTurned);
        return new FileMetadata
        {
            Exif = exif,
            Xmp = xmp,
            Resolution = ResolutionOf(exif),
            Comment = opened.Upright.Contains("gif-comment") ? opened.Upright.Get("gif-comment") as string : null,
            Remarks = remarks,
        };
    }

    /// <summary>XMP for an upright picture, and what there is to say about it.</summary>
    public static (byte[]? Xmp, IReadOnlyList<string> Remarks) XmpOf(byte[]? packet, bool isTurned)
    {
        var xmp = packet is null ? null : XmpPacket.Upright(packet, isTurned);
        return (xmp, packet is not null && xmp is null ? ["its XMP is damaged and holds pictures; it is left out"] : []);
    }

    /// <summary>The resolution in an EXIF block.</summary>
    public static Resolution? ResolutionOf(byte[]? exif) =>
        exif is not null && TiffDirectory.Read(new MemoryStream(exif)) is { } entries ? Metadata.Resolution.OfTiff(entries) : null;
}
