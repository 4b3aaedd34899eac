using Pentimento.Data;
using Pentimento.Imaging;

namespace Pentimento.Tests.Training;

/// <summary>Images with a gradient in a random direction: easy to learn, all different, made from a seed.</summary>
internal sealed class GradientImages(int count, int side = 16, int channels = 1)
    : ImageSource("gradients", [.. Enumerable.Range(0, count).Select(i => new ImageItem($"gradient {i}"))])
{
    public override string Kind => "test images";

    public override int Channels => channels;

    public override RasterImage Read(int index)
    {
        var random = new SeededRandom(7, index);
        double dx = random.NextDouble() - 0.5, dy = random.NextDouble() - 0.5;
        var samples = new byte[side * side * channels];
        for (var i = 0; i < samples.Length; i++)
        {
            int pixel = i / channels, x = pixel % side, y = pixel / side;
            samples[i] = (byte)(128 + 120 * (dx * (2.0 * x / side - 1) + dy * (2.0 * y / side - 1)));
        }
        return new RasterImage(new ImageShape(channels, side, side), samples);
    }
}
