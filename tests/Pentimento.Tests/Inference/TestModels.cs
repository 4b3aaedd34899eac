using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Inference;

/// <summary>Small models with random weights, and what running them needs.</summary>
internal static class TestModels
{
    public static ModelBundle Convolutional(ModelTask task, int channels, Preprocessing? preprocessing = null)
    {
        var options = new Dictionary<string, int> { ["b"] = 8 };
        var network = Architectures.Create("convolutional", new ImageShape(channels, 28, 28), options);
        network.Initialise(3);
        // Biases and shifts as a trained network has them: without, the zero padding of inner layers would not show.
        using (no_grad())
        using (var generator = new Generator(4))
            foreach (var (name, values) in network.named_parameters())
                if (name.EndsWith("bias", StringComparison.Ordinal)) values.uniform_(-0.5, 0.5, generator);
        network.eval();
        return new ModelBundle(task, network, preprocessing ?? new Preprocessing { Channels = channels });
    }

    public static Denoiser Denoiser(int channels, int tileSize = 512) =>
        new(Convolutional(ModelTask.Denoise, channels), new DenoiserOptions { TileSize = tileSize });

    public static ReconstructionDetector Detector(int channels = 3)
    {
        var model = Convolutional(ModelTask.Detect, channels, new Preprocessing { Resize = 24, Crop = 20, Channels = channels });
        double[] scores = [.. Enumerable.Range(1, 99).Select(i => i / 100.0)];
        model.Parts[Calibration.PartName] = Calibration.ForFalseAlarmRate(scores, 0.1).ToJson();
        return new ReconstructionDetector(model);
    }

    public static RasterImage Noise(int channels, int height, int width, int bitDepth = 8, int seed = 1)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        return RasterImage.FromTensor(rand([channels, height, width], generator: generator), bitDepth);
    }

    /// <summary>Keeps what it is told, on the thread that tells.</summary>
    public sealed class Progress<T>(Action<T>? then = null) : IProgress<T>
    {
        public List<T> Reports { get; } = [];

        public void Report(T value)
        {
            Reports.Add(value);
            then?.Invoke(value);
        }
    }
}
