using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>The noise of a picture before it is cleaned.</summary>
internal static class PictureNoise
{
    private const int RowsAtOnce = 128, SmallSide = 512;

    /// <summary>Reads the rest of a file from top to bottom.</summary>
    public static NoiseEstimate Of(ImageRowReader rows, StrengthEstimator? learned, CancellationToken cancellation)
    {
        var window = new RowWindow(rows, AtOnce(rows.Shape));
        return Of(rows.Shape, window.Read, learned, cancellation);
    }

    /// <summary>Reads a picture in strips that overlap by a square of the sample.</summary>
    /// <param name="shape">The picture.</param>
    /// <param name="read">Gives (C, h, w), float32 in [0, 1], of a region; regions are asked for from top to bottom.</param>
    /// <param name="learned">What the denoiser's model has learned of strengths, or null.</param>
    /// <param name="cancellation">Looked at before each strip.</param>
    public static NoiseEstimate Of(
        ImageShape shape, Func<PixelRegion, Tensor> read, StrengthEstimator? learned, CancellationToken cancellation)
    {
        var (channels, height, width) = shape;
        using var sample = new NoiseSample(channels, height, width);
        var strength = learned is null ? null : new StrengthSample(channels, height, width);
        for (var top = 0; top < height; top += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var region = new PixelRegion(top, 0, Math.Min(AtOnce(shape), height - top), width);
            var strip = read(region);
            sample.Add(strip, top, 0);
            strength?.Add(strip, top, 0);
            if (region.Bottom == height) break;
        }
        var plain = sample.Estimate();
        return learned is null ? plain : learned.Refine(plain, strength!.Features());
    }

    private static int AtOnce(ImageShape shape) => (long)shape.Height * shape.Width <= SmallSide * SmallSide
        ? shape.Height : Math.Min(shape.Height, RowsAtOnce + NoiseSample.Overlap);
}
