using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>How an <see cref="InferenceNetwork"/> computes.</summary>
public sealed record InferenceOptions
{
    /// <summary>
    /// The type of activations and convolution kernels, float32 or bfloat16. What comes out is float32. The default value is
    /// float32.
    /// </summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>
    /// Whether activations lie pixel by pixel in memory. The default value is null: by the size of the images
    /// (<see cref="ActivationLayout"/>), and not where folding leaves nothing that gains by it.
    /// </summary>
    public bool? ChannelsLast { get; init; }

    /// <summary>
    /// Whether batch normalisation and chains of convolutions are folded. The default value is true; false runs the network layer
    /// by layer.
    /// </summary>
    public bool Fold { get; init; } = true;
}
