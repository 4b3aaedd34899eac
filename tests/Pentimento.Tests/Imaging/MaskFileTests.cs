using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

public sealed class MaskFileTests : IDisposable
{
    private const int Side = 16;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => _folder.File(name);

    public static TheoryData<string, int[], int[]> Marks => new()
    {
        { "white on black", [0], [255] },
        { "1 on 0", [0], [1] },
        { "another value", [0], [100] },
        { "a colour", [0, 0, 0], [0, 0, 255] },
        { "the colour 1", [0, 0, 0], [1, 1, 1] },
        { "opaque, with alpha", [0, 0, 0, 255], [255, 255, 255, 255] },
        { "1 on 0 with alpha", [0, 0, 0, 255], [1, 1, 1, 255] },
        { "white on transparent white", [255, 255, 255, 0], [255, 255, 255, 255] },
        { "red on transparent black", [0, 0, 0, 0], [255, 0, 0, 255] },
        { "black on transparent", [0, 0, 0, 0], [0, 0, 0, 255] },
        { "grey with alpha", [0, 255], [255, 255] },
        { "all transparent", [0, 0, 0, 0], [255, 255, 255, 0] },
    };

    [Theory]
    [MemberData(nameof(Marks))]
    public void What_is_marked_is_found_however_it_was_saved(string how, int[] ground, int[] mark)
    {
        var path = At($"{how}.png");
        Write(path, ground.Length, (x, y) => x < 5 && y < 7 ? mark : ground);
        Assert.Equal(Expected(), MaskFile.Read(path).Samples8);
    }

    [Fact]
    public void Numbers_of_kinds_are_all_marks_and_soft_edges_are_cut_at_half()
    {
        Write(At("kinds.png"), 1, (x, y) => [x < 5 && y < 7 ? 1 + y % 3 : 0]);
        Assert.Equal(Expected(), MaskFile.Read(At("kinds.png")).Samples8);
        Write(At("soft.png"), 1, (x, y) => [x * 17]);
        Assert.Equal(8 * Side, MaskFile.Read(At("soft.png")).Samples8!.Count(value => value == 255));
    }

    [Theory]
    [InlineData(255)]
    [InlineData(128)]
    public void The_black_of_a_jpeg_is_no_mark(int mark)
    {
        Write(At("m.jpg"), 1, (x, y) => [x < 8 ? mark : 0]);
        Assert.Equal(8 * Side, MaskFile.Read(At("m.jpg")).Samples8!.Count(value => value == 255));
        Write(At("black.jpg"), 1, (x, y) => [(x + y) % 2]);
        Assert.DoesNotContain((byte)255, MaskFile.Read(At("black.jpg")).Samples8!);
    }

    private static byte[] Expected() => [.. Enumerable.Range(0, Side * Side).Select(i => (byte)(i % Side < 5 && i / Side < 7 ? 255 : 0))];

    private static void Write(string path, int bands, Func<int, int, int[]> pixel)
    {
        byte[] samples = [.. Enumerable.Range(0, Side * Side).SelectMany(i => pixel(i % Side, i / Side)).Select(value => (byte)value)];
        using var image = Image.NewFromMemory(samples, Side, Side, bands, Enums.BandFormat.Uchar);
        using var coloured = image.Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        coloured.WriteToFile(path);
    }
}
