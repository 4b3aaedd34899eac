using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public class DenseGradientTests
{
    [Theory]
    [InlineData(1, 28, 1, 64, 1.0)] // model 1 of the reference: 784 → 64 → 784
    [InlineData(3, 7, 3, 5, 0.5)] // 147 values: no multiple of any vector's width
    [InlineData(1, 1, 1, 1, 1.0)]
    public void It_gives_the_loss_and_the_gradients_that_autograd_gives(int channels, int side, int depth, int code, double weight)
    {
        var (error, lossError) = Compare(channels, side, depth, code, weight, Precision.Float32);

        Assert.InRange(error, 0, 2e-5);
        Assert.InRange(lossError, 0, 1e-6);
    }

    [Fact]
    public void In_bfloat16_it_is_off_by_the_rounding_of_that_type()
    {
        var (error, lossError) = Compare(1, 28, 1, 64, 1, Precision.BFloat16);

        Assert.InRange(error, 1e-6, 0.02);
        Assert.InRange(lossError, 0, 2e-3);
    }

    [Fact]
    public void What_was_in_the_gradients_before_does_not_count()
    {
        using var scope = NewDisposeScope();
        using var network = Network(1, 6, 1, 4);
        using var parameters = new ParameterBuffer(network, channelsLast: false);
        using var dense = DenseGradient.For(network, Precision.Float32, new LossWeights())!;
        var images = rand(3, 1, 6, 6);
        dense.Compute(images, images);
        var once = parameters.Gradients.clone();

        dense.Compute(images, images);

        Assert.True(parameters.Gradients.equal(once).all().item<bool>());
    }

    [Fact]
    public void It_is_there_for_fully_connected_networks_and_the_squared_error_alone()
    {
        using var scope = NewDisposeScope();
        using var dense = Network(1, 6, 1, 4);
        using var convolutional = Architectures.Create("convolutional", new ImageShape(1, 6, 6));
        using var first = new ParameterBuffer(dense, channelsLast: false);
        using var second = new ParameterBuffer(convolutional, channelsLast: false);

        Assert.Null(DenseGradient.For(convolutional, Precision.Float32, new LossWeights()));
        Assert.Null(DenseGradient.For(dense, Precision.Float32, new LossWeights(Mse: 1, Ssim: 0.1)));
        Assert.Null(DenseGradient.For(dense, Precision.Float32, new LossWeights(Mse: 0, L1: 1)));
        using var there = DenseGradient.For(dense, Precision.Float32, new LossWeights());
        Assert.NotNull(there);
    }

    private static (double Error, double LossError) Compare(
        int channels, int side, int depth, int code, double weight, Precision precision)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using var network = Network(channels, side, depth, code);
        using var parameters = new ParameterBuffer(network, channelsLast: false);
        using var dense = DenseGradient.For(network, precision, new LossWeights(Mse: weight))!;
        var (input, target) = (rand(9, channels, side, side), rand(9, channels, side, side));
        var expectedLoss = weight * nn.functional.mse_loss(network.forward(input), target);
        expectedLoss.backward();
        var expected = parameters.Gradients.clone();
        parameters.Gradients.zero_();

        var loss = dense.Compute(input, target);

        Assert.True(expected.abs().max().item<float>() > 0);
        return (((parameters.Gradients - expected).norm() / expected.norm()).item<float>(),
            Math.Abs(loss.item<float>() - expectedLoss.item<float>()));
    }

    private static Network Network(int channels, int side, int depth, int code)
    {
        var network = Architectures.Create("feed-forward", new ImageShape(channels, side, side),
            new Dictionary<string, int> { ["depth"] = depth, ["code"] = code });
        network.Initialise(3);
        return network;
    }
}
