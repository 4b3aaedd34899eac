using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

/// <summary>What every registered architecture must do; a new one gets these tests by being registered.</summary>
public sealed class ArchitectureContractTests
{
    public static TheoryData<string, int> ArchitecturesAndChannels() =>
        new(from name in Architectures.Names from channels in new[] { 1, 3 } select (name, channels));

    private static ImageShape ShapeOf(int channels) => new(channels, 20, 24);

    private static Network Create(string name, int channels, int seed = 1)
    {
        var network = Architectures.Create(name, ShapeOf(channels));
        network.Initialise(seed);
        return network;
    }

    private static Tensor Images(int channels, int count = 3)
    {
        using var generator = new Generator(5);
        return rand([count, channels, 20, 24], generator: generator);
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void Output_has_the_shape_of_the_input_and_is_finite(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, channels);
        var output = network.forward(Images(channels));
        Assert.Equal([3L, channels, 20, 24], output.shape);
        Assert.True(output.isfinite().all().item<bool>());
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void Every_parameter_gets_a_gradient(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, channels);
        var images = Images(channels);
        using var generator = new Generator(6);
        var (output, divergence) = network is IVariational variational
            ? variational.Draw(images, generator) : (network.forward(images), zeros(1));
        (nn.functional.mse_loss(output, images) + divergence.mean()).backward();
        foreach (var (parameter, values) in network.named_parameters())
        {
            Assert.True(values.grad is not null, $"{parameter} has no gradient.");
            Assert.True(values.grad!.isfinite().all().item<bool>(), $"The gradient of {parameter} is not finite.");
        }
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void A_saved_model_answers_as_before(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var bundle =
            new ModelBundle(ModelTask.Reconstruct, Create(name, channels), new Preprocessing { Channels = channels });
        bundle.Save(folder["model.pent"]);
        using var loaded = ModelBundle.Load(folder["model.pent"]);
        bundle.Network.eval();
        var images = Images(channels);
        Assert.True(bundle.Network.forward(images).equal(loaded.Network.forward(images)).all().item<bool>());
        Assert.Equal(bundle.Network.Options.Values, loaded.Network.Options.Values);
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using Network a = Create(name, channels, 1), b = Create(name, channels, 1), c = Create(name, channels, 2);
        Assert.All(a.parameters().Zip(b.parameters()), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Assert.Contains(a.parameters().Zip(c.parameters()), pair => !pair.First.equal(pair.Second).all().item<bool>());
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void In_bfloat16_the_answer_is_near_that_in_float32(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, channels);
        network.eval();
        var images = Images(channels);
        var exact = network.forward(images);
        var coarse = network.forward(images.to(ScalarType.BFloat16));
        Assert.Equal(ScalarType.BFloat16, coarse.dtype);
        Assert.True((exact - coarse.to(ScalarType.Float32)).abs().max().item<float>() < 0.03);
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void Folded_for_inference_it_answers_as_its_layers_do(string name, int channels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create(name, channels);
        FlowNetwork.Randomise(network, 2);
        using var inference = InferenceNetwork.Of(network);
        var images = Images(channels);
        var exact = network.forward(images);
        var error = (inference.Run(images) - exact).abs().max().item<float>();
        Assert.InRange(error, 0, 1e-5f * Math.Max(1, exact.abs().max().item<float>()));
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void Every_option_has_a_range_that_is_checked(string name, int channels)
    {
        using var network = Create(name, channels);
        Assert.Equal(network.Options.Values.Keys, network.Options.Ranges.Keys);
        foreach (var (option, (least, most)) in network.Options.Ranges)
        {
            Assert.InRange(network.Options.Values[option], least, most);
            Assert.InRange(most, 0, option == "beta" ? 1_000_000 : 16384);
            foreach (var beyond in new[] { least - 1, most + 1 })
            {
                var e = Assert.Throws<ArgumentException>(
                    () => Architectures.Create(name, ShapeOf(channels), new Dictionary<string, int> { [option] = beyond }));
                Assert.Contains($"The option {option} is {beyond}; it must be {least} to {most}.", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void A_network_ends_where_it_outgrows_the_weights_that_there_are(string name, int channels)
    {
        using var network = Create(name, channels);
        using (WeightLimit.OfFile(network.ParameterCount)) Create(name, channels).Dispose();
        using (WeightLimit.OfFile(network.ParameterCount - 1))
        {
            var e = Assert.Throws<ArgumentException>(() => Create(name, channels));
            Assert.Contains(
                $"has more weights than the {network.ParameterCount - 1:N0} that there are", e.Message, StringComparison.Ordinal);
        }
        Create(name, channels).Dispose();
    }

    [Theory, MemberData(nameof(ArchitecturesAndChannels))]
    public void The_summary_counts_every_parameter(string name, int channels)
    {
        using var network = Create(name, channels);
        var summary = NetworkSummary.Of(network);
        // How much a code may vary is for training alone.
        if (network is IVariational) Assert.InRange(summary.Parameters, network.ParameterCount / 2, network.ParameterCount - 1);
        else Assert.Equal(network.ParameterCount, summary.Parameters);
        Assert.True(summary.MultiplyAdds >= network.Input.Count);
    }
}
