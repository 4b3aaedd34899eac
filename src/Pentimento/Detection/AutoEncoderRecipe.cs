using Pentimento.Imaging;
using Pentimento.Training;

namespace Pentimento.Detection;

/// <summary>How an <see cref="AutoEncoderDetector"/> makes one score of a map of errors.</summary>
public enum ErrorPooling
{
    /// <summary>The mean over all places: for images that are strange as a whole.</summary>
    Mean,

    /// <summary>The largest value of the map, blurred, all errors together: for images in which one place is strange.</summary>
    Strangest,
}

/// <summary>What an <see cref="AutoEncoderDetector"/> trains, and how it judges what comes back.</summary>
/// <param name="Architecture">The network, by name.</param>
internal sealed record AutoEncoderRecipe(string Architecture)
{
    /// <summary>The network's options; what is not given takes its default.</summary>
    public IReadOnlyDictionary<string, int> Options { get; init; } = new Dictionary<string, int>();

    /// <summary>Steps of the training. The default value is 1500.</summary>
    public int Steps { get; init; } = 1500;

    /// <summary>The training, but for its length and its seed.</summary>
    public TrainingOptions Training { get; init; } = new()
    {
        BatchSize = 32,
        Schedule = LearningRateSchedule.OneCycle,
        LearningRate = 2e-3,
        ChannelsLast = false, // nothing may depend on what is faster on a machine
    };

    /// <summary>Noise on the input when an image is judged; null judges it as it is. The default value is null.</summary>
    public Noise? Corruption { get; init; }

    /// <summary>From how many noisy copies an image is reconstructed; their errors are averaged. The default value is 1.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>
    /// The sides of the squares of pixels that are averaged before images are compared, in pixels. The default is 1: the pixels
    /// themselves.
    /// </summary>
    public IReadOnlyList<int> Scales { get; init; } = [1];

    /// <summary>Whether 1 − SSIM is judged beside the squared error, at every scale. The default value is false.</summary>
    public bool Structure { get; init; }

    /// <summary>
    /// Whether errors count in standard deviations from what is usual at their place among the normal images. The default value is
    /// false: as they are.
    /// </summary>
    public bool Standardise { get; init; }

    /// <summary>
    /// Whether what the network sees has places, so that there is a map of errors; else each value stands for itself. The default value
    /// is true.
    /// </summary>
    public bool HasPlaces { get; init; } = true;

    /// <summary>What becomes of the map. The default value is <see cref="ErrorPooling.Mean"/>.</summary>
    public ErrorPooling Pooling { get; init; }
}
