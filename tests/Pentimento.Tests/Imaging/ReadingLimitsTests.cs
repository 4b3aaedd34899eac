using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class ReadingLimitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Picture(string name, int side, bool deep = false)
    {
        var shape = new ImageShape(3, side, side);
        var picture = deep ? new RasterImage(shape, new ushort[shape.Count]) : new RasterImage(shape, new byte[shape.Count]);
        ImageFile.Write(_folder.File(name), picture);
        return _folder.File(name);
    }

    [Theory]
    [InlineData("a.png", false)]
    [InlineData("a.png", true)]
    [InlineData("a.webp", false)]
    [InlineData("a.tif", true)]
    public void A_small_file_that_stands_for_many_pixels_is_refused_before_they_are_decoded(string name, bool deep)
    {
        var path = Picture(name, 1500, deep);
        Assert.InRange(new FileInfo(path).Length, 0, 200_000);
        using var limits = ReadingLimits.Use(new() { Memory = 5_000_000 });
        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<InvalidDataException>(() => ImageFile.Read(path, new Preprocessing { Resize = 64, Crop = 64 }));
        Assert.StartsWith($"{path}: decoding it takes ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("more than the 5 MB allowed (--memory)", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3_000_000);
    }

    [Fact]
    public void The_pixel_limit_holds_for_all_that_is_read_below_it_and_ends_with_it()
    {
        var path = Picture("a.png", 20);
        using (ReadingLimits.Use(new() { MaxPixels = 399 }))
        {
            var e = Assert.Throws<InvalidDataException>(() => ImageFile.Read(path));
            Assert.Contains("20×20 pixels are more than the limit of 399", e.Message, StringComparison.Ordinal);
            Parallel.For(0, 4, _ => Assert.Throws<InvalidDataException>(() => ImageFile.Read(path)));
        }
        Assert.Equal(20, ImageFile.Read(path).Shape.Width);
    }

    [Fact]
    public void Pictures_that_fit_one_by_one_wait_for_each_other()
    {
        var path = Picture("a.png", 500);
        using var limits = ReadingLimits.Use(new() { Memory = 800_000 });
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.Equal(500, ImageFile.Read(path).Shape.Width));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(long.MaxValue, 1)]
    public void Limits_out_of_range_are_refused(long pixels, long memory) =>
        Assert.Throws<ArgumentException>(() => ReadingLimits.Use(new() { MaxPixels = pixels, Memory = memory }));

    [Theory]
    [InlineData(4097, null, null)]
    [InlineData(null, 4097, null)]
    [InlineData(null, 0, null)]
    [InlineData(0, null, null)]
    [InlineData(4097, null, 16)]
    [InlineData(int.MaxValue, null, 4096)]
    [InlineData(5000, null, 4097)]
    public void Preprocessing_has_a_largest_side(int? resize, int? crop, int? window) => Assert.Throws<ArgumentException>(
        () => new Preprocessing { Resize = resize, Crop = crop, Window = window }
            .Apply(new RasterImage(new ImageShape(3, 1, 1), new byte[3])));
}
