using System.Buffers.Binary;

namespace Pentimento.Imaging.Metadata;

/// <summary>A segment of a JPEG file.</summary>
/// <param name="Marker">The second byte of its marker.</param>
/// <param name="Content">What follows the length.</param>
internal sealed record JpegSegment(byte Marker, byte[] Content)
{
    /// <summary>Whether it is an application's, of this number and with this name at its start.</summary>
    public bool Is(byte marker, ReadOnlySpan<byte> name) => Marker == marker && Content.AsSpan().StartsWith(name);
}

/// <summary>A JPEG file taken apart (ITU-T T.81, annex B): its segments, and where its picture ends.</summary>
/// <param name="Segments">Application data and comments in the order of the file.</param>
/// <param name="End">The first byte behind the picture; the length of the file where the picture is cut off.</param>
/// <param name="Length">The length of the file.</param>
internal sealed record JpegPieces(IReadOnlyList<JpegSegment> Segments, long End, long Length)
{
    /// <summary>The most bytes that are kept of a header: profiles, extended XMP.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>Reads a file to the end of its picture; what is damaged ends the list.</summary>
    /// <param name="file">Can seek; its position is lost.</param>
    public static JpegPieces Read(Stream file)
    {
        file.Position = 0;
        var bytes = new BufferedStream(file, 1 << 16); // not disposed: it would close the file
        var segments = new List<JpegSegment>();
        var kept = 0L;
        try
        {
            while (NextMarker(bytes) is { } marker)
            {
                if (marker == JpegMarker.End) return new JpegPieces(segments, bytes.Position, file.Length);
                if (JpegMarker.IsAlone(marker)) continue;
                var content = Content(bytes);
                if (marker is not (JpegMarker.Comment or >= JpegMarker.App0 and <= JpegMarker.App15)) continue;
                if ((kept += content.Length) > MostBytes) break;
                segments.Add(new JpegSegment(marker, content));
            }
        }
        catch (EndOfStreamException)
        {
        }
        return new JpegPieces(segments, file.Length, file.Length);
    }

    /// <summary>The next marker that is one, whatever lies before it; null at the end of the file.</summary>
    public static byte? NextMarker(Stream bytes)
    {
        for (int before = 0, value; (value = bytes.ReadByte()) >= 0; before = value)
            if (before == 0xFF && value is not (0 or 0xFF)) return (byte)value;
        return null;
    }

    /// <summary>The content of a segment, whose length comes next.</summary>
    /// <exception cref="EndOfStreamException">There is less.</exception>
    public static byte[] Content(Stream bytes)
    {
        Span<byte> length = stackalloc byte[2];
        bytes.ReadExactly(length);
        var content = new byte[Math.Max(0, BinaryPrimitives.ReadUInt16BigEndian(length) - 2)];
        bytes.ReadExactly(content);
        return content;
    }

    /// <summary>Writes a segment; its content must not be longer than 65,533 bytes.</summary>
    public static void Write(Stream target, JpegSegment segment)
    {
        var length = segment.Content.Length + 2;
        target.Write([0xFF, segment.Marker, (byte)(length >> 8), (byte)length, .. segment.Content]);
    }
}
