using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Numbers that describe how a picture is made, without what it shows: energy and peakedness of its wavelets, its colours, the
/// orientation of its gradients, and the scales of its brush strokes. They need no trained weights.
/// </summary>
internal static class ImageDescriptors
{
    public const int ShortestSide = 32;
    private const int WaveletLevels = 5, OrientationBins = 8, StrokeScales = 5;
    private const double Tiny = 1e-6;

    /// <summary>The descriptors of one image.</summary>
    /// <param name="image">(1, C, H, W), float32 in [0, 1]; C is 1 or 3; smaller ones are enlarged. Not disposed.</param>
    /// <returns>(D), float32; D is the same for every image of as many channels. The caller's dispose scope owns it.</returns>
    public static Tensor Of(Tensor image)
    {
        var (height, width) = (image.shape[2], image.shape[3]);
        if (Math.Min(height, width) < ShortestSide)
            image = nn.functional.interpolate(
                image, [Math.Max(height, ShortestSide), Math.Max(width, ShortestSide)], mode: InterpolationMode.Bilinear,
                align_corners: false);
        var planes = image.shape[1] == 3 ? Opponents(image) : image; // lightness first
        var values = new List<Tensor>();
        foreach (var plane in planes.split(1, 1)) values.AddRange(Wavelets(plane));
        values.AddRange(Colours(planes));
        var lightness = planes.narrow(1, 0, 1);
        values.AddRange(Orientations(lightness));
        values.AddRange(Strokes(lightness));
        return cat([.. values.Select(v => v.to(ScalarType.Float32).flatten())]).nan_to_num(0, 0, 0);
    }

    /// <summary>Lightness, red against green, blue against yellow.</summary>
    private static Tensor Opponents(Tensor rgb)
    {
        var (r, g, b) = (rgb.narrow(1, 0, 1), rgb.narrow(1, 1, 1), rgb.narrow(1, 2, 1));
        return cat([(r + g + b) / 3, (r - g) / Math.Sqrt(2), (r + g - 2 * b) / Math.Sqrt(6)], 1);
    }

