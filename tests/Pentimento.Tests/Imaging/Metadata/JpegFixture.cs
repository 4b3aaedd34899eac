using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NetVips;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>
/// JPEG files as cameras, phones and scanners write them, made of one that libvips writes and without the code under test.
/// </summary>
internal static class JpegFixture
{
    public static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    public static ReadOnlySpan<byte> ExtensionName => "http://ns.adobe.com/xmp/extension/\0"u8;

    /// <summary>A picture without any application data.</summary>
    public static byte[] Plain(int height = 48, int width = 32, bool progressive = false, int channels = 3)
    {
        using var vips = Pictures.Vips(Pictures.Slopes(channels, height, width));
        return vips.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None, interlace: progressive);
    }

    /// <summary>A segment with its marker.</summary>
    public static byte[] Segment(byte marker, params byte[] content)
    {
        var length = content.Length + 2;
        return [0xFF, marker, (byte)(length >> 8), (byte)length, .. content];
    }

    /// <summary>A file with more segments right behind its first two bytes.</summary>
    public static byte[] With(byte[] jpeg, params byte[][] segments) =>
        [.. jpeg[..2], .. segments.SelectMany(segment => segment), .. jpeg[2..]];

    /// <summary>JFIF's segment; the unit is 0 for none, 1 for inches, 2 for centimetres.</summary>
    public static byte[] Jfif(byte unit, ushort x, ushort y, byte[]? thumbnail = null) => Segment(
        0xE0, [.. "JFIF\0"u8, 1, 2, unit, (byte)(x >> 8), (byte)x, (byte)(y >> 8), (byte)y, .. thumbnail ?? [0, 0]]);

    /// <summary>
    /// An EXIF block: make, orientation, resolution of 240 by 120, an EXIF directory with size and maker note, and a thumbnail. The note
    /// points to places that count from the start of the block.
    /// </summary>
    public static byte[] Exif(ushort orientation, byte[] note, byte[] thumbnail, bool bigEndian = false)
    {
        var block = new byte[400 + note.Length + thumbnail.Length];
        void Put(int at, int size, long value)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            var number = bytes[..size];
            if (bigEndian) Array.Reverse(number);
            number.CopyTo(block, at);
        }
        void Row(int at, int tag, int type, int count, long value, int size = 4)
        {
            Put(at, 2, tag);
            Put(at + 2, 2, type);
            Put(at + 4, 4, count);
            Put(at + 8, size, value);
        }
        (bigEndian ? "MM"u8 : "II"u8).CopyTo(block);
        Put(2, 2, 42);
        Put(4, 4, 8);
        Put(8, 2, 6);
        Row(10, 271, 2, 6, 300);
        Row(22, 274, 3, 1, orientation, 2);
        Row(34, 282, 5, 1, 310);
        Row(46, 283, 5, 1, 318);
        Row(58, 296, 3, 1, 2, 2);
        Row(70, 34665, 4, 1, 100);
        Put(82, 4, 200);
        Put(100, 2, 3);
        Row(102, 37500, 7, note.Length, 400);
        Row(114, 40962, 4, 1, 32);
        Row(126, 40963, 3, 1, 48, 2);
        Put(200, 2, 3);
        Row(202, 259, 3, 1, 6, 2);
        Row(214, 513, 4, 1, 400 + note.Length);
        Row(226, 514, 4, 1, thumbnail.Length);
        "Munch\0"u8.CopyTo(block.AsSpan(300));
        (int At, int Value)[] fractions = [(310, 240), (314, 1), (318, 120), (322, 1)];
        foreach (var (at, value) in fractions) Put(at, 4, value);
        note.CopyTo(block, 400);
        thumbnail.CopyTo(block, 400 + note.Length);
        return block;
    }

    public static byte[] ExifSegment(byte[] block) => Segment(0xE1, [.. "Exif\0\0"u8, .. block]);

    /// <summary>XMP with properties of one description.</summary>
    public static string Xmp(string attributes, string elements = "") =>
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
        + "<rdf:Description rdf:about=\"\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
        + "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmpGImg=\"http://ns.adobe.com/xap/1.0/g/img/\" "
        + "xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" "
        + $"xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>";

    public static byte[] XmpSegment(string xmp) => Segment(0xE1, [.. XmpName, .. Encoding.UTF8.GetBytes(xmp)]);

    /// <summary>XMP's thumbnail of a picture.</summary>
    public static string Thumbnails(byte[] jpeg) =>
        "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType=\"Resource\"><xmpGImg:format>JPEG</xmpGImg:format>"
        + $"<xmpGImg:image>{Convert.ToBase64String(jpeg)}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>";

    /// <summary>XMP in a packet and its extension, in segments of at most 60,000 bytes, the later parts first.</summary>
    public static (byte[][] Segments, string Name) Extended(Func<string, string> packet, string extension)
    {
        var content = Encoding.UTF8.GetBytes(extension);
#pragma warning disable CA5351
        var name = Convert.ToHexString(MD5.HashData(content));
#pragma warning restore CA5351
        var parts = content.Chunk(60_000).Select((part, i) =>
        {
            var numbers = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(numbers, content.Length);
            BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), i * 60_000);
            return Segment(0xE1, [.. ExtensionName, .. Encoding.ASCII.GetBytes(name), .. numbers, .. part]);
        });
        return ([XmpSegment(packet(name)), .. parts.Reverse()], name);
    }

    /// <summary>One of Photoshop's resources.</summary>
    public static byte[] Resource(ushort id, byte[] data)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, data.Length);
        return [.. "8BIM"u8, (byte)(id >> 8), (byte)id, 0, 0, .. size, .. data, .. new byte[data.Length & 1]];
    }

    /// <summary>The contents of a file's segments up to its pixels that begin with a name.</summary>
    public static byte[][] Contents(byte[] jpeg, byte marker, ReadOnlySpan<byte> name)
    {
        var found = new List<byte[]>();
        for (var at = 2; jpeg[at + 1] != 0xDA;)
        {
            Assert.Equal(0xFF, jpeg[at]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
            var content = jpeg[(at + 4)..(at + 2 + length)];
            if (jpeg[at + 1] == marker && content.AsSpan().StartsWith(name)) found.Add(content);
            at += 2 + length;
        }
        return [.. found];
    }

    /// <summary>Where the first of some markers lies.</summary>
    public static int Find(byte[] jpeg, byte marker)
    {
        var at = 2;
        while (jpeg[at + 1] != marker) at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
        return at;
    }
}
