using Pentimento.Imaging;
using TorchSharp;

namespace Pentimento.Tests.Imaging;

/// <summary>The same pictures through Pillow; Fixtures/pillow_resize.py made them and says how.</summary>
public sealed class PillowParityTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "pillow");

    public static TheoryData<string, string, string, string, string> Cases(string kind)
    {
        var data = new TheoryData<string, string, string, string, string>();
        foreach (var line in File.ReadLines(Path.Combine(Folder, "cases.csv")).Skip(1))
            if (line.Split(',') is [var k, var input, var a, var b, var channels, var output] && k == kind)
                data.Add(input, a, b, channels, output);
        return data;
    }

    [Theory, MemberData(nameof(Cases), "resize")]
    public void Resizing_gives_the_bytes_of_Pillow(string input, string height, string width, string _, string output)
    {
        var resized = BilinearResize.Apply(Picture(input), int.Parse(height), int.Parse(width));
        Assert.Equal(0, Pictures.LargestDifference(Picture(output), resized));
    }

    [Theory, MemberData(nameof(Cases), "deep")]
    public void Resizing_16_bit_rounds_what_Pillow_computes_in_floating_point(
        string input, string height, string width, string _, string output)
    {
        var resized = BilinearResize.Apply(Picture(input), int.Parse(height), int.Parse(width));
        Assert.Equal(16, resized.BitDepth);
        Assert.InRange(Pictures.LargestDifference(Picture(output), resized), 0, 1);
    }

    [Theory, MemberData(nameof(Cases), "preprocess")]
    public void Preprocessing_gives_the_bytes_of_torchvision(
        string input, string shorter, string crop, string channels, string output)
    {
        var preprocessing = new Preprocessing
        {
            Resize = shorter.Length == 0 ? null : int.Parse(shorter),
            Crop = crop.Length == 0 ? null : int.Parse(crop),
            Channels = int.Parse(channels),
        };
        var result = ImageFile.Read(Path.Combine(Folder, input + ".png"), preprocessing);
        Assert.Equal(0, Pictures.LargestDifference(Picture(output), result));
        if (preprocessing.OutputShape is { } shape) Assert.Equal(shape, result.Shape);
    }

    [Theory, MemberData(nameof(Cases), "decode")]
    public void Decoding_JPEG_gives_the_bytes_of_Pillow(string input, string a, string b, string c, string output)
    {
        Assert.Empty(a + b + c);
        Assert.Equal(0, Pictures.LargestDifference(Picture(output), ImageFile.Read(Path.Combine(Folder, input + ".jpg"))));
    }

    [Fact]
    public void Torch_resizes_to_within_one_level_of_Pillow_but_not_to_its_bytes()
    {
        using var scope = torch.NewDisposeScope();
        var image = Picture("rgb_97x61");
        var resized = torch.nn.functional.interpolate(image.ToTensor().unsqueeze(0), [33, 40],
            mode: torch.InterpolationMode.Bilinear, align_corners: false, antialias: true).squeeze(0);
        Assert.Equal(1, Pictures.LargestDifference(Picture("rgb_97x61_to_40x33"), RasterImage.FromTensor(resized)));
    }

    private static RasterImage Picture(string name) =>
        ImageFile.Read(Path.Combine(Folder, name + ".png"), new ImageReadOptions { Channels = null });
}
