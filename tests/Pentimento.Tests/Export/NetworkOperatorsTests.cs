using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Export;

/// <summary>What every registered architecture must do under ONNX Runtime; a new one is tested by being registered.</summary>
public sealed class NetworkOperatorsTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string, int> ArchitecturesAndChannels() =>
        new(from name in Architectures.Names from channels in new[] { 1, 3 } select (name, channels));

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void ONNX_Runtime_answers_as_the_network_does(string name, int channels)
    {
        using var network = ExportedNetworks.Create(name, new ImageShape(channels, 24, 20));
        AssertSameAnswers(network);
    }

    [Fact]
    public void Settings_of_an_architecture_are_exported_as_well()
    {
        using (var deep = ExportedNetworks.Create("feed-forward", new ImageShape(3, 8, 8), ("depth", 3), ("code", 7)))
            AssertSameAnswers(deep);
        using (var plain = ExportedNetworks.Create(
            "unet", new ImageShape(3, 16, 16), ("width", 8), ("squares", 1), ("levels", 2), ("bias", 0)))
            AssertSameAnswers(plain);
        using (var told = ExportedNetworks.Create("unet", new ImageShape(1, 16, 16), ("width", 8), ("sigma", 1)))
            AssertSameAnswers(told);
        using (var toldTwo = ExportedNetworks.Create("unet", new ImageShape(3, 16, 16), ("width", 8), ("sigma", 2)))
            AssertSameAnswers(toldTwo);
    }

    [Fact]
    public void A_network_with_an_unknown_operation_says_that_it_cannot()
    {
        using var network = new Squaring(new ImageShape(1, 8, 8), new ArchitectureOptions());
        var e = Assert.Throws<NotSupportedException>(() => ExportedNetworks.Export(ExportedNetworks.AsTrained(network)));
        Assert.Equal(
            "The network squaring cannot be read as a graph: an input of ReLU (after Conv2d(1 → 1, 3×3)) is made by something " +
                "that is neither a layer nor one of Operations.", e.Message);
    }

    [Fact]
    public void A_network_that_ends_in_an_unknown_operation_says_that_it_cannot()
    {
        using var network = new Doubling(new ImageShape(1, 8, 8), new ArchitectureOptions());
        var e = Assert.Throws<NotSupportedException>(() => ExportedNetworks.Export(ExportedNetworks.AsTrained(network)));
        Assert.Contains("what it gives back (after Conv2d(1 → 1, 3×3))", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_an_unknown_layer_says_which()
    {
        using var network = new Leaking(new ImageShape(1, 8, 8), new ArchitectureOptions());
        var e = Assert.Throws<NotSupportedException>(() => ExportedNetworks.Export(ExportedNetworks.AsTrained(network)));
        Assert.Equal("The network leaking has LeakyReLU, which cannot be exported to ONNX.", e.Message);
    }

    [Fact]
    public void A_network_that_chooses_by_the_image_says_that_it_cannot()
    {
        using var network = new Choosing(new ImageShape(1, 8, 8), new ArchitectureOptions());
        var e = Assert.Throws<NotSupportedException>(() => ExportedNetworks.Export(ExportedNetworks.AsTrained(network)));
        Assert.Contains("what it does depends on the image", e.Message, StringComparison.Ordinal);
    }

    private static void AssertSameAnswers(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var session = ExportedNetworks.Export(network);
        var shape = network.Input;
        (int Height, int Width)[] others = network.AnySize ? [(33, 47), (7, 64), (1, 1)] : [];
        foreach (var size in others.Select(other => shape with { Height = other.Height, Width = other.Width }).Prepend(shape))
            foreach (var count in new[] { 1, 3 })
            {
                var images = ExportedNetworks.Images(count, size);
                var sigma = network.TakesNoiseLevel ? linspace(0.05, 0.3, count * network.NoiseLevels) : null;
                if (network.NoiseLevels > 1) sigma = sigma!.view(count, -1);
                var expected = network.forward(images, sigma);
                using var answer = session.Run(images, sigma);
                var given = answer.Tensor("output");
                Assert.Equal(expected.shape, given.shape);
                var difference = (given - expected).abs().max().item<float>();
                Assert.True(difference < Tolerance, $"{network.Architecture} at {count}×{size}: {difference}");
            }
    }

    private abstract class OneConvolution(ImageShape input, ArchitectureOptions options) : Network(input, options)
    {
        protected readonly Conv2d conv = new(1, 1);
        protected readonly Relu relu = new();

        public override bool AnySize => true;

        public override int? Reach => 1;
    }

    [Architecture("squaring", "squares in between")]
    private sealed class Squaring : OneConvolution
    {
        public Squaring(ImageShape input, ArchitectureOptions options) : base(input, options) => RegisterComponents();

        public override Tensor forward(Tensor input) => relu.forward(conv.forward(input).square());
    }

    [Architecture("doubling", "doubles at the end")]
    private sealed class Doubling : OneConvolution
    {
        public Doubling(ImageShape input, ArchitectureOptions options) : base(input, options) => RegisterComponents();

        public override Tensor forward(Tensor input) => conv.forward(input) * 2;
    }

    [Architecture("choosing", "does other things with large images")]
    private sealed class Choosing : OneConvolution
    {
        public Choosing(ImageShape input, ArchitectureOptions options) : base(input, options) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            input.shape[2] > 10 ? relu.forward(conv.forward(input)) : conv.forward(input);
    }

    [Architecture("leaking", "has a layer of its own")]
    private sealed class Leaking : OneConvolution
    {
        private readonly LeakyRelu leaky = new();

        public Leaking(ImageShape input, ArchitectureOptions options) : base(input, options) => RegisterComponents();

        public override Tensor forward(Tensor input) => leaky.forward(conv.forward(input));
    }

    private sealed class LeakyRelu : Layer
    {
        public override string Description => "LeakyReLU";

        protected override Tensor Compute(Tensor input) => nn.functional.leaky_relu(input);
    }
}
