using NetVips;

namespace Pentimento.Imaging.Metadata;

/// <summary>
/// The head of a JPEG file without what viewers overlook and strict decoders refuse: stray bytes between segments, and a scan
/// header that tells nothing, as some phones write it. What is left to warn of is in the pixels.
/// </summary>
/// <param name="Head">The bytes to read in place of those before <paramref name="BodyAt"/>.</param>
/// <param name="BodyAt">Where the coded pixels begin in the file.</param>
/// <param name="Remarks">What was mended.</param>
internal sealed record JpegRepair(byte[] Head, long BodyAt, IReadOnlyList<string> Remarks)
{
    private const int MostStray = 1 << 20;

    /// <summary>Looks at a file.</summary>
    /// <returns>Null where it is no JPEG, or there is nothing to mend, or it ends before its pixels.</returns>
    public static JpegRepair? Of(Stream file)
    {
        file.Position = 0;
        var bytes = new BufferedStream(file, 1 << 16);
        if (bytes.ReadByte() != 0xFF || bytes.ReadByte() != JpegMarker.Start) return null;
        var head = new MemoryStream();
        head.Write([0xFF, JpegMarker.Start]);
        var (stray, frame) = (0L, (byte)0);
        try
        {
            while (head.Length < JpegPieces.MostBytes && stray <= MostStray)
            {
                if (Next(bytes, ref stray) is not { } marker || marker == JpegMarker.End) return null;
                if (JpegMarker.IsAlone(marker))
                {
                    stray += 2;
                    continue;
                }
                var segment = new JpegSegment(marker, JpegPieces.Content(bytes));
                if (JpegMarker.IsFrame(marker)) frame = marker;
                var mended = marker == JpegMarker.Scan && frame is 0xC0 or 0xC1 && Whole(segment.Content);
                JpegPieces.Write(head, segment);
                if (marker != JpegMarker.Scan) continue;
                List<string> remarks = [];
                if (stray > 0) remarks.Add($"{stray} stray bytes before its pixels were passed over");
                if (mended) remarks.Add("its scan header says nothing, as some phones write it, and was passed over");
                return remarks.Count == 0 ? null : new JpegRepair(head.ToArray(), bytes.Position, remarks);
            }
        }
        catch (EndOfStreamException)
        {
        }
        return null;
    }

    /// <summary>The file as it should be; the scope owns it.</summary>
    public Source Source(Stream file, VipsScope scope)
    {
        scope.Keep(file);
        var (source, position, length) = (scope.Keep(new SourceCustom()), 0L, Head.Length + file.Length - BodyAt);
        source.OnRead += (buffer, wanted) =>
        {
            int count;
            if (position < Head.Length)
            {
                count = (int)Math.Min(wanted, Head.Length - position);
                Array.Copy(Head, position, buffer, 0, count);
            }
            else
            {
                file.Position = BodyAt + position - Head.Length;
                count = file.Read(buffer, 0, wanted);
            }
            position += count;
            return count;
        };
        source.OnSeek += (offset, origin) => position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => position,
            _ => length,
        };
        return source;
    }

    // Between segments there may be fill bytes of 0xFF, and nothing else.
    private static byte? Next(Stream bytes, ref long stray)
    {
        for (int before = 0, value; (value = bytes.ReadByte()) >= 0; before = value)
        {
            if (before == 0xFF && value is not (0 or 0xFF)) return (byte)value;
            if (before == 0xFF && value == 0) stray += 2;
            else if (value != 0xFF) stray++;
        }
        return null;
    }

    // The last three bytes: the first coefficient, the last one, and their bits. A sequential scan has all of them.
    private static bool Whole(byte[] scan)
    {
        if (scan.Length < 4 || scan.AsSpan(^3).SequenceEqual<byte>([0, 63, 0])) return false;
        (scan[^3], scan[^2], scan[^1]) = (0, 63, 0);
        return true;
    }
}
