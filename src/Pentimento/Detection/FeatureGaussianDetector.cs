using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Mean and deviation of every feature of every stage of a backbone over the picture and its parts, and their shrunk Mahalanobis
/// distance from those of normal pictures: how a picture is made more than where in it something is.
/// </summary>
[Detector("features-gaussian", "mean and deviation of a backbone's features; shrunk Mahalanobis distance", NeedsBackbone = true)]
public sealed class FeatureGaussianDetector(DetectorSetup setup) : GaussianDetector(setup)
{
    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.StatisticsKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Statistics(Setup.Backbones, image);
}
