using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Tests.Imaging;

namespace Pentimento.Tests.Inference;

[Collection(nameof(LiveTensors))]
public sealed class InferenceLeakTests
{
    [Theory]
    [InlineData(1), InlineData(8)]
    public void Cleaning_leaves_no_tensor_behind(int ensemble)
    {
        using var denoiser = new Denoiser(
            TestModels.Convolutional(ModelTask.Denoise, 3), new DenoiserOptions { TileSize = 16, Ensemble = ensemble });
        var picture = Pictures.Slopes(3, 40, 40);
        LiveTensors.AssertNoneLeft(() => denoiser.Denoise(picture));
    }

    [Fact]
    public void Detecting_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder["in/a.png"], TestModels.Noise(3, 30, 41));
        File.WriteAllText(folder["in/b.png"], "no image");
        using var detector = TestModels.Detector();
        LiveTensors.AssertNoneLeft(() =>
            DetectRun.Run(detector, [folder["in"]], cancellation: TestContext.Current.CancellationToken));
    }
}
