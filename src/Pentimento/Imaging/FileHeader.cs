using System.Buffers.Binary;
using System.Text;
using Pentimento.Files;

namespace Pentimento.Imaging;

/// <summary>
/// What the bytes before the pixels say of the program that wrote an image file. Pictures of one source mostly share it, pictures
/// of different sources mostly do not, whatever they show.
/// </summary>
/// <param name="Signature">
/// Format, layout and kinds of metadata in words, as in "JPEG 4:2:0, JFIF 96 dpi, comment". It has no dates, names or sizes.
/// </param>
/// <param name="JpegQuality">
/// 1 to 100 on the scale of libjpeg, the nearest for tables of another make; null for what is no JPEG.
/// </param>
/// <param name="Bytes">The size of the file.</param>
public sealed record FileHeader(string Signature, int? JpegQuality, long Bytes)
{
    private const int MostBytes = 4 << 20; // profiles and previews come before the tables

    /// <summary>
    /// Reads the header of a file. A header that is damaged or of an unknown format says as much as can be read.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FileHeader Read(string path)
    {
        using var file = InputFile.OpenRead(path);
        var content = new byte[(int)Math.Min(file.Length, MostBytes)];
        var count = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return Of(content.AsSpan(0, count), file.Length);
    }

    internal static FileHeader Of(ReadOnlySpan<byte> content, long bytes)
    {
        if (content.StartsWith<byte>([0xFF, 0xD8])) return JpegHeader.Of(content, bytes);
        var signature = content.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']) ? Png(content)
            : content.StartsWith("GIF8"u8) ? "GIF"
            : content.StartsWith("II"u8) ? "TIFF, little-endian"
            : content.StartsWith("MM"u8) ? "TIFF, big-endian"
            : content.Length >= 16 && content.StartsWith("RIFF"u8) ? $"WebP {Ascii(content.Slice(12, 4)).Trim()}"
            : content.Length >= 12 && content[4..].StartsWith("ftyp"u8) ? $"HEIF {Ascii(content.Slice(8, 4)).Trim()}"
            : "unknown";
        return new FileHeader(signature, null, bytes);
    }

    // Chunks before the pixels: a length, four letters, the data, a checksum.
    private static string Png(ReadOnlySpan<byte> content)
    {
        var words = new List<string>();
        var layout = "";
        for (var at = 8; at + 8 <= content.Length;)
        {
            var (length, name) = (BinaryPrimitives.ReadUInt32BigEndian(content[at..]), Ascii(content.Slice(at + 4, 4)));
            if (name == "IDAT") break;
            if (name == "IHDR" && at + 21 <= content.Length)
                layout = $" {content[at + 16]}-bit {content[at + 17] switch
                {
                    0 => "grey",
                    2 => "colour",
                    3 => "palette",
                    4 => "grey with alpha",
                    _ => "colour with alpha",
                }}";
            else if (!words.Contains(name)) words.Add(name);
            if (length > content.Length) break;
            at += (int)length + 12;
        }
        return string.Join(", ", words.Prepend("PNG" + layout));
    }

    private static string Ascii(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
