using System.Buffers.Binary;

namespace Pentimento.Imaging.Metadata;

/// <summary>
/// Whole JPEG and PNG files inside metadata: thumbnails and previews, also those in maker notes that no standard describes. They
/// show the picture as it was before.
/// </summary>
internal static class EmbeddedPictures
{
    private const int MostSegments = 512; // before a scan; more are no picture but a trap

    /// <summary>Whether there is one.</summary>
    public static bool AreIn(ReadOnlySpan<byte> bytes) => Next(bytes, 0) is not null;

    /// <summary>Overwrites them with zeros, so that nothing changes its place.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Blank(Span<byte> bytes)
    {
        var any = false;
        for (var at = 0; Next(bytes, at) is var (start, end); at = end)
        {
            bytes[start..end].Clear();
            any = true;
        }
        return any;
    }

    private static (int Start, int End)? Next(ReadOnlySpan<byte> bytes, int from)
    {
        for (var at = from; at < bytes.Length;)
        {
            var step = bytes[at..].IndexOfAny((byte)0xFF, (byte)0x89);
            if (step < 0) return null;
            at += step;
            var rest = bytes[at..];
            var length = rest.StartsWith<byte>([0xFF, 0xD8, 0xFF]) ? JpegLength(rest)
                : rest.StartsWith(PngPieces.Signature) ? PngLength(rest) : 0;
            if (length > 0) return (at, at + length);
            at++;
        }
        return null;
    }

    /// <summary>The bytes of a JPEG stream, which has a frame and a scan; 0 where there is none. It may be cut off.</summary>
    private static int JpegLength(ReadOnlySpan<byte> bytes)
    {
        var hasFrame = false;
        for (int at = 2, segments = 0; at + 4 <= bytes.Length && segments < MostSegments; segments++)
        {
            if (bytes[at] != 0xFF) return 0;
            var marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker is < 0xC0 or >= 0xD0 and <= 0xD9) return 0;
            if (JpegMarker.IsFrame(marker)) hasFrame = true;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (marker == JpegMarker.Scan) return hasFrame ? EndOfJpeg(bytes, at) : 0;
        }
        return 0;
    }

    private static int EndOfJpeg(ReadOnlySpan<byte> bytes, int at)
    {
        while (at + 1 < bytes.Length)
        {
            var step = bytes[at..].IndexOf((byte)0xFF);
            if (step < 0 || at + step + 1 >= bytes.Length) break;
            at += step + 2;
            if (bytes[at - 1] == JpegMarker.End) return at;
        }
        return bytes.Length;
    }

    private static int PngLength(ReadOnlySpan<byte> bytes)
    {
        for (var at = 8; at + 8 <= bytes.Length;)
        {
            var isEnd = bytes.Slice(at + 4, 4).SequenceEqual("IEND"u8);
            var next = at + 12L + BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            if (next > bytes.Length) break;
            at = (int)next;
            if (isEnd) return at;
        }
        return bytes.Length;
    }
}
