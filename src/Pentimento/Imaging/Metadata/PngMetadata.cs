using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>What PNG files say about their pictures.</summary>
internal static class PngMetadata
{
    private const string XmpKeyword = "XML:com.adobe.xmp", RawProfile = "Raw profile type ";
    private const int MostText = 64 << 20; // of what unpacks

    // Not safe to copy when pixels change, by their letters, and true of the cleaned picture nevertheless.
    private static readonly string[] s_kept = ["gAMA", "cHRM", "sRGB", "cICP", "mDCV", "mDCv", "cLLI", "cLLi", "pHYs", "pCAL", "sTER",
        "tIME", "sPLT"];

    private static readonly string[] s_colours = ["gAMA", "cHRM", "sRGB", "cICP", "mDCV", "mDCv", "cLLI", "cLLi"];

    // How pixels are stored, and the pictures of animations.
    private static readonly string[] s_storage =
        ["IHDR", "PLTE", "tRNS", "sBIT", "hIST", "bKGD", "iCCP", "acTL", "fcTL", "fdAT", "iDOT"];

    /// <summary>Reads a file's.</summary>
    /// <param name="pieces">The file.</param>
    /// <param name="isTurned">Whether rows and columns change places when the picture is upright.</param>
    public static FileMetadata Of(PngPieces pieces, bool isTurned)
    {
        var (kept, remarks) = (new List<PngChunk>(), new List<string>());
        byte[]? exif = null, xmp = null, photoshop = null;
        string? comment = null;
        foreach (var chunk in pieces.Chunks)
        {
            var (type, content) = chunk;
            if (s_storage.Contains(type)) continue;
            var text = IsRead(PngText.KeywordOf(chunk)) ? PngText.Of(chunk, MostText) : null;
            if (type == "pHYs" && content.Length == 9)
                kept.Add(isTurned ? new(type, [.. content[4..8], .. content[..4], content[8]]) : chunk);
            else if (type == "eXIf") kept.Add(new(type, exif = ExifBlock.Upright(content, isTurned)));
            else if (text is { Keyword: XmpKeyword })
            {
                (xmp, var about) = FileMetadata.XmpOf(text.Content, isTurned);
                remarks.AddRange(about);
                if (xmp is not null) kept.Add(ReferenceEquals(xmp, text.Content) ? chunk : Xmp(xmp));
            }
            else if (text is not null && text.Keyword.StartsWith(RawProfile, StringComparison.Ordinal))
                AddProfile(text, chunk, kept);
            else if (type == "caBX") remarks.Add("its content credentials (C2PA) are left out: they vouch for the old pixels");
            else if ((!s_kept.Contains(type) && type.Length == 4 && !char.IsLower(type[3])) || EmbeddedPictures.AreIn(content))
                remarks.Add($"the chunk '{Printable(type)}' is left out: it belongs to the old pixels");
            else
            {
                kept.Add(chunk);
                if (text?.Keyword is "Comment" or "Description") comment ??= text.Text;
            }
        }
        remarks.AddRange(pieces.TooLarge.Select(type => $"the chunk '{Printable(type)}' is too large and left out"));
        return new FileMetadata
        {
            Exif = exif,
            Xmp = xmp,
            Photoshop = photoshop,
            Resolution = kept.FirstOrDefault(c => c.Type == "pHYs") is { } size ? Resolution.OfPng(size.Content)
                : FileMetadata.ResolutionOf(exif),
            Comment = comment,
            Png = pieces with { Chunks = [.. kept, .. pieces.Chunks.Where(c => c.Type is "IHDR" or "PLTE" or "bKGD")] },
            Remarks = remarks,
        };

        // EXIF and Photoshop's resources as hexadecimal text, as ImageMagick and ExifTool write them.
        void AddProfile(PngText text, PngChunk chunk, List<PngChunk> to)
        {
            if (text.Profile() is not { } profile) return;
            var kind = text.Keyword[RawProfile.Length..];
            if (kind is "exif" or "APP1" && profile.AsSpan().StartsWith(ExifBlock.Prefix))
            {
                if (exif is not null || pieces.Find("eXIf") is not null) return;
                to.Add(new("eXIf", exif = ExifBlock.Upright(profile, isTurned)));
            }
            else if (kind is "iptc" or "8bim" or "APP13")
            {
                var start = profile.AsSpan().StartsWith(PhotoshopResources.Prefix) ? PhotoshopResources.Prefix.Length : 0;
                if (!profile.AsSpan(start).StartsWith("8BIM"u8)) to.Add(chunk);
                else to.Add(PngText.OfProfile(RawProfile + kind, photoshop = PhotoshopResources.Upright(profile.AsSpan(start), isTurned)));
            }
            else if (!EmbeddedPictures.AreIn(profile)) to.Add(chunk);
        }
    }

