using System.Buffers.Binary;
using System.IO.Compression;
using Pentimento.Imaging;

namespace Pentimento.Tests.Data;

/// <summary>Small sets of images on disk, in every form that a source reads.</summary>
internal static class TinySets
{
    /// <summary>The bytes of an IDX file.</summary>
    public static byte[] Idx(byte[] values, params int[] sizes)
    {
        var file = new byte[4 + 4 * sizes.Length + values.Length];
        BinaryPrimitives.WriteInt32BigEndian(file, 0x0800 | sizes.Length);
        for (var d = 0; d < sizes.Length; d++) BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * d), sizes[d]);
        values.CopyTo(file, 4 + 4 * sizes.Length);
        return file;
    }

    /// <summary>
    /// Writes images of 2×3 (value v of image i is 10 i + v) and labels as <c>PART-images-idx3-ubyte</c> and so on.
    /// </summary>
    public static void WriteIdx(string folder, string part, params byte[] labels)
    {
        Directory.CreateDirectory(folder);
        var pixels = Enumerable.Range(0, labels.Length * 6).Select(k => (byte)(k / 6 * 10 + k % 6)).ToArray();
        File.WriteAllBytes(Path.Combine(folder, part + "-images-idx3-ubyte"), Idx(pixels, labels.Length, 2, 3));
        File.WriteAllBytes(Path.Combine(folder, part + "-labels-idx1-ubyte"), Idx(labels, labels.Length));
    }

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    /// <summary>A row of Kaggle's CSV: a label and 784 times one value.</summary>
    public static string CsvRow(int label, int value) => $"{label},{string.Join(',', Enumerable.Repeat(value, 784))}";

    public static string CsvHeader => "label," + string.Join(',', Enumerable.Range(1, 784).Select(i => $"pixel{i}"));

    /// <summary>Writes a colour PNG, all of one value.</summary>
    public static string WritePng(string path, byte value = 100, int height = 4, int width = 4)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var samples = new byte[height * width * 3];
        samples.AsSpan().Fill(value);
        ImageFile.Write(path, new RasterImage(new ImageShape(3, height, width), samples));
        return path;
    }
}
