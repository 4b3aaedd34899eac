using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class ComputeFormTests
{
    private static readonly ImageShape s_shape = new(1, 12, 12);

    [Fact]
    public void What_is_given_stays_and_nothing_is_measured()
    {
        using var network = Architectures.Create("convolutional", s_shape);
        var options = new TrainingOptions { Precision = Precision.BFloat16, ChannelsLast = true, BatchSize = 3 };
        Assert.Equal(options, ComputeForm.Resolve(network, s_shape, options));
    }

    [Fact]
    public void A_network_without_convolutions_has_no_layout_to_choose()
    {
        using var network = Architectures.Create("feed-forward", s_shape);
        Assert.False(ComputeForm.Resolve(network, s_shape, new TrainingOptions()).ChannelsLast);
    }

    [Fact]
    public void What_is_open_is_measured_once_remembered_and_leaves_the_network_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var network = Architectures.Create("convolutional", s_shape);
        network.Initialise(3);
        var before = network.state_dict().ToDictionary(e => e.Key, e => e.Value.clone());
        var open = new TrainingOptions { Precision = Precision.Auto, BatchSize = 5 };

        var settled = ComputeForm.Resolve(network, s_shape, open);

        Assert.NotEqual(Precision.Auto, settled.Precision);
        Assert.NotNull(settled.ChannelsLast);
        Assert.Equal(settled, ComputeForm.Resolve(network, s_shape, open));
        Assert.Contains("on 5 × 1×12×12", File.ReadAllText(HomeFolder.PathOf("speed.json")), StringComparison.Ordinal);
        Assert.All(network.state_dict(), e => Assert.True(e.Value.equal(before[e.Key]).all().item<bool>()));
        Assert.All(network.parameters(), p => Assert.True(p.grad is null || p.grad.count_nonzero().item<long>() == 0));
    }
}
