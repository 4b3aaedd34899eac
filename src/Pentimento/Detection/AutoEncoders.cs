using Pentimento.Imaging;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>A convolutional auto-encoder with a small code; the score is the mean squared error of the pixels.</summary>
[Detector("autoencoder", "a convolutional auto-encoder with a small code: squared error of the pixels; shows where", Trains = true)]
public sealed class BottleneckDetector(DetectorSetup setup) : AutoEncoderDetector(setup, new("bottleneck"));

/// <summary>
/// A variational auto-encoder; the score is its loss, the squared error and how unusual the code is (a bound on the likelihood).
/// </summary>
[Detector("variational-autoencoder", "a variational auto-encoder: squared error and divergence of the code; shows where",
    Trains = true)]
public sealed class VariationalDetector(DetectorSetup setup) : AutoEncoderDetector(setup, new("variational"));

/// <summary>
/// A U-Net that takes noise from normal images, at many levels; the score is what is left wrong after it has cleaned noisy copies of
/// an image. The noise on a judged image is always the same, so that scores are.
/// </summary>
[Detector("denoising-autoencoder", "a denoiser of normal images: what it gets wrong of noisy copies of an image; shows where",
    Trains = true)]
public sealed class DenoisingDetector(DetectorSetup setup) : AutoEncoderDetector(setup, new("unet")
{
    Options = new Dictionary<string, int> { ["width"] = 16, ["middle"] = 1 },
    Training = s_training with { Noise = new GaussianNoise(new LevelRange(0.2, 0.8), Clip: false) },
    Corruption = new GaussianNoise(new LevelRange(0.5, 0.5), Clip: false),
    Draws = 4,
})
{
    private static readonly TrainingOptions s_training = new AutoEncoderRecipe("unet").Training;
}

/// <summary>
/// A convolutional auto-encoder trained for squared error and structural similarity, and judged by both at three scales, each in
/// standard deviations of what is usual at its place; the strangest place decides. Bergmann et al., 2019 (arXiv:1807.02011).
/// </summary>
[Detector("multi-scale-autoencoder",
    "an auto-encoder with SSIM: squared error and structure at three scales, the strangest place; shows where", Trains = true)]
public sealed class MultiScaleDetector(DetectorSetup setup) : AutoEncoderDetector(setup, new("bottleneck")
{
    Training = new AutoEncoderRecipe("bottleneck").Training with { Loss = new LossWeights(Mse: 1, Ssim: 0.1) },
    Scales = [1, 2, 4],
    Structure = true,
    Standardise = true,
    Pooling = ErrorPooling.Strangest,
});

/// <summary>
/// An auto-encoder of the features of a backbone at each place (Shi, Yang and Qi, 2021; arXiv:2012.07122); the strangest place
/// decides.
/// </summary>
[Detector("features-autoencoder", "an auto-encoder of a backbone's features at every place; shows where", NeedsBackbone = true,
    Trains = true)]
public sealed class PatchFeatureAutoEncoder(DetectorSetup setup) : AutoEncoderDetector(PatchFeatures.Check(setup), new("pointwise")
{
    Standardise = true,
    Pooling = ErrorPooling.Strangest,
})
{
    /// <inheritdoc/>
    private protected override bool NormalisesChannels => true;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => PatchFeatures.Of(Setup.Backbone!, image);
}

/// <summary>
/// An auto-encoder of one vector: the means of a backbone's deeper features over the picture. Errors count in what is usual for each
/// value, so that those that the network cannot give back say little.
/// </summary>
[Detector("statistics-autoencoder", "an auto-encoder of the means of a backbone's features over the picture", NeedsBackbone = true,
    Trains = true)]
public sealed class FeatureMeanAutoEncoder(DetectorSetup setup) : AutoEncoderDetector(BackboneFeatures.CheckDeep(setup), new("pointwise")
{
    Steps = 600,
    Training = new AutoEncoderRecipe("pointwise").Training with { BatchSize = 64 },
    Standardise = true,
    HasPlaces = false,
})
{
    /// <inheritdoc/>
    private protected override bool NormalisesChannels => true;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image)
    {
        using var scope = NewDisposeScope();
        return BackboneFeatures.DeepMeans(Setup.Backbone!, image).reshape(-1, 1, 1).MoveToOuterDisposeScope();
    }
}
