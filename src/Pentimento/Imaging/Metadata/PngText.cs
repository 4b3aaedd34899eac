using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>A text chunk of a PNG file: tEXt, zTXt or iTXt.</summary>
/// <param name="Keyword">What kind of text it is.</param>
/// <param name="Content">The text, unpacked: UTF-8 in iTXt, Latin-1 in the others.</param>
/// <param name="IsUtf8">Which of them.</param>
internal sealed record PngText(string Keyword, byte[] Content, bool IsUtf8)
{
    /// <summary>The text.</summary>
    public string Text => (IsUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(Content);

    /// <summary>The keyword of a chunk; null where it is no text.</summary>
    public static string? KeywordOf(PngChunk chunk) =>
        chunk.Type is "tEXt" or "zTXt" or "iTXt" && Array.IndexOf(chunk.Content, (byte)0) is > 0 and var end
            ? Encoding.Latin1.GetString(chunk.Content, 0, end) : null;

    /// <summary>Reads a chunk.</summary>
    /// <returns>Null where it is no text, damaged, or unpacks to more than <paramref name="most"/> bytes.</returns>
    public static PngText? Of(PngChunk chunk, int most)
    {
        var content = chunk.Content;
        if (KeywordOf(chunk) is not { } keyword) return null;
        var end = keyword.Length + 1;
        switch (chunk.Type)
        {
            case "tEXt":
                return new PngText(keyword, content[end..], false);
            case "zTXt" when end < content.Length:
                return Unpacked(content.AsSpan(end + 1), most) is { } text ? new PngText(keyword, text, false) : null;
            case "iTXt" when end + 2 < content.Length:
                var isPacked = content[end] == 1;
                var language = Array.IndexOf(content, (byte)0, end + 2);
                var translated = language < 0 ? -1 : Array.IndexOf(content, (byte)0, language + 1);
                if (translated < 0) return null;
                var body = content[(translated + 1)..];
                return (isPacked ? Unpacked(body, most) : body) is { } words ? new PngText(keyword, words, true) : null;
            default:
                return null;
        }
    }

    /// <summary>The bytes that a raw profile is: its name, their number, and they in hexadecimal digits. Null where it is none.</summary>
    public byte[]? Profile()
    {
        var lines = Encoding.Latin1.GetString(Content).Split('\n', 4);
        if (lines is not ["", _, var length, var digits]
            || !int.TryParse(length.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return null;
        var hex = string.Concat(digits.Where(char.IsAsciiHexDigit));
        return hex.Length >= 2 * (long)count ? Convert.FromHexString(hex.AsSpan(0, 2 * count)) : null;
    }

    /// <summary>A chunk with a raw profile.</summary>
    public static PngChunk OfProfile(string keyword, byte[] profile)
    {
        var name = keyword[(keyword.LastIndexOf(' ') + 1)..];
        var lines = Convert.ToHexStringLower(profile).Chunk(72).Select(line => new string(line));
        var text = $"\n{name}\n{profile.Length.ToString(CultureInfo.InvariantCulture),8}\n{string.Join('\n', lines)}\n";
        return new PngChunk("zTXt", [.. Encoding.Latin1.GetBytes(keyword), 0, 0, .. Packed(Encoding.Latin1.GetBytes(text))]);
    }

    /// <summary>Bytes as zlib packs them.</summary>
    public static byte[] Packed(byte[] content)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal)) zlib.Write(content);
        return packed.ToArray();
    }

    private static byte[]? Unpacked(ReadOnlySpan<byte> packed, int most)
    {
        using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = zlib.Read(buffer)) > 0;)
            {
                if (content.Length + count > most) return null;
                content.Write(buffer, 0, count);
            }
            return content.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
