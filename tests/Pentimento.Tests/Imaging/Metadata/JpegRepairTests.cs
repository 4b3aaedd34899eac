using System.Buffers.Binary;
using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>What every viewer opens is opened, to the same pixels and with a remark; damage of the pixels is not.</summary>
public sealed class JpegRepairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0, 0), InlineData(0, 63, 1), InlineData(0, 0, 1)]
    public void Scan_headers_of_phones_are_passed_over(byte first, byte last, byte bits)
    {
        var jpeg = JpegFixture.Plain();
        var scan = JpegFixture.Find(jpeg, 0xDA);
        var end = scan + 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(scan + 2));
        (jpeg[end - 3], jpeg[end - 2], jpeg[end - 1]) = (first, last, bits);
        Assert.Contains("as some phones write it", Opens(jpeg));
    }

    [Theory]
    [InlineData((byte)0xDB, 1), InlineData((byte)0xC0, 5), InlineData((byte)0xC4, 100), InlineData((byte)0xDA, 3)]
    public void Stray_bytes_before_a_segment_are_passed_over(byte marker, int count)
    {
        var jpeg = JpegFixture.Plain();
        var at = JpegFixture.Find(jpeg, marker);
        Assert.Contains($"{count} stray bytes", Opens([.. jpeg[..at], .. Enumerable.Repeat((byte)7, count), .. jpeg[at..]]));
    }

    [Fact]
    public void Stray_bytes_before_the_next_scan_are_passed_over()
    {
        var jpeg = JpegFixture.Plain(progressive: true);
        var scan = JpegFixture.Find(jpeg, 0xDA);
        var next = scan + 4;
        while (jpeg[next] != 0xFF || jpeg[next + 1] is not (0xC4 or 0xDA)) next++;
        Opens([.. jpeg[..next], 1, 2, 3, .. jpeg[next..]], jpeg);
    }

    [Fact]
    public void Stray_bytes_before_the_end_are_passed_over_also_in_a_turned_picture()
    {
        foreach (var orientation in new ushort[] { 1, 6 })
        {
            var jpeg = JpegFixture.With(
                JpegFixture.Plain(progressive: true), JpegFixture.ExifSegment(JpegFixture.Exif(orientation, [1], [])));
            Opens([.. jpeg[..^2], 0, 0, 0, .. jpeg[^2..]], jpeg);
        }
    }

    [Fact]
    public void Pixels_that_break_off_or_are_no_code_words_are_still_refused()
    {
        foreach (var progressive in new[] { false, true })
        {
            var jpeg = JpegFixture.Plain(200, 160, progressive);
            var scan = JpegFixture.Find(jpeg, 0xDA);
            byte[] stray = [.. jpeg[..scan], 1, 2, .. jpeg[scan..]];
            Refused(stray[..(stray.Length * 2 / 3)]);
            var damaged = (byte[])stray.Clone();
            new Random(1).NextBytes(damaged.AsSpan(damaged.Length / 2, damaged.Length / 3));
            Refused(damaged);
        }
    }

    [Fact]
    public void What_is_only_the_start_of_a_JPEG_is_refused()
    {
        Refused([0xFF, 0xD8]);
        Refused([0xFF, 0xD8, 0xFF]);
        Refused([0xFF, 0xD8, .. new byte[5000]]);
        var jpeg = JpegFixture.Plain();
        for (var length = 2; length < JpegFixture.Find(jpeg, 0xDA); length += 7) Refused(jpeg[..length]);
    }

    [Fact]
    public void Stray_bytes_between_restarts_are_passed_over()
    {
        byte[] jpeg;
        using (var vips = Pictures.Vips(Pictures.Slopes(3, 48, 32)))
            jpeg = vips.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None, restartInterval: 1);
        var restart = JpegFixture.Find(jpeg, 0xDA);
        while (jpeg[restart] != 0xFF || jpeg[restart + 1] != 0xD1) restart++;
        byte[] stray = [.. jpeg[..restart], .. Enumerable.Repeat((byte)1, 20), .. jpeg[restart..]]; // of up to 8 libjpeg is silent
        Assert.EndsWith("stray bytes in its data were passed over", Opens(stray, jpeg));
        Refused([.. jpeg[..restart], .. Enumerable.Repeat((byte)1, 100), .. jpeg[restart..]]); // what damaged code words leave over
    }

    private string? Opens(byte[] content, byte[]? like = null)
    {
        var expected = ImageFile.Decode(like ?? JpegFixture.Plain(), "like");
        var path = _folder.Write("a.jpg", content);
        Assert.Equal(0, Pictures.LargestDifference(expected, ImageFile.Read(path)));
        using var reader = ImageRowReader.Open(path, new ImageReadOptions { Channels = null });
        var read = new RasterImage(expected.Shape, new byte[expected.Shape.Count]);
        for (var row = 0; row < expected.Shape.Height; row += 8) reader.Read(read, row, 8);
        Assert.Equal(0, Pictures.LargestDifference(expected, read));
        return reader.Remarks.SingleOrDefault(); // libvips does not hear of all warnings
    }

    private void Refused(byte[] content)
    {
        var path = _folder.Write("bad.jpg", content);
        var e = Assert.Throws<InvalidDataException>(() => ImageFile.Read(path));
        Assert.StartsWith(path + ": ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }
}
