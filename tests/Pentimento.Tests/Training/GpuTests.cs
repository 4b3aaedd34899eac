using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

/// <summary>What a GPU does otherwise than a CPU; skipped where there is none.</summary>
public sealed class GpuTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public GpuTests() => Assert.SkipUnless(cuda.is_available(), "Needs an NVIDIA GPU and a libtorch for it.");

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("gaussian(0-0.2)")]
    [InlineData("gaussian(0-0.2,shared,clip) | salt-pepper(0.1) | speckle(0-0.3)")]
    [InlineData("camera(0.001-0.02,0-0.03) + jpeg(50-90)")]
    [InlineData("poisson(20-200) | grain(0.004,0.02,1,0.3,clip) | correlated(0.1,0.5-2)")]
    public void The_same_seed_gives_the_same_noise_and_about_as_much_as_on_a_CPU(string noise)
    {
        var images = full([8, 3, 64, 64], 0.4f);
        Tensor Draw(ulong seed, Device device)
        {
            using var generator = new Generator(seed);
            return Noise.Parse(noise).AddTo(images.to(device), generator).cpu() - images;
        }
        var first = Draw(1, CUDA);
        Assert.True(first.equal(Draw(1, CUDA)).all().item<bool>());
        Assert.False(first.equal(Draw(2, CUDA)).all().item<bool>());
        Assert.InRange(first.std().item<float>() / Draw(1, CPU).std().item<float>(), 0.4, 2.5);
    }

    [Fact]
    public void It_learns_there_as_it_does_on_a_CPU()
    {
        using var source = new GradientImages(24, side: 32, channels: 3);
        using var images = new ImageDataset(source);
        var data = new TrainingData(images, [.. Enumerable.Range(0, 24)], []);
        double Loss(Device device)
        {
            using var network = Architectures.Create("unet", images.Shape, new Dictionary<string, int> { ["width"] = 8, ["levels"] = 2 });
            network.Initialise(1);
            network.to(device);
            var options = new TrainingOptions
            {
                BatchSize = 8,
                Epochs = 6,
                LearningRate = 2e-3,
                Optimizer = Optimizer.Muon,
                GradientClip = 1,
                EmaDecay = 0.9,
                Precision = Precision.Float32,
                ChannelsLast = true,
            };
            return new Trainer(network, data, options).Run(cancel: TestContext.Current.CancellationToken).Epochs[^1].TrainLoss;
        }
        var expected = Loss(CPU);
        Assert.InRange(Loss(CUDA), expected * 0.8, expected * 1.25);
    }
}
