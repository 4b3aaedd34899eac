using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// The encoder of a denoiser (<see cref="UNet"/>) as a backbone: to tell noise from picture it has learnt what pictures are made of, from
/// pictures alone, without labels. Its stages are the levels of the network. The shipped blind denoiser is one, trained by this project.
/// </summary>
[Backbone("denoiser", "the encoder of a denoiser of this project, such as the shipped models/blind.pent")]
public sealed class DenoiserBackbone : Backbone
{
    private readonly UNet network;

    /// <summary>An encoder of the shipped denoiser's size, all weights 0.</summary>
    public DenoiserBackbone(InputConvention convention)
        : this(convention, new Dictionary<string, int> { ["width"] = 32, ["levels"] = 4 })
    {
    }

    /// <summary>An encoder of a size, all weights 0.</summary>
    /// <param name="convention">What the weights expect of pixels.</param>
    /// <param name="options">Those of <see cref="UNet"/>.</param>
    /// <exception cref="ArgumentException">An option is unknown or out of range.</exception>
    public DenoiserBackbone(InputConvention convention, IReadOnlyDictionary<string, int> options) : base(convention)
    {
        network = (UNet)Architectures.Create("unet", new ImageShape(3, 64, 64), options);
        using (no_grad())
            foreach (var values in network.parameters()) values.zero_();
        Stages = network.EncoderStages;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Options => network.Options.Values;

    /// <inheritdoc/>
    protected override Tensor[] Compute(Tensor normalised) => network.Encode(normalised);
}
