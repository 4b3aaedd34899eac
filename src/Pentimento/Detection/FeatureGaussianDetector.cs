using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// The mean of every feature of every stage of a backbone over the picture at two sizes, and their shrunk Mahalanobis
/// distance from those of normal pictures: how a picture is made more than where in it something is.
/// </summary>
[Detector("features-gaussian", "means of a backbone's features; shrunk Mahalanobis distance", NeedsBackbone = true)]
public sealed class FeatureGaussianDetector(DetectorSetup setup) : GaussianDetector(setup)
{
    /// <inheritdoc/>
    protected internal override string FeatureKind => BackboneFeatures.MeansKind;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => BackboneFeatures.Means(Setup.Backbones, image);

    /// <inheritdoc/>
    protected override Tensor Part(Tensor features) => BackboneFeatures.OfFirst(Setup.Backbones, features);
}
