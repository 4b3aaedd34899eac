using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pentimento.Imaging.Metadata;

/// <summary>A chunk of a PNG file.</summary>
/// <param name="Type">Its four letters.</param>
/// <param name="Content">Its data.</param>
internal sealed record PngChunk(string Type, byte[] Content);

/// <summary>A PNG file taken apart (PNG, third edition, section 5), without its pixels.</summary>
/// <param name="Chunks">All but those of pixels, in the order of the file.</param>
/// <param name="TooLarge">The letters of chunks that were not read.</param>
internal sealed record PngPieces(IReadOnlyList<PngChunk> Chunks, IReadOnlyList<string> TooLarge)
{
    private const int MostBytes = 64 << 20;

    /// <summary>The first bytes of a file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a file; what is damaged ends the list.</summary>
    /// <param name="file">Can seek; its position is lost.</param>
    public static PngPieces Read(Stream file)
    {
        var (chunks, tooLarge, kept) = (new List<PngChunk>(), new List<string>(), 0L);
        var head = new byte[8];
        for (long at = Signature.Length; at + 12 <= file.Length;)
        {
            file.Position = at;
            file.ReadExactly(head);
            var (length, type) = (BinaryPrimitives.ReadUInt32BigEndian(head), Encoding.Latin1.GetString(head, 4, 4));
            at += 12 + length;
            if (type == "IEND" || at > file.Length) break;
            if (type is "IDAT" or "fdAT") continue;
            if ((kept += length) > MostBytes)
            {
                tooLarge.Add(type);
                continue;
            }
            var content = new byte[length];
            file.ReadExactly(content);
            chunks.Add(new PngChunk(type, content));
        }
        return new PngPieces(chunks, tooLarge);
    }

    /// <summary>How many frames an animation has; 0 where it is none.</summary>
    public static int Frames(Stream file)
    {
        var head = new byte[12];
        for (long at = Signature.Length; at + 12 <= file.Length;)
        {
            file.Position = at;
            file.ReadExactly(head);
            if (head.AsSpan(4, 4).SequenceEqual("acTL"u8))
                return (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8)));
            if (head.AsSpan(4, 4).SequenceEqual("IDAT"u8)) break; // it must come before
            at += 12 + BinaryPrimitives.ReadUInt32BigEndian(head);
        }
        return 0;
    }

    /// <summary>The data of the first chunk of a type, or null.</summary>
    public byte[]? Find(string type) => Chunks.FirstOrDefault(chunk => chunk.Type == type)?.Content;

    /// <summary>Writes a chunk.</summary>
    public static void Write(Stream target, PngChunk chunk)
    {
        var number = new byte[4];
        byte[] body = [.. Encoding.Latin1.GetBytes(chunk.Type), .. chunk.Content];
        BinaryPrimitives.WriteInt32BigEndian(number, chunk.Content.Length);
        target.Write(number);
        target.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(body));
        target.Write(number);
    }
}
