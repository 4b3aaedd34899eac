using System.Buffers.Binary;

namespace Pentimento.Imaging;

/// <summary>The segments of a JPEG file before its pixels (ITU-T T.81, annex B).</summary>
internal static class JpegHeader
{
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, Tables = 0xDB, Comment = 0xFE, FirstApplication = 0xE0;

    // The luminance table of annex K in the zigzag order of files; libjpeg scales it by its quality.
    private static readonly byte[] s_luminance =
    [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57,
        51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120,
        92, 101, 103, 99,
    ];

    public static FileHeader Of(ReadOnlySpan<byte> content, long bytes)
    {
        var (words, layout) = (new List<string>(), "JPEG");
        int[]? luminance = null;
        for (var at = 2; at + 4 <= content.Length && content[at] == 0xFF;)
        {
            var marker = content[at + 1];
            if (marker == 0xFF) // padding
            {
                at++;
                continue;
            }
            if (marker is StartOfScan or EndOfImage) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(content[(at + 2)..]);
            if (length < 2 || at + 2 + length > content.Length) break;
            var data = content.Slice(at + 4, length - 2);
            if (marker == Tables) luminance ??= FirstTable(data);
            else if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) layout = Layout(marker, data);
            else if (Name(marker, data) is { } name && !words.Contains(name)) words.Add(name);
            at += 2 + length;
        }
        var (quality, isStandard) = luminance is null ? (null, true) : Quality(luminance);
        if (!isStandard) words.Add("tables of its own");
        return new FileHeader(string.Join(", ", words.Prepend(layout)), quality, bytes);
    }

    /// <summary>libjpeg's quality whose table is nearest, and whether it is that table.</summary>
    internal static (int? Quality, bool IsStandard) Quality(ReadOnlySpan<int> table)
    {
        var (best, distance) = (0, long.MaxValue);
        for (var quality = 100; quality >= 1; quality--)
        {
            var scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
            long sum = 0;
            for (var i = 0; i < 64; i++) sum += Math.Abs(table[i] - Math.Clamp((s_luminance[i] * scale + 50) / 100, 1, 255));
            if (sum < distance) (best, distance) = (quality, sum);
        }
        return (best, distance == 0);
    }

    private static int[]? FirstTable(ReadOnlySpan<byte> data)
    {
        if (data.Length < 65 || (data[0] & 0xF) != 0) return null; // table 0 is the luminance's
        var wide = data[0] >> 4 != 0;
        if (wide && data.Length < 129) return null;
        var table = new int[64];
        for (var i = 0; i < 64; i++) table[i] = wide ? BinaryPrimitives.ReadUInt16BigEndian(data[(1 + 2 * i)..]) : data[1 + i];
        return table;
    }

    // Precision, height, width, then for each component its number, sampling factors and table.
    private static string Layout(byte marker, ReadOnlySpan<byte> data)
    {
        var progressive = marker is 0xC2 or 0xC6 or 0xCA or 0xCE ? " progressive" : "";
        if (data.Length < 6 || data.Length < 6 + 3 * data[5]) return "JPEG" + progressive;
        var sampling = data[5] switch
        {
            1 => "grey",
            3 => (data[7] >> 4, data[7] & 0xF, data[10] >> 4, data[10] & 0xF) switch
            {
                var (h, v, a, b) when h == a && v == b => "4:4:4",
                var (h, v, a, b) when h == 2 * a && v == b => "4:2:2",
                var (h, v, a, b) when h == 2 * a && v == 2 * b => "4:2:0",
                var (h, v, a, b) when h == a && v == 2 * b => "4:4:0",
                _ => "other sampling",
            },
            var count => $"{count} components",
        };
        return $"JPEG{progressive} {sampling}";
    }

    private static string? Name(byte marker, ReadOnlySpan<byte> data) => marker switch
    {
        Comment => "comment",
        FirstApplication when data.StartsWith("JFIF\0"u8) && data.Length >= 12 => data[7] switch
        {
            1 => $"JFIF {BinaryPrimitives.ReadUInt16BigEndian(data[8..])} dpi",
            2 => $"JFIF {BinaryPrimitives.ReadUInt16BigEndian(data[8..])} dots/cm",
            _ => "JFIF without resolution",
        },
        0xE1 when data.StartsWith("Exif\0"u8) => "Exif",
        0xE1 when data.StartsWith("http://ns.adobe.com/xap"u8) => "XMP",
        0xE2 when data.StartsWith("ICC_PROFILE\0"u8) => "colour profile",
        0xED when data.StartsWith("Photoshop"u8) => "Photoshop",
        0xEE when data.StartsWith("Adobe"u8) => "Adobe",
        >= FirstApplication and <= 0xEF => $"APP{marker - FirstApplication}",
        _ => null,
    };
}
