using NetVips;
using Pentimento.Files;
using Pentimento.Imaging.Metadata;
using static NetVips.Enums;

namespace Pentimento.Imaging;

/// <summary>Maps of values that are no picture, as TIFF files of one 32-bit floating-point channel (without loss).</summary>
public static class FloatTiff
{
    /// <summary>Writes a map, whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced, missing folders are created.</param>
    /// <param name="values">Row by row, height × width; any finite or infinite numbers, kept to the bit.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the size.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, float[] values, int height, int width)
    {
        if (height < 1 || width < 1 || (long)height * width != values.Length)
            throw new ArgumentException($"A map of {height}×{width} has not {values.Length} values.", nameof(values));
        LibVips.Load();
        using var scope = new VipsScope();
        var plain = scope.Keep(Image.NewFromMemory(values, width, height, 1, BandFormat.Float));
        var map = scope.Keep(plain.Copy(interpretation: Interpretation.Bw));
        var content = map.TiffsaveBuffer(compression: ForeignTiffCompression.Deflate, predictor: ForeignTiffPredictor.None);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(content);
            TiffDirectory.Change(stream, TiffTags.OfResolution, []); // libvips invents one
        });
    }
}
