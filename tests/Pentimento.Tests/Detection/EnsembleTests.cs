using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class EnsembleTests
{
    [Fact]
    public void Tensors_of_any_shape_are_packed_and_unpacked()
    {
        using var scope = NewDisposeScope();
        Tensor[] tensors = [rand(3), rand(2, 1, 4), rand(1), rand(0)];
        var unpacked = PackedTensors.Unpack(PackedTensors.Pack(tensors));
        Assert.Equal(4, unpacked.Length);
        foreach (var (before, after) in tensors.Zip(unpacked))
        {
            Assert.Equal(before.shape, after.shape);
            Assert.Equal(before.data<float>().ToArray(), after.data<float>().ToArray());
        }
    }

    [Fact]
    public void Members_that_look_at_the_same_look_once()
    {
        using var scope = NewDisposeScope();
        using var single = SmallSets.Create("features");
        using var both = SmallSets.Create("features-ensemble");
        var picture = SmallSets.Pictures(1);
        Assert.Equal(single.FeatureKind, both.FeatureKind);
        Assert.Equal(
            SmallSets.Extract(single, picture)[0].data<float>().ToArray(), SmallSets.Extract(both, picture)[0].data<float>().ToArray());
    }

    [Theory]
    [InlineData("features-ensemble", 2)]
    [InlineData("known-others-ensemble", 3)]
    public void No_member_counts_more_for_the_size_of_its_numbers(string name, int members)
    {
        using var scope = NewDisposeScope();
        using var ensemble = (EnsembleDetector)SmallSets.Create(name);
        var data = SmallSets.Data(ensemble, 20);
        var heldOut = ensemble.FitAndScoreHeldOut(data, SmallSets.Folds(20));
        Assert.Equal(0, Quantiles.Of(heldOut, 0.5), 0.5);
        Assert.InRange(Quantiles.Of(heldOut, 0.84) - Quantiles.Of(heldOut, 0.16), 0.3, 1.5);
        Assert.Equal(members, ensemble.Members.Count);
    }

    [Fact]
    public void Held_out_scores_are_those_of_detectors_that_have_not_seen_the_image()
    {
        using var scope = NewDisposeScope();
        using var ensemble = SmallSets.Create("features-ensemble");
        var data = SmallSets.Data(ensemble, 20);
        var heldOut = ensemble.FitAndScoreHeldOut(data, SmallSets.Folds(20));
        Assert.True(heldOut.Average() > data.Normal.Average(ensemble.Score) + 0.5);
    }
}
