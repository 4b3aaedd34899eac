using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class ReferenceNetworkTests
{
    private static readonly ImageShape s_small = new(1, 28, 28), s_large = new(3, 256, 256);

    [Fact]
    public void Model_1_on_small_images_is_784_64_784()
    {
        using var network = Architectures.Create("feed-forward", s_small);
        Assert.Equal(["Linear(784 → 64)", "ReLU", "Linear(64 → 784)", "Sigmoid"],
            NetworkSummary.Of(network).Layers.Select(l => l.Layer));
        Assert.Equal(784 * 64 + 64 + 64 * 784 + 784, network.ParameterCount);
    }

    [Fact]
    public void Model_1_on_large_images_has_four_layers_through_300()
    {
        using var network = Architectures.Create("feed-forward", s_large);
        Assert.Equal(
            [
                "Linear(196608 → 300)", "ReLU", "Linear(300 → 300)", "ReLU", "Linear(300 → 300)", "ReLU",
                "Linear(300 → 196608)", "Sigmoid",
            ],
            NetworkSummary.Of(network).Layers.Select(l => l.Layer));
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 64)]
    public void Model_2_has_the_layers_of_the_reference(int c, int b)
    {
        using var network = Architectures.Create("convolutional", new ImageShape(c, 28, 28));
        Assert.Equal(
            [
                $"Conv2d({c} → 16, 3×3)", "BatchNorm2d(16)", $"Conv2d(16 → {b}, 3×3)", $"BatchNorm2d({b})",
                $"ConvTranspose2d({b} → {b}, 3×3)", $"BatchNorm2d({b})", $"ConvTranspose2d({b} → 16, 3×3)", "BatchNorm2d(16)",
                $"Conv2d(16 → {c}, 3×3)",
            ],
            NetworkSummary.Of(network).Layers.Select(l => l.Layer));
    }

    [Fact]
    public void Model_2_costs_3_7_thousand_million_multiply_adds_on_large_images()
    {
        using var network = Architectures.Create("convolutional", s_large);
        Assert.Equal((3 * 16 + 16 * 64 + 64 * 64 + 64 * 16 + 16 * 3) * 9L * 256 * 256, NetworkSummary.Of(network).MultiplyAdds);
    }

    [Fact]
    public void A_transposed_convolution_matches_its_definition()
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvTranspose2d(1, 1);
        using (no_grad())
        {
            layer.get_parameter("weight")!.copy_(arange(9, dtype: ScalarType.Float32).view(1, 1, 3, 3));
            layer.get_parameter("bias")!.fill_(0.5);
        }
        var impulse = zeros(1, 1, 3, 3);
        impulse[0, 0, 1, 1] = 1;
        // A transposed convolution of stride 1 paints its kernel, unflipped, around each input pixel.
        Assert.Equal(Enumerable.Range(0, 9).Select(k => k + 0.5f), layer.forward(impulse).data<float>().ToArray());
    }

    [Fact]
    public void Weights_start_within_the_bounds_that_PyTorch_draws_from()
    {
        using var network = Architectures.Create("convolutional", s_small);
        network.Initialise(3);
        using var weight = network.state_dict()["conv2.weight"].abs().max();
        var bound = 1 / Math.Sqrt(16 * 9);
        Assert.InRange(weight.item<float>(), bound * 0.9, bound);
    }

    [Fact]
    public void Without_activation_model_2_is_affine()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Architectures.Create("convolutional", s_small);
        network.Initialise(1);
        network.eval();
        using var generator = new Generator(1);
        Tensor a = rand([1, 1, 28, 28], generator: generator), b = rand([1, 1, 28, 28], generator: generator);
        var middle = network.forward((a + b) / 2);
        var mean = (network.forward(a) + network.forward(b)) / 2;
        Assert.True((middle - mean).abs().max().item<float>() < 1e-5);
    }

    [Theory]
    [InlineData("no-such-net", "There is no architecture 'no-such-net'; there are bottleneck, convolutional, dncnn, feed-forward, ")]
    public void An_unknown_name_is_refused_with_the_known_ones(string name, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => Architectures.Create(name, s_small)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_unknown_option_is_refused_with_the_known_ones()
    {
        var e = Assert.Throws<ArgumentException>(
            () => Architectures.Create("convolutional", s_small, new Dictionary<string, int> { ["c"] = 3 }));
        Assert.Equal("The architecture 'convolutional' has no option 'c'; it has a, b.", e.Message);
    }

    [Fact]
    public void An_option_out_of_range_is_refused()
    {
        var e = Assert.Throws<ArgumentException>(
            () => Architectures.Create("convolutional", s_small, new Dictionary<string, int> { ["a"] = 0 }));
        Assert.Contains("option a is 0", e.Message, StringComparison.Ordinal);
    }
}
