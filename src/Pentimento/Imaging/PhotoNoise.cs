using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// The noise of a digital photograph as it is in the file: what a whole camera (<see cref="CameraBody"/>) makes of the photons and
/// of its own noise. The picture is brought back to what a sensor saw (as in Brooks et al., 2019; arXiv:1811.11127), is photographed
/// twice, with noise and without, and the difference is added to it: so the picture itself keeps its sharpness and its tones.
/// Each image gets a camera of its own: matrix, white balance, tone curve, demosaicing, 4:2:0. JPEG comes on top, as in
/// "photo(0.0001-0.012,0-1,0-1.5,0.6-1.6) + jpeg(60-97)".
/// </summary>
/// <param name="Shot">
/// The variance of the photon noise at white, 1 over the photons that are counted there; it doubles with the ISO. A full-frame camera has
/// about 0.00002 at ISO 100 and 0.001 at ISO 6400, a telephone 0.0003 at ISO 100 and 0.012 at ISO 3200. Ranges are drawn by ratio. The
/// noise of reading out goes with it, as Brooks et al. found it in real cameras: ln read² = 2.18 ln shot + 1.2 ± 0.26.
/// </param>
/// <param name="Smooth">
/// How much the camera smooths by itself, 0 to 1: fine detail up to three times the noise gets weaker, and colours are blurred by up to 3
/// pixels.
/// </param>
/// <param name="Sharpen">The share of fine detail that the camera adds to brightness, 0 to 3.</param>
/// <param name="Scale">
/// By how much the photograph was enlarged afterwards, 0.25 to 4; below 1 it was made smaller, which makes noise finer and weaker.
/// </param>
public sealed record PhotoNoise(LevelRange Shot, LevelRange Smooth, LevelRange Sharpen, LevelRange Scale) : Noise
{
    internal const string Name = "photo";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults =>
    [
        .. Check("photon noise at white", Shot, 1e-7, 1), .. Check("smoothing", Smooth, 0, 1, mayBeNone: true),
        .. Check("sharpening", Sharpen, 0, 3, mayBeNone: true), .. Check("scale", Scale, 0.25, 4),
    ];

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, false, Shot, Smooth, Sharpen, Scale);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        if (images.shape[1] is not (1 or 3))
            throw new ArgumentException($"Images of {images.shape[1]} channels are no photographs; they have 1 (grey) or 3 (colour).");
        using var scope = NewDisposeScope();
        float[] Each(LevelRange range, bool logarithmic = false) =>
            [.. range.Draw(images, generator, logarithmic).view(-1).cpu().data<float>()];
        var (shot, smooth, sharpen, scale) = (Each(Shot, logarithmic: true), Each(Smooth), Each(Sharpen), Each(Scale));
        var result = empty_like(images);
        for (var i = 0; i < images.shape[0]; i++)
        {
            using var own = NewDisposeScope();
            var camera = CameraBody.Draw(generator, shot[i], smooth[i], sharpen[i]);
            result[i].copy_(Of(images[i], camera, scale[i], generator));
        }
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>One photograph, (C, H, W).</summary>
    private static Tensor Of(Tensor image, CameraBody camera, double scale, Generator generator)
    {
        long channels = image.shape[0], height = image.shape[1], width = image.shape[2];
        long[] taken = [Math.Max(8, (long)Math.Round(height / scale)), Math.Max(8, (long)Math.Round(width / scale))];
        var scene = image.clamp(0, 1).expand(3, -1, -1).unsqueeze(0);
        var noise = camera.NoiseOf(Scaled(scene, taken), generator);
        noise = Scaled(noise, [height, width]).squeeze(0);
        if (channels == 1) noise = noise.mean([0], keepdim: true);
        return (image + noise).clamp_(0, 1);
    }

    private static Tensor Scaled(Tensor images, long[] size)
    {
        if (images.shape[2] == size[0] && images.shape[3] == size[1]) return images;
        var smaller = size[0] < images.shape[2];
        return nn.functional.interpolate(images, size, mode: smaller ? InterpolationMode.Area : InterpolationMode.Bilinear,
            align_corners: smaller ? null : false);
    }
}
