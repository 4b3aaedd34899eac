using Pentimento.Imaging;

namespace Pentimento.Inference;

/// <summary>
/// An anomaly map as colours over the grey picture. The colours are those of inferno (black, violet, orange, yellow), whose
/// lightness rises evenly, so that it reads the same for the colour-blind and in print.
/// </summary>
/// <remarks>
/// The scale is fixed by the model's calibration, so that the maps of one model can be compared: a colour stands for the root
/// of the pixel's squared error, from 0 (black) over the root of the threshold (the middle of the scale) to twice that root and
/// more (yellow). A picture that has the middle colour all over is just anomalous.
/// </remarks>
public static class AnomalyOverlay
{
    /// <summary>Draws the map.</summary>
    /// <param name="preprocessed">The picture that the map belongs to, 1 or 3 channels; drawn in grey.</param>
    /// <param name="map">The squared error of each pixel, row by row.</param>
    /// <param name="threshold">The score from which on an image is anomalous; the middle of the scale.</param>
    /// <param name="opacity">How much of the result is the map, 0 to 1. The default value is 0.6.</param>
    /// <returns>3 channels, 8 bit, of the picture's height and width.</returns>
    /// <exception cref="ArgumentException">The map has another size than the picture, or the opacity is out of range.</exception>
    public static RasterImage Draw(RasterImage preprocessed, ReadOnlySpan<float> map, double threshold, double opacity = 0.6)
    {
        var (_, height, width) = preprocessed.Shape;
        if (map.Length != height * width)
            throw new ArgumentException($"The map has {map.Length} values, the picture {height}×{width} pixels.", nameof(map));
        if (opacity is not (>= 0 and <= 1))
            throw new ArgumentException($"The opacity is {opacity}; it must be 0 to 1.", nameof(opacity));
        var grey = new float[map.Length];
        GreyRule.Convert(preprocessed, 1).CopyTo(grey);
        var samples = new byte[3 * map.Length];
        for (var i = 0; i < map.Length; i++)
        {
            var (r, g, b) = Inferno.ColourAt(Level(map[i], threshold));
            var below = (1 - opacity) * 255 * grey[i];
            samples[3 * i] = (byte)Math.Round(opacity * r + below);
            samples[3 * i + 1] = (byte)Math.Round(opacity * g + below);
            samples[3 * i + 2] = (byte)Math.Round(opacity * b + below);
        }
        return new RasterImage(new ImageShape(3, height, width), samples);
    }

    // A threshold of 0 (a model without any error) leaves two colours: no error, and an error.
    private static double Level(float error, double threshold) => error > 0
        ? threshold > 0 ? Math.Min(0.5 * Math.Sqrt(error / threshold), 1) : 1
        : 0;
}