    /// <summary>
    /// The Haar wavelets of one plane: for each level and orientation the logarithm of the mean magnitude and of the kurtosis,
    /// and how strongly magnitudes repeat from one level to the next (Lyu, Rockmore and Farid, 2004, use such statistics to tell
    /// artists).
    /// </summary>
    private static IEnumerable<Tensor> Wavelets(Tensor plane)
    {
        Tensor? finer = null;
        for (var level = 0; level < WaveletLevels; level++)
        {
            plane = plane.narrow(2, 0, plane.shape[2] / 2 * 2).narrow(3, 0, plane.shape[3] / 2 * 2);
            Tensor At(int y, int x) =>
                plane.slice(2, y, plane.shape[2], 2).slice(3, x, plane.shape[3], 2); // (1, 1, H/2, W/2)
            var (a, b, c, d) = (At(0, 0), At(0, 1), At(1, 0), At(1, 1));
            var bands = cat([(a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2], 1); // (1, 3, H/2, W/2)
            var magnitude = bands.abs();
            yield return (magnitude.mean([2, 3]) + 1e-4).log();
            var square = bands.square().mean([2, 3]);
            yield return (bands.pow(4).mean([2, 3]) / (square.square() + 1e-12)).clamp_min(1).log();
            if (finer is not null)
            {
                var size = new[] { magnitude.shape[2], magnitude.shape[3] };
                yield return Correlation(nn.functional.adaptive_avg_pool2d(finer, size), magnitude);
            }
            finer = magnitude;
            plane = (a + b + c + d) / 2;
        }
    }

    /// <summary>Mean, deviation, skewness and quantiles of every plane, and how the planes go together.</summary>
    private static IEnumerable<Tensor> Colours(Tensor planes)
    {
        var flat = planes.flatten(2)[0]; // (C, H·W)
        var mean = flat.mean([1], keepdim: true);
        var centred = flat - mean;
        var deviation = centred.square().mean([1], keepdim: true).sqrt();
        yield return mean;
        yield return (deviation + 1e-3).log();
        yield return (centred / (deviation + 1e-3)).pow(3).mean([1]);
        yield return quantile(flat, tensor(new[] { 0.05f, 0.25f, 0.5f, 0.75f, 0.95f }), 1);
        if (flat.shape[0] < 3) yield break;
        var unit = centred / (deviation + 1e-3);
        yield return (unit[0] * unit[1]).mean();
        yield return (unit[0] * unit[2]).mean();
        yield return (unit[1] * unit[2]).mean();
        var chroma = flat.narrow(0, 1, 2).square().sum([0]).sqrt();
        yield return (chroma.mean() + 1e-3).log();
        yield return (chroma.std() + 1e-3).log();
        // Of the colours of a circle of eight hues, how much of each, by strength.
        var hue = atan2(flat[2], flat[1]);
        yield return Shares(hue, 2 * Math.PI, chroma);
    }

    /// <summary>At three scales: which way the gradients point, and how far neighbours agree (the structure tensor).</summary>
    private static IEnumerable<Tensor> Orientations(Tensor lightness)
    {
        for (var scale = 0; scale < 3; scale++)
        {
            var dx = lightness.narrow(3, 1, lightness.shape[3] - 1) - lightness.narrow(3, 0, lightness.shape[3] - 1);
            var dy = lightness.narrow(2, 1, lightness.shape[2] - 1) - lightness.narrow(2, 0, lightness.shape[2] - 1);
            dx = dx.narrow(2, 0, dx.shape[2] - 1);
            dy = dy.narrow(3, 0, dy.shape[3] - 1);
            var strength = (dx.square() + dy.square()).sqrt();
            var angle = atan2(dy, dx);
            yield return Shares(angle, Math.PI, strength); // a direction and its opposite are one orientation
            var (xx, yy, xy) = (Smooth(dx.square(), 7), Smooth(dy.square(), 7), Smooth(dx * dy, 7));
            var coherence = ((xx - yy).square() + 4 * xy.square()).sqrt() / (xx + yy + Tiny);
            yield return coherence.mean();
            yield return coherence.std();
            yield return (coherence * (xx + yy)).sum() / ((xx + yy).sum() + Tiny);
            // How thick the tail of strong edges is.
            yield return (strength.square().mean() / (strength.mean().square() + Tiny)).log();
            lightness = nn.functional.avg_pool2d(lightness, 2);
        }
    }

    /// <summary>Differences of blurs from fine to coarse: how much, how evenly spread over the picture.</summary>
    private static IEnumerable<Tensor> Strokes(Tensor lightness)
    {
        var blurred = lightness;
        for (var (scale, side) = (0, 3); scale < StrokeScales; scale++, side = 2 * side + 1)
        {
            if (side >= Math.Min(lightness.shape[2], lightness.shape[3])) side = ShortestSide / 2 - 1;
            var next = Smooth(Smooth(lightness, side), side);
            var band = (blurred - next).abs();
            var local = nn.functional.adaptive_avg_pool2d(band, [8, 8]).flatten(); // 64 parts of the picture
            yield return (band.mean() + 1e-4).log();
            yield return ((local.std() + 1e-4) / (local.mean() + 1e-4)).log();
            yield return ((local.min() + 1e-4) / (local.mean() + 1e-4)).log();
            blurred = next;
        }
    }

    private static Tensor Smooth(Tensor plane, int side) =>
        nn.functional.avg_pool2d(plane, side, stride: 1, padding: side / 2, count_include_pad: false);

    /// <summary>How much of the weight lies in each of <see cref="OrientationBins"/> parts of a circle.</summary>
    private static Tensor Shares(Tensor angle, double period, Tensor weight)
    {
        var bin = (angle / period * OrientationBins).floor().remainder(OrientationBins);
        var total = weight.sum() + Tiny;
        return stack([.. Enumerable.Range(0, OrientationBins).Select(i => (weight * bin.eq(i)).sum() / total)]);
    }

    private static Tensor Correlation(Tensor a, Tensor b)
    {
        var (x, y) = (a - a.mean([2, 3], keepdim: true), b - b.mean([2, 3], keepdim: true));
        return (x * y).mean([2, 3]) / ((x.square().mean([2, 3]) * y.square().mean([2, 3])).sqrt() + 1e-8);
    }
}
