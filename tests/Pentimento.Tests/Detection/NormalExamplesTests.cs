using Pentimento.Detection;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class NormalExamplesTests
{
    [Theory]
    [InlineData(new long[] { 7 })] // a vector
    [InlineData(new long[] { 5, 3, 4 })] // places
    [InlineData(new long[] { 1, 3, 16, 16 })] // an image
    public void An_image_that_was_learnt_from_is_its_own_nearest_example(long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        Tensor[] features = [.. Enumerable.Range(0, 6).Select(_ => randn(shape, generator: generator))];
        using var examples = NormalExamples.Of(["a", "b", "c", "d", "e", "f"], features);
        var nearest = examples.Nearest(features[2], 3);
        Assert.Equal(3, nearest.Count);
        Assert.Equal(("c", 0.0), (nearest[0].Id, nearest[0].Distance));
        Assert.True(nearest[1].Distance <= nearest[2].Distance && nearest[1].Distance > 0);
        Assert.Equal(6, examples.Nearest(features[0], 100).Count);
    }

    [Fact]
    public void They_travel_with_the_model_and_damaged_ones_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallSets.Fitted("descriptors");
        using (NewDisposeScope())
            detector.Examples = NormalExamples.Of(["x", "y"], SmallSets.Extract(detector, SmallSets.Pictures(2)));
        detector.ToBundle().Save(folder["model.pent"]);
        using var again = AnomalyDetector.Load(folder["model.pent"]);
        again.Judge(SmallSets.Pictures(2)[1], 1, out _, out var nearest);
        Assert.Equal(new NormalExample("y", 0), Assert.Single(nearest));

        var bundle = detector.ToBundle();
        bundle.Parts["examples.json"] = "[\"x\"]"u8.ToArray();
        Assert.Throws<InvalidDataException>(() => AnomalyDetector.Of(bundle));
        bundle.Parts["examples.json"] = "[\"x\", null]"u8.ToArray();
        Assert.Throws<InvalidDataException>(() => AnomalyDetector.Of(bundle));
    }
}
