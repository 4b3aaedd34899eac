using Pentimento.Export;
using Pentimento.Imaging;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Export;

public sealed class PreprocessingOperatorsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3, 61, 44, 32)]
    [InlineData(3, 40, 100, 33)]
    [InlineData(3, 300, 211, 64)]
    [InlineData(1, 1000, 1333, 256)]
    [InlineData(1, 20, 31, 64)]
    [InlineData(3, 50, 50, 50)]
    public void Experiment(int channels, int height, int width, int shorter)
    {
        var preprocessing = new Preprocessing { Resize = shorter, Channels = channels };
        var graph = new OnnxGraph();
        var image = graph.Input("image", OnnxType.Float, "batch", "channels", "height", "width");
        graph.Output(PreprocessingOperators.Add(graph, preprocessing, image), "output", OnnxType.Float, "batch", "channels", "h", "w");
        using var scope = NewDisposeScope();
        using var session = OnnxSession.Of(graph);
        var picture = TestModels.Noise(channels, height, width);
        using var answer = session.Run(picture.ToTensor().unsqueeze(0));
        var given = answer.Tensor("output").squeeze(0);
        var expected = preprocessing.Apply(picture).ToTensor();
        Assert.Equal(expected.shape, given.shape);
        var difference = (given - expected).abs().mul(255);
        output.WriteLine($"max {difference.max().item<float>()} levels, {difference.gt(0.5).sum().item<long>()} of {difference.numel()}");
        Assert.Equal(0, difference.max().item<float>(), 1e-3);
    }
}
