using System.Buffers.Binary;
using System.IO.Compression;
using Pentimento.Files;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// A file of unsigned bytes in the IDX format of MNIST, plain or packed with gzip: 0, 0, type 0x08, the number of dimensions,
/// each dimension as a big-endian 32-bit number, then the values.
/// </summary>
internal sealed record IdxFile(int[] Dimensions, byte[] Values)
{
    // Digits and clothes pack to a fifth. A packed file that claims more than this is no set of images, or is unpacked first.
    private const long LargestExpansion = 100, AlwaysAllowed = 64 << 20;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file; packed when it starts with gzip's magic number, whatever its name.</param>
    /// <param name="dimensions">How many dimensions it must have: 3 for images, 1 for labels.</param>
    /// <exception cref="InvalidDataException">The file is not that; the message names the file and the byte.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        using var file = InputFile.OpenRead(path);
        var packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Parse(stream, path, dimensions, packed ? Math.Max(file.Length * LargestExpansion, AlwaysAllowed) : file.Length);
        }
        catch (InvalidDataException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"IDX file '{path}' is not readable as gzip: {e.Message}", e);
        }
    }

    private static IdxFile Parse(Stream stream, string path, int dimensions, long largestSize)
    {
        var header = new byte[4 + 4 * dimensions];
        var read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < 4) throw Bad(path, $"ends at byte {read}, within its magic number");
        var expected = 0x0800 | dimensions;
        var magic = BinaryPrimitives.ReadInt32BigEndian(header);
        if (magic != expected)
        {
            var what = dimensions == 1 ? "labels" : "images of unsigned bytes";
            throw Bad(path, $"starts with 0x{magic:X8}; {what} start with 0x{expected:X8}");
        }
        if (read < header.Length) throw Bad(path, $"ends at byte {read}, within its header of {header.Length} bytes");

        var sizes = new int[dimensions];
        long count = 1;
        for (var d = 0; d < dimensions; d++)
        {
            sizes[d] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * d));
            if (sizes[d] <= 0) throw Bad(path, $"declares the size {sizes[d]} at byte {4 + 4 * d}; sizes are positive");
            if (count > Array.MaxLength / sizes[d])
                throw Bad(path, $"declares {string.Join('×', sizes)}… values, more than fit in memory");
            count *= sizes[d];
        }
        if (count > largestSize)
            throw Bad(path, $"declares {string.Join('×', sizes)} = {count} values, more than a file of its length can hold");

        ReadingLimits.ThrowIfTooLarge($"IDX file '{path}'", count, "reading it");
        var values = new byte[count];
        read = stream.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        if (read < count)
            throw Bad(path, $"ends at byte {header.Length + read} of {header.Length + count}, which its header declares");
        // Reading on also makes gzip check its checksum.
        if (stream.ReadByte() >= 0) throw Bad(path, $"goes on after byte {header.Length + count}, where its header says it ends");
        return new IdxFile(sizes, values);
    }

    private static InvalidDataException Bad(string path, string what) => new($"IDX file '{path}' {what}.");
}
