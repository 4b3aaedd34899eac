using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Tests.Data;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class SupervisionTests
{
    private const int Count = 24, Side = 32;
    private const double Level = 0.15;

    [Fact]
    public void A_network_that_saw_noisy_images_alone_cleans_them() =>
        Assert.InRange(Gain(Supervision.Neighbours, Noisy(1)), 4, 20);

    [Fact]
    public void A_network_that_saw_two_noisy_captures_cleans_them()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < Count; i++)
            foreach (var capture in new[] { 1, 2 })
                ImageFile.Write(folder[$"{capture}/{i}.png"], Noisy(capture).Read(i));
        using var pairs = PairedSource.Open(folder["1"], folder["2"]);
        Assert.InRange(Gain(Supervision.Pairs, pairs), 5, 20);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void One_capture_under_two_names_is_no_pair(int bits)
    {
        using var folder = new TemporaryFolder();
        var shape = new ImageShape(1, 4, 4);
        var image = bits == 8 ? new RasterImage(shape, new byte[16]) : new RasterImage(shape, new ushort[16]);
        foreach (var capture in new[] { 1, 2 }) ImageFile.Write(folder[$"{capture}/a.png"], image);
        using var pairs = PairedSource.Open(folder["1"], folder["2"]);
        Assert.Contains(
            "are the same picture", Assert.Throws<InvalidDataException>(() => pairs.Read(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_are_two_different_pixels_of_each_square_of_four()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var batch = arange(2 * 3 * 7 * 9).to(ScalarType.Float32).view(2, 3, 7, 9); // odd sides
        var (first, second) = NoisyTargets.DrawNeighbours(batch, generator);
        Tensor a = NoisyTargets.Take(batch, first), b = NoisyTargets.Take(batch, second);
        Assert.Equal([2L, 3, 3, 4], a.shape);
        var distances = (a - b).abs().data<float>().Distinct().Order();
        Assert.Equal([1f, 9f], distances); // beside or below each other, never crosswise, never the same
        var corners = batch.narrow(2, 0, 6).narrow(3, 0, 8);
        Assert.True((a - corners[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)])
            .data<float>().Distinct().Order().SequenceEqual([0f, 1f, 9f, 10f]));
    }

    [Fact]
    public void Noise_is_not_added_to_what_is_noisy()
    {
        var options = new TrainingOptions { Supervision = Supervision.Pairs, Noise = new GaussianNoise(0.1) };
        Assert.Contains("noise is added to clean images alone", Assert.Throws<ArgumentException>(options.ThrowIfInvalid).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_need_a_network_for_any_size()
    {
        using var network = Architectures.Create("feed-forward", new ImageShape(1, Side, Side));
        using var images = new ImageDataset(Noisy(1));
        Assert.Contains("a network for any size", Assert.Throws<ArgumentException>(() => new Trainer(
            network, new TrainingData(images, [0], []), new TrainingOptions { Supervision = Supervision.Neighbours })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>By how many dB a small network brings noisy images nearer to the clean ones that it never saw.</summary>
    private static double Gain(Supervision supervision, ImageSource source)
    {
        using var images = new ImageDataset(source, new ImageDatasetOptions { Preprocessing = new() { Channels = 1 } });
        using var clean = new ImageDataset(new GradientImages(Count, Side));
        using var noisy = new ImageDataset(Noisy(1));
        using var network = Architectures.Create("unet", new ImageShape(1, Side, Side),
            new Dictionary<string, int> { ["width"] = 8, ["levels"] = 2, ["squares"] = 1 });
        network.Initialise(1);
        var options = new TrainingOptions
        {
            Supervision = supervision,
            Epochs = 40,
            BatchSize = 8,
            LearningRate = 5e-3,
            Schedule = LearningRateSchedule.Cosine,
            ChannelsLast = false,
        };
        int[] all = [.. Enumerable.Range(0, Count)];
        new Trainer(network, new TrainingData(images, all[..20], all[20..]), options).Run();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor target = clean.Read(all), input = noisy.Read(all);
        return (ImageQuality.PsnrPerImage(network.forward(input), target) - ImageQuality.PsnrPerImage(input, target)).mean().item<float>();
    }

    private static MemorySource Noisy(int seed) => new(
        Count, i => RasterImage.FromTensor(Spoilt(new GradientImages(Count, Side).Read(i), seed * 1000 + i), bitDepth: 16));

    private static Tensor Spoilt(RasterImage image, int seed)
    {
        using var generator = new Generator((ulong)seed);
        using var values = image.ToTensor();
        return new GaussianNoise(Level).AddTo(values, generator);
    }
}
