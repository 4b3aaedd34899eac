using System.Buffers.Binary;
using System.Text;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

/// <summary>
/// Writes TIFF files as cameras and scanners do, uncompressed, in either byte order, classic or BigTIFF, by TIFF 6.0 and EXIF
/// 2.32 and without the code under test.
/// </summary>
internal sealed class TiffFixture(bool bigEndian = false, bool isBig = false)
{
    public const string Xmp =
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        + "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        + "<rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating=\"4\"/></rdf:RDF></x:xmpmeta>";

    // One entry, by-line (2:80) "Munch", padded to whole words.
    public static readonly byte[] Iptc = [0x1c, 2, 80, 0, 5, .. "Munch"u8, 0, 0];

    private readonly List<byte> _file = [];

    public sealed record Entry(ushort Tag, ushort Type, long Count, byte[] Values, Entry[]? Below = null);

    /// <summary>A 16-bit RGB picture with ICC profile and tags of every kind, EXIF and GPS directories among them.</summary>
    public byte[] Picture(RasterImage image, byte[] profile, params Entry[] more)
    {
        var (channels, height, width) = image.Shape;
        var pixels = image.Samples16!.SelectMany(v => Number(2, v)).ToArray();
        Entry[] exif =
        [
            Fraction(33434, 1, 125), Fraction(33437, 28, 10), Short(34855, 400), Bytes(36864, "0232"u8.ToArray()),
            Text(36867, "2020:01:02 03:04:05"), SignedFraction(37380, -1, 3), Bytes(37510, [.. "ASCII\0\0\0"u8, .. "a remark"u8]),
            Bytes(37121, [1, 2, 3, 0]),
            new(42034, 5, 4, [.. new[] { 24, 1, 70, 1, 28, 10, 4, 1 }.SelectMany(v => Number(4, v))]), Text(42036, "50mm"),
            new(40965, 4, 1, [], [Text(1, "R98"), Bytes(2, "0100"u8.ToArray())]),
        ];
        Entry[] gps = [Text(1, "N"), new(2, 5, 3, [.. new[] { 59, 1, 54, 1, 0, 1 }.SelectMany(v => Number(4, v))])];
        Entry[] entries =
        [
            Long(256, width), Long(257, height),
            new(258, 3, channels, [.. Enumerable.Repeat(Number(2, 16), channels).SelectMany(b => b)]),
            Short(259, 1), Short(262, channels == 1 ? 1 : 2), Text(270, "a scan"), Text(271, "Scanner & Sons"), Text(272, "S 1"),
            new(273, 4, 1, Number(4, 0)), Short(277, channels), Long(278, height), Long(279, pixels.Length),
            Fraction(282, 600, 1), Fraction(283, 600, 1), Short(296, 2), Text(305, "ScanX"),
            Text(306, "2020:01:02 03:04:05"), Text(315, "E. Munch"),
            new(700, 1, Xmp.Length, Encoding.UTF8.GetBytes(Xmp)), Text(33432, "(c) me"), new(33723, 4, Iptc.Length / 4, Iptc),
            new(34665, 4, 1, [], exif), new(34675, 7, profile.Length, profile), new(34853, 4, 1, [], gps),
            new(33550, 12, 1, Double(0.25)), new(65000, 9, 2, [.. Number(4, -5), .. Number(4, 7)]), .. more,
        ];
        _file.AddRange(bigEndian ? "MM"u8 : "II"u8);
        _file.AddRange(Number(2, isBig ? 43 : 42));
        if (isBig) _file.AddRange([.. Number(2, 8), .. Number(2, 0)]);
        var header = _file.Count;
        _file.AddRange(new byte[Word]);
        var at = _file.Count;
        _file.AddRange(pixels);
        var rows = entries.Select(entry => entry.Tag == 273 ? entry with { Values = Number(4, at) } : entry);
        Put(header, Directory([.. rows.OrderBy(entry => entry.Tag)]));
        return [.. _file];
    }

    public Entry Short(ushort tag, int value) => new(tag, 3, 1, Number(2, value));

    private int Word => isBig ? 8 : 4;

    private static Entry Text(ushort tag, string text) => new(tag, 2, text.Length + 1, [.. Encoding.ASCII.GetBytes(text), 0]);

    private static Entry Bytes(ushort tag, byte[] values) => new(tag, 7, values.Length, values);

    private Entry Long(ushort tag, long value) => new(tag, 4, 1, Number(4, value));

    private Entry Fraction(ushort tag, int a, int b) => new(tag, 5, 1, [.. Number(4, a), .. Number(4, b)]);

    private Entry SignedFraction(ushort tag, int a, int b) => new(tag, 10, 1, [.. Number(4, a), .. Number(4, b)]);

    private byte[] Double(double value) => Number(8, BitConverter.DoubleToInt64Bits(value));

    private byte[] Number(int size, long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        var number = bytes[..size];
        if (bigEndian) Array.Reverse(number);
        return number;
    }

    private long Directory(Entry[] entries)
    {
        var rows = new List<byte>(Number(isBig ? 8 : 2, entries.Length));
        foreach (var entry in entries)
        {
            var values = entry.Below is { } below ? Number(Word, Directory(below)) : entry.Values;
            var type = entry.Below is not null && isBig ? 18 : entry.Type;
            rows.AddRange([.. Number(2, entry.Tag), .. Number(2, type), .. Number(Word, entry.Count)]);
            rows.AddRange(values.Length <= Word ? [.. values, .. new byte[Word - values.Length]] : Number(Word, Append(values)));
        }
        rows.AddRange(new byte[Word]);
        return Append([.. rows]);
    }

    private long Append(byte[] bytes)
    {
        if (_file.Count % 2 == 1) _file.Add(0);
        var at = _file.Count;
        _file.AddRange(bytes);
        return at;
    }

    private void Put(int at, long value)
    {
        foreach (var b in Number(Word, value)) _file[at++] = b;
    }
}
