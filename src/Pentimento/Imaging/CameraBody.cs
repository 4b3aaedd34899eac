using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// A digital camera, from photons to the picture: the sensor behind its colour mosaic, demosaicing, white balance, colour matrix,
/// smoothing, tone curve, sharpening, and colours at half the resolution. Its numbers are drawn from what real cameras have.
/// </summary>
internal sealed class CameraBody
{
    private const double Gamma = 2.2, RowNoise = 0.15; // of the standard deviation of reading out
    private const double Bilinear = 0.4, Curved = 0.5, Halved = 0.5; // shares of the cameras
    private readonly double _shot, _smooth, _sharpen, _sharpBlur, _exposure, _red, _blue;
    private readonly bool _isBilinear, _isCurved, _isHalved;
    private readonly double[,] _matrix; // from the camera's colours to sRGB's, linear

    private CameraBody(double shot, double smooth, double sharpen, float[] draw, double normal)
    {
        (_shot, _smooth, _sharpen) = (shot, smooth, sharpen);
        ReadNoise = Math.Exp((2.18 * Math.Log(shot) + 1.2 + 0.26 * normal) / 2);
        (_red, _blue) = (Between(draw[0], 1.6, 2.4), Between(draw[1], 1.3, 2.1));
        _exposure = Between(draw[2], 0.6, 1);
        (_isBilinear, _isCurved, _isHalved) = (draw[3] < Bilinear, draw[4] < Curved, draw[5] < Halved);
        _sharpBlur = Between(draw[6], 0.6, 1.3);
        _matrix = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            // What a colour filter sees of the other colours is taken off; white stays white.
            var (excess, share) = (Between(draw[7 + row], 0.3, 0.9), Between(draw[10 + row], 0.25, 0.9));
            var near = row == 1 ? 0 : 1; // green lies between the two others
            var far = 3 - row - near;
            (_matrix[row, row], _matrix[row, near], _matrix[row, far]) = (1 + excess, -excess * share, -excess * (1 - share));
        }
    }

    /// <summary>A camera.</summary>
    /// <param name="generator">Where its numbers come from.</param>
    /// <param name="shot">The variance of photon noise at white.</param>
    /// <param name="smooth">0 to 1.</param>
    /// <param name="sharpen">The share of fine detail that is added.</param>
    public static CameraBody Draw(Generator generator, double shot, double smooth, double sharpen)
    {
        using var draws = rand(13, generator: generator);
        using var normal = randn(1, generator: generator);
        return new(shot, smooth, sharpen, [.. draws.data<float>()], normal.item<float>());
    }

    /// <summary>What noise does to the picture of a scene.</summary>
    /// <param name="scene">(1, 3, H, W), float32, [0, 1], sRGB, without noise.</param>
    /// <param name="generator">Where the noise comes from.</param>
    /// <returns>(1, 3, H, W): the picture with noise less that without; the caller's dispose scope owns it.</returns>
    public Tensor NoiseOf(Tensor scene, Generator generator)
    {
        var light = Sensed(scene);
        var pictures = Developed(Demosaicing.Of(cat([Read(light, generator), light]), _isBilinear));
        return pictures.narrow(0, 0, 1) - pictures.narrow(0, 1, 1);
    }

    /// <summary>
    /// What a sensor reads out: photons counted, with noise that grows with the light, and noise of reading them, of which rows have a
    /// little in common. What is above white is cut off, what is below black is kept.
    /// </summary>
    /// <param name="light">(N, 1, H, W), 0 to 1.</param>
    /// <param name="generator">Where the noise comes from.</param>
    internal Tensor Read(Tensor light, Generator generator)
    {
        var counted = poisson(light / _shot, generator.On(light.device)) * _shot;
        var pixels = empty_like(light).normal_(0, ReadNoise, generator.On(light.device));
        var rows = empty([light.shape[0], 1, light.shape[2], 1], device: light.device)
            .normal_(0, RowNoise * ReadNoise, generator.On(light.device));
        return (counted + pixels + rows).clamp_max(1);
    }

    /// <summary>The standard deviation of reading out.</summary>
    internal double ReadNoise { get; }

    /// <summary>A scene as the sensor sees it through its mosaic: (1, 1, H, W), linear.</summary>
    private Tensor Sensed(Tensor scene)
    {
        // The inverse of 3x² − 2x³.
        var toned = _isCurved ? 0.5 - (scene.mul(-2).add(1).clamp(-1, 1).asin() / 3).sin() : scene;
        var linear = toned.clamp_min(0).pow(Gamma);
        var colours = Mixed(linear, Inverse(_matrix)).clamp_(0, 1);
        var sensed = colours * Gains(colours, -1) * _exposure;
        return Demosaicing.Mosaic(sensed);
    }

    /// <summary>(N, 3, H, W) of the camera's colours as a picture.</summary>
    private Tensor Developed(Tensor sensed)
    {
        var linear = Mixed((sensed * Gains(sensed, 1)).div_(_exposure), _matrix).clamp_(0, 1);
        var picture = linear.pow(1 / Gamma);
        if (_isCurved) picture = picture.square() * (picture.mul(-2).add(3));
        var brightness = picture.mean([1], keepdim: true);
        var colour = picture - brightness;
        if (_smooth > 0)
        {
            var blurred = Blurred(brightness, 1);
            var fine = brightness - blurred;
            var noise = (fine.narrow(0, 0, 1) - fine.narrow(0, 1, 1)).square().mean().mul(9 * _smooth * _smooth); // a bound, squared
            brightness = blurred + fine * (fine.square() / (fine.square() + noise + 1e-12));
            colour = Blurred(colour, 3 * _smooth);
        }
        if (_sharpen > 0) brightness = brightness + (brightness - Blurred(brightness, _sharpBlur)) * _sharpen;
        if (_isHalved && Math.Min(colour.shape[2], colour.shape[3]) > 1)
            colour = nn.functional.interpolate(
                nn.functional.avg_pool2d(colour, [2, 2], ceil_mode: true, count_include_pad: false), [colour.shape[2], colour.shape[3]],
                mode: InterpolationMode.Bilinear, align_corners: false);
        return (brightness + colour).clamp(0, 1);
    }

    private static double Between(double draw, double from, double to) => from + draw * (to - from);

    private Tensor Gains(Tensor like, int power) =>
        tensor(new[] { (float)Math.Pow(_red, power), 1, (float)Math.Pow(_blue, power) }, [1, 3, 1, 1], device: like.device);

    private static Tensor Mixed(Tensor colours, double[,] matrix) =>
        nn.functional.conv2d(colours, tensor(matrix, ScalarType.Float32, colours.device).view(3, 3, 1, 1));

    private static double[,] Inverse(double[,] matrix)
    {
        using var given = tensor(matrix);
        using var inverse = linalg.inv(given);
        var values = inverse.data<double>();
        var result = new double[3, 3];
        for (var i = 0; i < 9; i++) result[i / 3, i % 3] = values[i];
        return result;
    }

    /// <summary>Under a Gaussian blur; the border is repeated.</summary>
    private static Tensor Blurred(Tensor images, double sigma)
    {
        if (sigma < 0.2) return images;
        var radius = (int)Math.Ceiling(2.5 * sigma);
        var kernel = arange(-radius, radius + 1, ScalarType.Float32, images.device).square().mul(-0.5 / (sigma * sigma)).exp();
        kernel = kernel / kernel.sum();
        var planes = images.reshape(-1, 1, images.shape[2], images.shape[3]);
        planes = nn.functional.pad(planes, [radius, radius, radius, radius], TorchSharp.PaddingModes.Replicate);
        planes = nn.functional.conv2d(planes, kernel.view(1, 1, 1, -1));
        return nn.functional.conv2d(planes, kernel.view(1, 1, -1, 1)).view(images.shape);
    }
}
