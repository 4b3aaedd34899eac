using Pentimento.Data;
using Pentimento.Models;

namespace Pentimento.Experiments;

/// <summary>
/// Batch size and epochs that suit a set of images. The reference experiments take 100 images of 28×28 or 32 of 256×256 a step,
/// and 400 steps or more; a small set goes through more epochs to get there.
/// </summary>
public static class TrainingDefaults
{
    private const int Epochs = 10, LeastSteps = 400, LargeSide = 128, PatchesAStep = 16;

    /// <summary>Steps with patches, whose number in an epoch is known only when the pictures have been read.</summary>
    public const int StepsWithPatches = 2000;

    /// <summary>Images per step.</summary>
    /// <param name="source">The set.</param>
    /// <param name="options">Their size.</param>
    public static int BatchSizeFor(ImageSource source, ExperimentOptions options) =>
        options.PatchSize is not null ? PatchesAStep : SideOf(source, options) >= LargeSide ? 32 : 100;

    /// <summary>Passes over the training images: 10, or more where that would be fewer than 400 steps.</summary>
    /// <param name="source">The set.</param>
    /// <param name="options">Which of its images are trained on.</param>
    /// <param name="batchSize">Images per step.</param>
    /// <param name="steps">The steps that are asked for, or null.</param>
    public static int EpochsFor(ImageSource source, ExperimentOptions options, int batchSize, int? steps = null)
    {
        var stepsAnEpoch = (TrainingImages(source, options) + batchSize - 1) / batchSize;
        return steps is { } asked ? (asked + stepsAnEpoch - 1) / stepsAnEpoch
            : Math.Max(Epochs, (LeastSteps + stepsAnEpoch - 1) / stepsAnEpoch);
    }

    private static int SideOf(ImageSource source, ExperimentOptions options) =>
        options.Size ?? (source.Items.Count > 0 && source.PathOf(0) is not null ? ExperimentData.PictureSide : 0);

    /// <summary>About how many images are left to train on; at least 1.</summary>
    private static int TrainingImages(ImageSource source, ExperimentOptions options)
    {
        var items = options.Task == ModelTask.Detect && options.NormalLabels.Count > 0
            ? source.Items.Where(i => options.NormalLabels.Contains(i.Label)).ToArray() : [.. source.Items];
        var left = Without(items.Length, items.Count(i => i.Split == ImageItem.TestSplit), options.TestFraction);
        left = Without(left, items.Count(i => i.Split == ImageItem.ValidationSplit), options.EffectiveValidationFraction);
        return Math.Max(1, left);
    }

    private static int Without(int count, int declared, double fraction) =>
        count - (declared > 0 ? declared : (int)Math.Round(count * fraction));
}
