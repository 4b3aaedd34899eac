using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Wavelet, colour, gradient and brush-stroke statistics of a picture, and their shrunk Mahalanobis distance from those of
/// normal pictures. Needs no trained weights.
/// </summary>
[Detector("descriptors", "wavelet, colour, gradient and brush-stroke statistics; shrunk Mahalanobis distance; no weights")]
public sealed class DescriptorDetector(DetectorSetup setup) : GaussianDetector(setup)
{
    /// <inheritdoc/>
    public override Tensor Extract(Tensor image)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return ImageDescriptors.Of(image).MoveToOuterDisposeScope();
    }
}
