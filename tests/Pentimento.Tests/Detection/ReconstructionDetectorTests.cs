using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Tests.Detection;

public sealed class ReconstructionDetectorTests
{
    private static ReconstructionDetector Create(Preprocessing preprocessing)
    {
        var network = Architectures.Create("feed-forward", new ImageShape(1, 28, 28));
        network.Initialise(1);
        network.eval();
        return new ReconstructionDetector(new ModelBundle(ModelTask.Detect, network, preprocessing)
        {
            Parts = { [Calibration.PartName] = Calibration.ForFalseAlarmRate([0.1, 0.2, 0.3], 0.3).ToJson() },
        });
    }

    private static RasterImage Grey(int height, int width) =>
        new(new ImageShape(1, height, width), [.. Enumerable.Range(0, height * width).Select(i => (byte)i)]);

    [Fact]
    public void A_picture_of_any_size_is_brought_to_the_size_of_the_model()
    {
        using var detector = Create(new Preprocessing { Resize = 28, Crop = 28, Channels = 1 });
        Assert.InRange(detector.Detect(Grey(90, 70)).AnomalyScore, 1e-6, 1);
    }

    [Fact]
    public void A_picture_of_another_size_than_the_model_takes_is_refused_in_one_line()
    {
        using var detector = Create(new Preprocessing { Channels = 1 });
        var e = Assert.Throws<InvalidDataException>(() => detector.Detect(Grey(90, 70)));
        Assert.Equal("the model takes images of 1×28×28, and this one is 1×90×70", e.Message);
    }

    [Fact]
    public void The_mean_of_the_map_is_the_score()
    {
        using var detector = Create(new Preprocessing { Resize = 28, Crop = 28, Channels = 1 });
        using var map = detector.AnomalyMap(Grey(40, 40));
        using var mean = map!.mean();
        Assert.Equal(detector.Detect(Grey(40, 40)).AnomalyScore, mean.item<float>(), 1e-6);
    }
}
