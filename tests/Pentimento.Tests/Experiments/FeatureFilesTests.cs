using Pentimento.Data;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Tests.Data;
using Pentimento.Tests.Detection;
using static TorchSharp.torch;

namespace Pentimento.Tests.Experiments;

/// <summary>What detectors look at, kept in a folder.</summary>
[Collection(nameof(LiveTensors))]
public sealed class FeatureFilesTests
{
    [Fact]
    public void Features_from_a_file_are_the_callers_and_nothing_else_of_it_stays_in_memory()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallSets.Create("descriptors");
        using var images = new ImageDataset(new MemorySource(3, i => new RasterImage(new ImageShape(1, 8, 8), new byte[64])));
        var files = new FeatureFiles(folder.Path);
        var looked = 0;
        LiveTensors.AssertNoneLeft(() =>
        {
            using var scope = NewDisposeScope();
            var features = files.Extract(detector, images, () =>
            {
                looked++;
                return [tensor(new[] { 1f, 2 }), tensor(new[] { 3f, 4 }), tensor(new[] { 5f, 6 })];
            });
            Assert.Equal([3f, 4], features[1].data<float>().ToArray());
        });
        Assert.Equal(1, looked);
    }
}
