using Microsoft.ML.OnnxRuntime;
using Pentimento.Export;
using Pentimento.Imaging;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Export;

public sealed class PreprocessingOperatorsTests
{
    [Theory]
    [InlineData(3, 61, 44, 32)]
    [InlineData(3, 40, 100, 33)]
    [InlineData(3, 300, 211, 64)]
    [InlineData(1, 500, 667, 256)]
    [InlineData(1, 20, 31, 64)]
    [InlineData(3, 1, 1, 5)]
    public void Resized_pictures_differ_by_one_level_in_less_than_one_percent_of_the_values(
        int channels, int height, int width, int shorter)
    {
        var differences = Differences(
            new Preprocessing { Resize = shorter, Channels = channels }, TestModels.Noise(channels, height, width));
        Assert.InRange(differences.Max(), 0, 1.01);
        Assert.InRange(differences.Count(d => d > 0.01) / (double)differences.Length, 0, 0.01);
    }

    [Theory]
    [InlineData(61, 44, null, 44)]
    [InlineData(61, 46, null, 44)]
    [InlineData(45, 97, null, 44)]
    [InlineData(61, 45, null, 64)]
    [InlineData(3, 90, null, 8)]
    [InlineData(50, 50, 50, 50)]
    public void Cut_and_padded_pictures_are_the_same(int height, int width, int? shorter, int crop)
    {
        foreach (var channels in new[] { 1, 3 })
            Assert.Equal(0, Differences(
                new Preprocessing { Resize = shorter, Crop = crop, Channels = channels },
                TestModels.Noise(channels, height, width)).Max());
    }

    [Fact]
    public void Greyed_pictures_are_the_same() =>
        Assert.Equal(0, Differences(new Preprocessing { Channels = 1 }, TestModels.Noise(3, 190, 170)).Max());

    [Fact]
    public void Grey_pictures_stay_as_they_are_and_become_colour_by_repetition()
    {
        using var scope = NewDisposeScope();
        var deep = TestModels.Noise(1, 30, 40, bitDepth: 16);
        Assert.Equal(0, Differences(new Preprocessing { Channels = 1 }, deep).Max());
        Assert.Equal(0, Differences(new Preprocessing { Channels = 3 }, deep).Max());
    }

    [Fact]
    public void Images_of_two_channels_are_an_error()
    {
        using var scope = NewDisposeScope();
        using var session = Session(new Preprocessing { Channels = 1 });
        Assert.Throws<OnnxRuntimeException>(() => session.Run(ExportedNetworks.Images(1, new ImageShape(2, 9, 9))));
    }

    [Fact]
    public void Images_of_a_batch_do_not_know_each_other()
    {
        using var scope = NewDisposeScope();
        using var session = Session(new Preprocessing { Resize = 20, Crop = 24, Channels = 1 });
        var images = ExportedNetworks.Images(3, new ImageShape(3, 31, 29));
        using var together = session.Run(images);
        using var alone = session.Run(images.narrow(0, 1, 1));
        Assert.True(together.Tensor("output").narrow(0, 1, 1).equal(alone.Tensor("output")).all().item<bool>());
    }

    /// <summary>How far the values are from Pentimento's, in levels of 8 bits.</summary>
    private static float[] Differences(Preprocessing preprocessing, RasterImage picture)
    {
        using var scope = NewDisposeScope();
        using var session = Session(preprocessing);
        using var answer = session.Run(picture.ToTensor().unsqueeze(0));
        var given = answer.Tensor("output").squeeze(0);
        var expected = preprocessing.Apply(picture).ToTensor();
        Assert.Equal(expected.shape, given.shape);
        return (given - expected).abs().mul(255).data<float>().ToArray();
    }

    private static OnnxSession Session(Preprocessing preprocessing)
    {
        var graph = new OnnxGraph();
        var image = graph.Input("image", OnnxType.Float, "batch", "channels", "height", "width");
        var output = PreprocessingOperators.Add(graph, preprocessing, image);
        graph.Output(output, "output", OnnxType.Float, "batch", $"{preprocessing.Channels}", "output_height", "output_width");
        return OnnxSession.Of(graph);
    }
}
