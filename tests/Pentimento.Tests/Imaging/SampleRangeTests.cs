using System.Runtime.InteropServices;
using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

/// <summary>Samples of all types that libvips reads keep their values, or the file is refused with the reason.</summary>
public sealed class SampleRangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Enums.BandFormat.Char, 8), InlineData(Enums.BandFormat.Short, 16), InlineData(Enums.BandFormat.Int, 16),
        InlineData(Enums.BandFormat.Uint, 16)]
    public void Signed_and_32_bit_values_stay_what_they_are(Enums.BandFormat format, int bitDepth)
    {
        var path = Tiff([0, 1, 25, 127], format);
        var read = ImageFile.Read(path, channels: 1);
        Assert.Equal(bitDepth, read.BitDepth);
        Assert.Equal([0, 1, 25, 127], Enumerable.Range(0, 4).Select(i => Pictures.Value(read, 0, i, 0)));
    }

    [Fact]
    public void Unsigned_samples_of_the_full_32_bits_are_scaled_and_this_is_said()
    {
        var path = Tiff([0, uint.MaxValue, uint.MaxValue / 2, 65537.0 * 1000], Enums.BandFormat.Uint);
        Assert.Equal([0, 65535, 32767, 1000], ImageFile.Read(path, channels: 1).Samples16!.Select(v => (int)v));
        using var reader = ImageRowReader.Open(path, new ImageReadOptions { Channels = null });
        Assert.Equal(["its 32-bit samples were scaled to 16 bits"], reader.Remarks);
    }

    [Fact]
    public void Values_without_a_scale_are_refused()
    {
        Assert.EndsWith("there is -3 (row 0)", Refused(Tiff([0, 5, -3, 7], Enums.BandFormat.Short)));
        Assert.Contains("go up to 70000", Refused(Tiff([0, 5, 70000, 7], Enums.BandFormat.Int)));
        Assert.EndsWith("not 1.5 (row 0)", Refused(Tiff([0, 0.5, 1.5, 1], Enums.BandFormat.Float)));
    }

    [Theory, InlineData(10), InlineData(12), InlineData(14)]
    public void Bits_that_libvips_does_not_read_are_named(int bits)
    {
        var content = File.ReadAllBytes(Tiff([1, 2, 3, 4], Enums.BandFormat.Uchar));
        for (var at = 8; at < content.Length - 10; at++)
            if (content.AsSpan(at, 8).SequenceEqual<byte>([2, 1, 3, 0, 1, 0, 0, 0])) content[at + 8] = (byte)bits;
        Assert.Contains($"TIFF with 1 × {bits} bits a pixel", Refused(_folder.Write("b.tif", content)));
    }

    private string Refused(string path) => Assert.Throws<InvalidDataException>(() => ImageFile.Read(path)).Message;

    private string Tiff(double[] values, Enums.BandFormat format)
    {
        var bytes = MemoryMarshal.AsBytes<double>(values).ToArray();
        using var plain = Image.NewFromMemory(bytes, values.Length, 1, 1, Enums.BandFormat.Double);
        using var cast = plain.Cast(format).Copy(interpretation: Enums.Interpretation.Bw);
        cast.Tiffsave(_folder.File("a.tif"));
        return _folder.File("a.tif");
    }
}
