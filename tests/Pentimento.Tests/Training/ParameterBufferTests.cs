using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class ParameterBufferTests
{
    [Theory]
    [InlineData(10, 2, 2)]
    [InlineData(1.5, 2, 1.5)]
    [InlineData(0, 2, 0)]
    public void Gradients_are_shortened_as_one_vector_and_short_ones_left(double length, double largest, double expected)
    {
        using var scope = NewDisposeScope();
        using var network = Architectures.Create("dncnn", new ImageShape(1, 8, 8));
        using var parameters = new ParameterBuffer(network, channelsLast: true);
        using var generator = new Generator(1);
        var direction = randn(parameters.Gradients.shape, generator: generator);
        direction /= direction.norm();
        parameters.Gradients.copy_(direction * length);
        parameters.ClipGradients(largest);
        Assert.InRange((parameters.Gradients - direction * expected).abs().max().item<float>(), 0, 1e-6f);
    }
}
