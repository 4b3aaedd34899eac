using System.Runtime.InteropServices;
using CsCheck;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class InferenceNetworkTests
{
    private static Tensor Images(long count, long channels, long height, long width) =>
        rand([count, channels, height, width], generator: new Generator(5));

    /// <summary>The largest difference from the network, layer by layer.</summary>
    private static float Error(InferenceNetwork inference, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return (inference.Network.forward(images) - inference.Run(images)).abs().max().item<float>();
    }

    private static Network Convolutional(int channels)
    {
        var network = Architectures.Create("convolutional", new ImageShape(channels, 28, 28));
        FlowNetwork.Randomise(network, 3);
        return network;
    }

    [Theory]
    [InlineData(1), InlineData(3)]
    public void Models_2_and_3_are_one_convolution_and_exact_at_the_border(int channels)
    {
        using var scope = NewDisposeScope();
        using var network = Convolutional(channels);
        using var inference = InferenceNetwork.Of(network);
        Assert.Equal([$"Conv2d({channels} → {channels}, 11×11)"], inference.Convolutions);
        foreach (var (count, height, width) in new[]
        {
            (1, 1, 1), (2, 5, 7), (1, 8, 9), (3, 9, 9), (1, 9, 30), (2, 11, 11), (1, 12, 40), (5, 28, 28), (1, 31, 1), (1, 33, 45),
            (1, 256, 256),
        })
            Assert.InRange(Error(inference, Images(count, channels, height, width)), 0, 1e-5f);
    }

    [Fact]
    public void Without_kernels_of_its_own_the_border_would_be_wrong()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Layer[] layers = [new Conv2d(1, 4), new BatchNorm2d(4), new ConvTranspose2d(4, 4), new Conv2d(4, 4, 5), new Conv2d(4, 1)];
        using var network = new FlowNetwork(1, layers);
        var middle = layers.Select(layer => layer.ToConvolution()!).Aggregate((a, b) => a.Then(b));
        var images = Images(1, 1, 20, 20);
        var error = (middle.Apply(images.to(ScalarType.Float64)) - network.forward(images)).abs();
        Assert.InRange(error.narrow(2, 4, 12).narrow(3, 4, 12).max().item<double>(), 0, 1e-6);
        Assert.True(error.narrow(2, 3, 1).max().item<double>() > 1e-3);
    }

    [Fact]
    public void Real_images_come_out_as_from_the_layers()
    {
        using var scope = NewDisposeScope();
        using var source = ImageSource.Open("fashion-mnist-sample");
        using var images = new ImageDataset(source);
        using var network = Convolutional(1);
        using var inference = InferenceNetwork.Of(network);
        Assert.InRange(Error(inference, images.Read([.. Enumerable.Range(0, 33)])), 0, 1e-5f);
    }

    [Fact]
    public void Any_chain_of_affine_layers_comes_out_as_from_the_layers() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 2], Gen.Int[1, 5], Gen.Int[0, 2]).Array[1, 5], Gen.Int[1, 20], Gen.Int[1, 20],
            Gen.Int[1, 3])
        .Sample(
            (chain, height, width, count) =>
            {
                using var scope = NewDisposeScope();
                long channels = 3;
                var layers = new List<Layer>();
                foreach (var (kind, outputs, reach) in chain)
                {
                    var kernel = 2 * reach + 1;
                    layers.Add(kind switch
                    {
                        0 => new Conv2d(channels, outputs, kernel),
                        1 => new ConvTranspose2d(channels, outputs, kernel),
                        _ => new BatchNorm2d(channels),
                    });
                    if (kind < 2) channels = outputs;
                }
                using var network = new FlowNetwork(3, [.. layers]);
                using var inference = InferenceNetwork.Of(network);
                return Error(inference, Images(count, 3, height, width)) < 1e-5f;
            },
            iter: 60, threads: 1);

    [Fact]
    public void An_activation_ends_a_chain()
    {
        using var network = new FlowNetwork(
            3, new Conv2d(3, 8), new BatchNorm2d(8), new Relu(), new Conv2d(8, 8), new Conv2d(8, 2), new Relu(), new BatchNorm2d(2));
        AssertFolds(network, "Conv2d(3 → 8, 3×3)", "Conv2d(8 → 2, 5×5)");
    }

    [Fact]
    public void Convolutions_are_joined_only_where_that_is_less_work()
    {
        using var network = new FlowNetwork(3, new Conv2d(3, 2), new Conv2d(2, 9), new Conv2d(9, 3), new Conv2d(3, 3, 7));
        // The second and third cost 405 multiplications a pixel, and 150 as one; with the first it is 54 more, not 291.
        AssertFolds(network, "Conv2d(3 → 2, 3×3)", "Conv2d(2 → 3, 5×5)", "Conv2d(3 → 3, 7×7)");
    }

    public static TheoryData<string> Flows() => [.. s_flows.Keys];

    private static readonly string[] s_apart = ["Conv2d(3 → 8, 3×3)", "Conv2d(8 → 3, 3×3)"];

    // What each does with a, the output of a convolution that the next one takes, and how much may be folded.
    private static readonly Dictionary<string, (string[] Folded, Func<Layer[], Tensor, Tensor> Flow)> s_flows = new()
    {
        ["a skip connection around the network"] = (["Conv2d(3 → 3, 5×5)"], (l, x) => x + l[1].forward(l[0].forward(x))),
        ["an addition"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            return l[1].forward(a) + a.narrow(1, 0, 3);
        }
        ),
        ["a concatenation"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            return cat([l[1].forward(a), a], 1).narrow(1, 2, 3);
        }
        ),
        ["two readers"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            return l[1].forward(a) * l[2].forward(a).narrow(1, 0, 3);
        }
        ),
        ["a change in place"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            a.relu_();
            return l[1].forward(a);
        }
        ),
        ["a change of one part in place"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            a.narrow(2, 0, 1).zero_();
            return l[1].forward(a);
        }
        ),
        ["a look at the values"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            return l[1].forward(a) * a.abs().max().item<float>();
        }
        ),
        ["a branch on the values"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            return a.mean().item<float>() > 0 ? l[1].forward(a) : -l[1].forward(a);
        }
        ),
        ["an output that another layer reads"] = (s_apart, (l, x) =>
        {
            var a = l[0].forward(x);
            l[1].forward(a);
            return a.narrow(1, 0, 3);
        }
        ),
        ["a layer that runs twice"] = ([], (l, x) => l[3].forward(l[3].forward(x))),
        ["scopes and disposal of its own"] = (["Conv2d(3 → 3, 5×5)"], (l, x) =>
        {
            Tensor a;
            using (var scope = NewDisposeScope()) a = l[0].forward(x).MoveToOuterDisposeScope();
            using (a) return l[1].forward(a);
        }
        ),
        ["another way for large images"] = (["Conv2d(3 → 3, 5×5)"], (l, x) =>
        {
            var a = l[0].forward(x);
            return x.shape[2] > 20 ? l[1].forward(a) + a.narrow(1, 0, 3) : l[1].forward(a);
        }
        ),
    };

    [Theory, MemberData(nameof(Flows))]
    public void Whatever_a_network_does_with_its_tensors_the_answer_is_right(string flow)
    {
        var (folded, run) = s_flows[flow];
        using var network = new FlowNetwork(
            3, [new Conv2d(3, 8), new Conv2d(8, 3), new BatchNorm2d(8), new Conv2d(3, 3)], run);
        AssertFolds(network, folded);
    }

    [Fact]
    public void An_error_within_a_layer_is_told_and_not_taken_for_another_flow_of_data()
    {
        using var scope = NewDisposeScope();
        var failing = new FailingLayer();
        using var network = new FlowNetwork(3, new Conv2d(3, 8), new Conv2d(8, 2), failing);
        using var inference = InferenceNetwork.Of(network);
        Assert.Equal(["Conv2d(3 → 2, 5×5)"], inference.Convolutions);
        failing.Error = new ExternalException("not enough memory");
        Assert.Throws<ExternalException>(() => inference.Run(Images(1, 3, 9, 9)));
        Assert.InRange(Error(inference, Images(1, 3, 9, 9)), 0, 1e-5f);
    }

    /// <summary>Fails once, as an engine does that is short of memory for a moment.</summary>
    private sealed class FailingLayer : Layer
    {
        public Exception? Error { get; set; }

        public override string Description => "Failing()";

        protected override Tensor Compute(Tensor input)
        {
            var error = Error;
            Error = null;
            return error is null ? input.relu() : throw error;
        }
    }

    private static void AssertFolds(Network network, params string[] convolutions)
    {
        using var scope = NewDisposeScope();
        using var inference = InferenceNetwork.Of(network);
        Assert.Equal(convolutions, inference.Convolutions);
        foreach (var (height, width) in new[] { (1, 1), (3, 20), (16, 18), (40, 33) })
            Assert.InRange(Error(inference, Images(2, network.Input.Channels, height, width)), 0, 1e-5f);
    }

    [Fact]
    public void Bfloat16_and_either_layout_are_near_float32()
    {
        using var scope = NewDisposeScope();
        using var network = Convolutional(3);
        using var exact = InferenceNetwork.Of(network, new InferenceOptions { Fold = false });
        var images = Images(2, 3, 30, 41);
        Assert.Empty(exact.Convolutions);
        foreach (var channelsLast in new[] { false, true })
        {
            var layout = new InferenceOptions { ChannelsLast = channelsLast };
            using var single = InferenceNetwork.Of(network, layout);
            using var half = InferenceNetwork.Of(network, layout with { Type = ScalarType.BFloat16 });
            Assert.InRange(Error(single, images), 0, 1e-5f);
            Assert.InRange(Error(half, images), 0, 0.05f);
            Assert.Equal(ScalarType.Float32, half.Run(images).dtype);
        }
        Assert.Throws<ArgumentException>(() => InferenceNetwork.Of(network, new InferenceOptions { Type = ScalarType.Int32 }));
    }

    [Fact]
    public void The_order_of_weights_in_memory_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        using Network network = Convolutional(3), other = Convolutional(3);
        using (no_grad())
            foreach (var parameter in other.parameters().Where(p => p.dim() == 4))
                parameter.set_(ActivationLayout.ToChannelsLast(parameter.detach().clone()));
        using InferenceNetwork a = InferenceNetwork.Of(network), b = InferenceNetwork.Of(other);
        var images = Images(1, 3, 40, 40);
        Assert.True(a.Run(images).equal(b.Run(images)).all().item<bool>());
    }

    [Fact]
    public async Task Several_threads_may_run_it_at_once()
    {
        using var network = Convolutional(1);
        using var inference = InferenceNetwork.Of(network);
        using var images = Images(1, 1, 28, 28);
        using var expected = inference.Run(images);
        float Difference()
        {
            using var scope = NewDisposeScope();
            return Enumerable.Range(0, 50).Max(_ => (inference.Run(images) - expected).abs().max().item<float>());
        }
        var differences = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Difference)));
        Assert.All(differences, difference => Assert.Equal(0, difference));
    }
}
