using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>What detectors take from a backbone.</summary>
internal static class BackboneFeatures
{
    private const int DeepStride = 16;
    private const int DeepSide = 64; // on less the deeper stages have hardly a place

    /// <summary>
    /// What <see cref="Means"/> gives, for <see cref="AnomalyDetector.FeatureKind"/>; another number whenever it changes.
    /// </summary>
    public const string MeansKind = "means of the stages, 1";

    /// <summary>The stages' features of one image.</summary>
    /// <param name="backbone">On any device.</param>
    /// <param name="image">(1, C, H, W) in [0, 1], on the CPU; smaller ones than the backbone takes are enlarged. Not disposed.</param>
    /// <param name="shortestSide">Images with a shorter side are enlarged to it.</param>
    /// <returns>(1, channels, rows, columns) a stage, on the CPU; the caller's dispose scope owns them.</returns>
    public static Tensor[] Stages(Backbone backbone, Tensor image, int shortestSide = Backbone.ShortestSide)
    {
        using var noGradient = no_grad();
        var (height, width) = (image.shape[2], image.shape[3]);
        if (Math.Min(height, width) < shortestSide)
        {
            var times = (double)shortestSide / Math.Min(height, width);
            image = nn.functional.interpolate(
                image, [(long)Math.Ceiling(height * times), (long)Math.Ceiling(width * times)], mode: InterpolationMode.Bilinear,
                align_corners: false);
        }
        var device = backbone.parameters().Concat(backbone.buffers()).First().device;
        return [.. backbone.forward(image.to(device)).Select(stage => stage.cpu())];
    }

    /// <summary>
    /// The mean of every feature of every stage over the picture and over the same enlarged by half: its square root, which keeps the
    /// sign, so that a few strong features do not decide alone.
    /// </summary>
    /// <param name="backbones">One or more, whose values stand one after the other.</param>
    /// <param name="image">As for <see cref="Stages"/>.</param>
    /// <returns>(all channels), float32; the caller's dispose scope owns it.</returns>
    public static Tensor Means(IReadOnlyList<Backbone> backbones, Tensor image)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var views = Views(image).Select(view => cat([.. backbones.SelectMany(
            backbone => Stages(backbone, view).Select(stage => stage.mean([0, 2, 3])))])).ToArray();
        var means = stack(views).mean([0]);
        return (means.sign() * means.abs().sqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mean of every feature of the deeper stages, 16 pixels or more between places, on a logarithmic scale that keeps the sign. The
    /// last stage is left out: it knows most of ImageNet's classes and least of others.
    /// </summary>
    /// <returns>(channels), float32; the caller's dispose scope owns it.</returns>
    public static Tensor DeepMeans(Backbone backbone, Tensor image)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var stages = Stages(backbone, image, DeepSide);
        var values = cat([.. DeepStages(backbone).Select(i => stages[i].mean([0, 2, 3]))]);
        return (values.sign() * values.abs().log1p()).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses a backbone that has no features for <see cref="DeepMeans"/>.</summary>
    /// <exception cref="ArgumentException">It has too few stages.</exception>
    public static DetectorSetup CheckDeep(DetectorSetup setup) => setup.Backbone is not { } backbone || DeepStages(backbone).Any() ? setup
        : throw new ArgumentException(
            $"The backbone '{backbone.RegisteredName}' has no stage between its first ones and its last, whose means the detector takes.");

    private static IEnumerable<int> DeepStages(Backbone backbone)
    {
        var deepest = backbone.Stages.Max(stage => stage.Stride);
        return Enumerable.Range(0, backbone.Stages.Count - 1)
            .Where(i => backbone.Stages[i].Stride >= Math.Min(DeepStride, deepest));
    }

    /// <summary>
    /// Of <see cref="Means"/>, those of the first backbone: more kinds of features help only where examples of others say which of them
    /// matter.
    /// </summary>
    /// <returns>A view, which the caller's dispose scope owns.</returns>
    public static Tensor OfFirst(IReadOnlyList<Backbone> backbones, Tensor means) =>
        means.narrow(-1, 0, Math.Min(means.shape[^1], backbones[0].Stages.Sum(stage => stage.Channels)));

    /// <summary>The picture, and enlarged: the stages know strokes of their own sizes only.</summary>
    private static IEnumerable<Tensor> Views(Tensor image)
    {
        yield return image;
        yield return nn.functional.interpolate(
            image, [image.shape[2] * 3 / 2, image.shape[3] * 3 / 2], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}
