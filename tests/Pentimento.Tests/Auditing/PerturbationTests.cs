using Pentimento.Auditing;
using Pentimento.Imaging;
using Pentimento.Tests.Imaging;

namespace Pentimento.Tests.Auditing;

public sealed class PerturbationTests
{
    [Fact]
    public void Every_change_works_on_every_kind_of_picture()
    {
        foreach (var change in Perturbation.All)
            foreach (var (channels, side, depth) in new[] { (3, 40, 8), (1, 40, 8), (3, 40, 16), (1, 1, 8), (3, 1, 16) })
            {
                var original = Pictures.Slopes(channels, side, side + 3, depth);
                var changed = change.Apply(original);
                Assert.Equal(channels, changed.Shape.Channels);
                if (change.Name != "enlarged by a half") Assert.Equal(original.Shape, changed.Shape);
            }
    }

    [Fact]
    public void They_change_what_they_say()
    {
        RasterImage By(string name, RasterImage image) => Perturbation.All.Single(c => c.Name == name).Apply(image);
        double Mean(RasterImage image) => image.Samples8!.Average(v => (double)v);
        var original = SyntheticPaintings.One(1);
        Assert.Equal(1.05, Mean(By("5 % brighter", original)) / Mean(original), 0.01);
        Assert.Equal(0.95, Mean(By("5 % darker", original)) / Mean(original), 0.01);
        Assert.Equal(new ImageShape(3, 96, 96), By("enlarged by a half", original).Shape);
        int Difference(string name) => Pictures.LargestDifference(original, By(name, original));
        Assert.True(Difference("JPEG at quality 40") > Difference("JPEG at quality 95"));
        Assert.True(Difference("blurred, σ = 1 pixel") > 5);
        Assert.Equal(new ImageShape(1, 8, 2), By("enlarged by a half", Pictures.Slopes(1, 5, 1, 8)).Shape); // 7.5 and 1.5
        var steps = new RasterImage(new ImageShape(1, 1, 4), new byte[] { 0, 11, 250, 255 });
        Assert.Equal(new byte[] { 0, 12, 255, 255 }, By("5 % brighter", steps).Samples8!); // 11.55, 262.5
        Assert.Equal(new byte[] { 0, 10, 238, 242 }, By("5 % darker", steps).Samples8!); // 10.45, 237.5 and 242.25
        var deep = new RasterImage(new ImageShape(1, 1, 2), new ushort[] { 10000, 65000 });
        Assert.Equal(new ushort[] { 10500, 65535 }, By("5 % brighter", deep).Samples16!);
    }
}
