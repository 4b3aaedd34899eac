using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>What detectors take from a backbone.</summary>
internal static class BackboneFeatures
{
    private const int DeepStride = 16;
    private const int ShortestSide = 64; // of what a backbone is shown: on less its deeper stages have hardly a place

    /// <summary>What <see cref="Statistics"/> gives, for <see cref="AnomalyDetector.FeatureKind"/>.</summary>
    public const string StatisticsKind = "statistics of the stages";

    /// <summary>The stages' features of one image.</summary>
    /// <param name="backbone">On any device.</param>
    /// <param name="image">(1, C, H, W) in [0, 1], on the CPU; those with a side below 64 pixels are enlarged. Not disposed.</param>
    /// <returns>(1, channels, rows, columns) a stage, on the CPU; the caller's dispose scope owns them.</returns>
    public static Tensor[] Stages(Backbone backbone, Tensor image)
    {
        using var noGradient = no_grad();
        var (height, width) = (image.shape[2], image.shape[3]);
        if (Math.Min(height, width) < ShortestSide)
        {
            var times = (double)ShortestSide / Math.Min(height, width);
            image = nn.functional.interpolate(
                image, [(long)Math.Ceiling(height * times), (long)Math.Ceiling(width * times)], mode: InterpolationMode.Bilinear,
                align_corners: false);
        }
        var device = backbone.parameters().Concat(backbone.buffers()).First().device;
        return [.. backbone.forward(image.to(device)).Select(stage => stage.cpu())];
    }

    /// <summary>
    /// Mean and deviation of every feature of every stage, on a logarithmic scale that keeps the sign, averaged over the picture, its
    /// mirror image and five parts of 5/8 of its sides.
    /// </summary>
    /// <returns>(2 × all channels), float32; the caller's dispose scope owns it.</returns>
    /// <param name="backbones">One or more, whose values stand one after the other.</param>
    /// <param name="image">As for <see cref="Stages"/>.</param>
    public static Tensor Statistics(IReadOnlyList<Backbone> backbones, Tensor image)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var views = Views(image).Select(view => cat([.. backbones.Select(backbone => OfView(backbone, view))])).ToArray();
        return stack(views).mean([0]).MoveToOuterDisposeScope();
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
        var deepest = backbone.Stages.Max(stage => stage.Stride);
        var values = cat([.. Stages(backbone, image).SkipLast(1)
            .Where((_, i) => backbone.Stages[i].Stride >= Math.Min(DeepStride, deepest)).Select(stage => stage.mean([0, 2, 3]))]);
        return (values.sign() * values.abs().log1p()).MoveToOuterDisposeScope();
    }

    private static Tensor OfView(Backbone backbone, Tensor view)
    {
        using var scope = NewDisposeScope();
        var values = cat([.. Stages(backbone, view).SelectMany(stage => new[]
        {
            stage.mean([0, 2, 3]), stage.var([0, 2, 3], unbiased: false).sqrt(),
        })]);
        return (values.sign() * values.abs().log1p()).MoveToOuterDisposeScope();
    }

    private static IEnumerable<Tensor> Views(Tensor image)
    {
        yield return image;
        yield return image.flip(3);
        var (height, width) = (image.shape[2], image.shape[3]);
        var (rows, columns) = (height * 5 / 8, width * 5 / 8);
        if (Math.Min(rows, columns) < 2 * Backbone.ShortestSide) yield break;
        foreach (var (top, left) in new[]
        {
            (0L, 0L), (0, width - columns), (height - rows, 0), (height - rows, width - columns),
            ((height - rows) / 2, (width - columns) / 2),
        })
            yield return image.narrow(2, top, rows).narrow(3, left, columns).contiguous();
    }
}
