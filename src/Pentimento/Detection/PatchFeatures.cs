using Pentimento.Models;
using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// A vector for every place of an image: the features of the last stages of a backbone with 8 and 16 pixels between places, each
/// averaged with its neighbours (3×3) and brought to the finer grid (Roth et al., 2022, arXiv:2106.08265, who use the middle
/// stages as well: the first know no objects, the last only those of ImageNet).
/// </summary>
internal static class PatchFeatures
{
    private static readonly int[] s_strides = [8, 16];

    /// <summary>Refuses a backbone that has no features to work on.</summary>
    /// <param name="setup">Of a detector of the places in a picture.</param>
    /// <exception cref="ArgumentException">It has no stages with 8 and with 16 pixels between places.</exception>
    public static DetectorSetup Check(DetectorSetup setup)
    {
        if (setup.Backbone is { } backbone && s_strides.Except(backbone.Stages.Select(stage => stage.Stride)).Any())
            throw new ArgumentException(
                $"The stages of the backbone '{backbone.RegisteredName}' have " +
                $"{string.Join(", ", backbone.Stages.Select(stage => stage.Stride).Distinct().Order())} pixels between places; " +
                $"a detector of the places in a picture needs stages with {string.Join(" and ", s_strides)}.");
        return setup;
    }

    /// <summary>The vectors of one image.</summary>
    /// <param name="backbone">On any device.</param>
    /// <param name="image">(1, C, H, W) in [0, 1], on the CPU; not disposed.</param>
    /// <returns>(channels, rows, columns), float32, on the CPU; the caller's dispose scope owns it.</returns>
    /// <exception cref="ArgumentException">The backbone has no such stages.</exception>
    public static Tensor Of(Backbone backbone, Tensor image)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (s_strides.Any(stride => backbone.Stages.All(stage => stage.Stride != stride)))
            throw new ArgumentException(
                $"The backbone {backbone.RegisteredName} has no stages with {string.Join(" and ", s_strides)} pixels between places, on " +
                $"which this detector works; it has {string.Join(", ", backbone.Stages.Select(stage => stage.Stride).Distinct())}.");
        var stages = BackboneFeatures.Stages(backbone, image);
        var maps = s_strides
            .Select(stride => Enumerable.Range(0, stages.Length).Last(i => backbone.Stages[i].Stride == stride))
            .Select(i => nn.functional.avg_pool2d(stages[i], 3, stride: 1, padding: 1)).ToArray();
        var (rows, columns) = (maps[0].shape[2], maps[0].shape[3]);
        var joined = cat([.. maps.Select(map => map.shape[2] == rows && map.shape[3] == columns ? map
            : nn.functional.interpolate(map, [rows, columns], mode: InterpolationMode.Bilinear, align_corners: false))], 1);
        return joined.squeeze(0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>All places of some images as rows: (places, channels). The caller's dispose scope owns it.</summary>
    public static Tensor Rows(IEnumerable<Tensor> features) => cat([.. features.Select(Rows)]);

    /// <inheritdoc cref="Rows(IEnumerable{Tensor})"/>
    public static Tensor Rows(Tensor features) => features.flatten(1).t().contiguous();

    /// <summary>A value a place as a map of the image: enlarged, then blurred by σ = 4 pixels as in the publications.</summary>
    /// <param name="values">(rows, columns).</param>
    /// <param name="height">Of the image.</param>
    /// <param name="width">Of the image.</param>
    /// <returns>(height, width), float32; the caller's dispose scope owns it.</returns>
    public static Tensor Enlarge(Tensor values, int height, int width)
    {
        using var scope = NewDisposeScope();
        var map = nn.functional.interpolate(
            values.unsqueeze(0).unsqueeze(0), [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
        const int radius = 16;
        const double sigma = 4;
        var kernel = (arange(-radius, radius + 1, ScalarType.Float32).square() / (-2 * sigma * sigma)).exp();
        kernel /= kernel.sum();
        // Divided by what of the kernel lies inside, so that the border is no darker.
        Tensor Blur(Tensor plane) => CheckedConvolution.Of(
            CheckedConvolution.Of(plane, kernel.reshape(1, 1, -1, 1), padding: (radius, 0)), kernel.reshape(1, 1, 1, -1),
            padding: (0, radius));
        return (Blur(map) / Blur(ones_like(map))).squeeze(0).squeeze(0).MoveToOuterDisposeScope();
    }
}
