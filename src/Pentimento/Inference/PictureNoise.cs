using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>The noise of a picture before it is cleaned, for networks that want to be told it.</summary>
internal static class PictureNoise
{
    private const int RowsAtOnce = 128, SmallSide = 512;

    /// <summary>Reads the rest of a file from top to bottom, in strips that overlap by a square of the sample.</summary>
    public static NoiseEstimate Of(ImageRowReader rows, CancellationToken cancellation)
    {
        var (channels, height, width) = rows.Shape;
        using var sample = new NoiseSample(channels, height, width);
        var atOnce = (long)height * width <= SmallSide * SmallSide ? height : Math.Min(height, RowsAtOnce + NoiseSample.Overlap);
        var window = new RowWindow(rows, atOnce);
        for (var top = 0; top < height; top += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var region = new PixelRegion(top, 0, Math.Min(atOnce, height - top), width);
            sample.Add(window.Read(region), top, 0);
            if (region.Bottom == height) break;
        }
        return sample.Estimate();
    }
}
