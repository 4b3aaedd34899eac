using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

[Collection(nameof(LiveTensors))]
public sealed class LeakTests
{
    [Fact]
    public void A_thousand_steps_keep_no_tensor_and_no_memory()
    {
        using var source = new GradientImages(60);
        using var images = new ImageDataset(source);
        using var network = Architectures.Create("convolutional", images.Shape);
        network.Initialise(1);
        var options = new TrainingOptions { BatchSize = 10, Noise = new GaussianNoise(0.1), EmaDecay = 0.99, GradientClip = 1 };
        var data = new TrainingData(images, [.. Enumerable.Range(0, 50)], [.. Enumerable.Range(50, 10)]);
        Train(10);

        long tensors = LiveTensors.Count(), bytes = ResidentBytes();
        Train(200); // 1,000 steps

        Assert.Equal(tensors, Tensor.TotalCount);
        LiveTensors.Collect();
        Assert.InRange(ResidentBytes() - bytes, long.MinValue, 32L << 20);

        void Train(int epochs) => new Trainer(network, data, options with { Epochs = epochs }).Run();
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
