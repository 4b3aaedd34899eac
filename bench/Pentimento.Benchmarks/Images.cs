using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>Images to measure with: their values do not matter for speed, so they are drawn.</summary>
internal static class Images
{
    /// <summary>How many images a training set of a job has: some batches.</summary>
    public static int Count(Job job) => job.Side == 28 ? 6000 : 256;

    /// <summary>(count, C, side, side), float32 in [0, 1].</summary>
    public static Tensor Random(Job job, int count)
    {
        using var generator = new Generator(7);
        return rand([count, job.Channels, job.Side, job.Side], generator: generator);
    }

    /// <summary>A source in memory with 8-bit images.</summary>
    public static ImageSource Source(Job job, int count) => new Drawn(job, count);

    private sealed class Drawn(Job job, int count)
        : ImageSource(job.ToString(), [.. Enumerable.Range(0, count).Select(i => new ImageItem($"{i}"))])
    {
        public override string Kind => "drawn images";

        public override int Channels => job.Channels;

        public override RasterImage Read(int index)
        {
            var shape = new ImageShape(job.Channels, job.Side, job.Side);
            var samples = new byte[shape.Count];
            new Random(index).NextBytes(samples);
            return new RasterImage(shape, samples);
        }
    }
}
