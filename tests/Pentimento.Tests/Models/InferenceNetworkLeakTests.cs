using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

[Collection(nameof(LiveTensors))]
public sealed class InferenceNetworkLeakTests
{
    [Fact]
    public void Folding_and_running_leave_no_tensor_behind()
    {
        using var network = Architectures.Create("convolutional", new ImageShape(1, 28, 28));
        using var images = rand(2, 1, 28, 28);
        LiveTensors.AssertNoneLeft(() =>
        {
            using var inference = InferenceNetwork.Of(network);
            using var output = inference.Run(images);
        });
    }

    [Fact]
    public void A_flow_that_cannot_be_folded_leaves_no_tensor_behind()
    {
        using var network = new FlowNetwork(1, [new Conv2d(1, 1), new Conv2d(1, 1)], (layers, x) =>
        {
            var a = layers[0].forward(x);
            return layers[1].forward(a) + (x.shape[2] > 20 ? a : 0);
        });
        using var images = rand(2, 1, 28, 28);
        LiveTensors.AssertNoneLeft(() =>
        {
            using var inference = InferenceNetwork.Of(network);
            using var output = inference.Run(images);
        });
    }
}