    /// <summary>The chunks for a file, to go between its header and its pixels.</summary>
    /// <param name="metadata">Of a file of any format.</param>
    /// <param name="profile">The colour profile, or null.</param>
    /// <param name="isConverted">Whether the colours are no longer the original's.</param>
    /// <param name="channels">Of the picture, without alpha.</param>
    /// <param name="bitDepth">8 or 16.</param>
    public static byte[] Head(FileMetadata metadata, byte[]? profile, bool isConverted, int channels, int bitDepth)
    {
        var head = new MemoryStream();
        if (profile is not null) PngPieces.Write(head, new("iCCP", [.. "icc"u8, 0, 0, .. PngText.Packed(profile)]));
        foreach (var chunk in metadata.Png is { } own ? OfPng(own, isConverted, channels, bitDepth) : OfOther(metadata))
            PngPieces.Write(head, chunk);
        return head.ToArray();
    }

    /// <summary>The first bytes of a file with other chunks between its header and its pixels.</summary>
    /// <returns>Null where more of the file is needed.</returns>
    public static byte[]? WithHead(byte[] start, byte[] chunks)
    {
        const int headerEnd = 33; // signature and IHDR
        for (var at = headerEnd; at + 8 <= start.Length; at += 12 + BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(at)))
            if (start.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8)) // libvips writes a resolution where there is none
                return [.. start.AsSpan(0, headerEnd), .. chunks, .. start.AsSpan(at)];
        return null;
    }

    private static IEnumerable<PngChunk> OfPng(PngPieces pieces, bool isConverted, int channels, int bitDepth) =>
        pieces.Chunks.Where(chunk => !s_storage.Contains(chunk.Type) && !(isConverted && s_colours.Contains(chunk.Type)))
            .Concat(isConverted || Background(pieces, channels, bitDepth) is not { } background ? [] : [background]);

    private static IEnumerable<PngChunk> OfOther(FileMetadata metadata)
    {
        if (metadata.Resolution is { } resolution) yield return new("pHYs", resolution.ToPng());
        if (metadata.Exif is { } exif) yield return new("eXIf", exif);
        if (metadata.Xmp is { } xmp) yield return Xmp(xmp);
        if (metadata.Photoshop is { } photoshop) yield return PngText.OfProfile(RawProfile + "8bim", photoshop);
        if (metadata.Comment is { } comment)
            yield return new("iTXt", [.. "Comment\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(comment)]);
    }

    // Keyword, whether it is packed and how, language, keyword in that language, text.
    private static PngChunk Xmp(byte[] packet) => new("iTXt", [.. Encoding.ASCII.GetBytes(XmpKeyword), 0, 0, 0, 0, 0, .. packet]);

    /// <summary>The colour to show behind the picture: a number of the palette, or samples of the depth of the file.</summary>
    private static PngChunk? Background(PngPieces pieces, int channels, int bitDepth)
    {
        if (pieces.Find("IHDR") is not { Length: 13 } header || pieces.Find("bKGD") is not { } stored) return null;
        var most = header[9] == 3 ? 255 : (1 << header[8]) - 1;
        int[] samples;
        if (header[9] == 3)
        {
            if (stored.Length != 1 || pieces.Find("PLTE") is not { } palette || 3 * stored[0] + 3 > palette.Length) return null;
            samples = [.. palette.AsSpan(3 * stored[0], 3).ToArray().Select(v => (int)v)];
        }
        else samples = [.. stored.Chunk(2).Where(pair => pair.Length == 2).Select(pair => (pair[0] << 8) | pair[1])];
        if (samples.Length == 1 && channels == 3) samples = [samples[0], samples[0], samples[0]];
        if (samples.Length != channels || samples.Any(v => v > most)) return null;
        var white = (1 << bitDepth) - 1;
        var stretched = samples.Select(v => (int)Math.Round((double)v * white / most));
        return new("bKGD", [.. stretched.SelectMany(v => new[] { (byte)(v >> 8), (byte)v })]);
    }

    private static bool IsRead(string? keyword) => keyword is XmpKeyword or "Comment" or "Description"
        || keyword?.StartsWith(RawProfile, StringComparison.Ordinal) == true;

    private static string Printable(string type) => string.Concat(type.Select(c => char.IsAsciiLetter(c) ? c.ToString()
        : "\\x" + ((int)c).ToString("x2", CultureInfo.InvariantCulture)));
}
