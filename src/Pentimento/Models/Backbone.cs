using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>What a published network expects of the pixels that it is shown.</summary>
public enum InputConvention
{
    /// <summary>RGB, ((x − mean) / deviation) with ImageNet's values: PyTorch's torchvision.</summary>
    Torchvision,

    /// <summary>BGR on the 0–255 scale less (104, 117, 123): Caffe.</summary>
    Caffe,

    /// <summary>RGB, 2x − 1, and the border padded as TensorFlow does: TensorFlow's slim models.</summary>
    TensorFlow,

    /// <summary>RGB as it is, in [0, 1]: networks of this project.</summary>
    Plain,
}

/// <summary>One place of a <see cref="Backbone"/> where features are taken.</summary>
/// <param name="Name">As in the publication.</param>
/// <param name="Channels">Features a position.</param>
/// <param name="Stride">Pixels of the image from one position to the next.</param>
public sealed record BackboneStage(string Name, int Channels, int Stride);

/// <summary>
/// A network that was trained elsewhere, on other images, and is kept as it is: what its stages say of an image are features
/// that detectors work on. It gives no image back, so it is no <see cref="Network"/> and no model's architecture; a detector has one.
/// Subclasses carry a <see cref="BackboneAttribute"/> and a constructor (<see cref="InputConvention"/>), and are registered by
/// being there (<see cref="Backbones"/>).
/// </summary>
public abstract class Backbone : nn.Module<Tensor, Tensor[]>
{
    private static readonly float[] s_mean = [0.485f, 0.456f, 0.406f], s_deviation = [0.229f, 0.224f, 0.225f];
    private static readonly float[] s_caffeMean = [104 / 255f, 117 / 255f, 123 / 255f]; // of blue, green, red

    /// <summary>Keeps what the weights expect.</summary>
    protected Backbone(InputConvention convention) : base("backbone")
    {
        NativeHeap.KeepFreedBlocks();
        Convention = convention;
    }

    /// <summary>The name under which it is registered.</summary>
    public string RegisteredName => Backbones.NameOf(GetType());

    /// <summary>What its weights expect of pixels.</summary>
    public InputConvention Convention { get; }

    /// <summary>Where features are taken, from the image on.</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>What else its size depends on, by name; empty where it has one size.</summary>
    public virtual IReadOnlyDictionary<string, int> Options => new Dictionary<string, int>();

    /// <summary>The shortest side that an image may have.</summary>
    public const int ShortestSide = 32;

    /// <summary>The features of images at every stage.</summary>
    /// <param name="images">(N, 3, H, W), float32 RGB in [0, 1], <see cref="ShortestSide"/> or more a side; grey ones
    /// (N, 1, H, W) count as RGB of equal channels. Not disposed.</param>
    /// <returns>One (N, channels, rows, columns) a stage, float32; the caller's dispose scope owns them.</returns>
    /// <exception cref="ArgumentException">The images have another shape.</exception>
    public sealed override Tensor[] forward(Tensor images)
    {
        if (images.dim() != 4 || images.shape[1] is not (1 or 3) || images.shape[2] < ShortestSide
            || images.shape[3] < ShortestSide)
            throw new ArgumentException(
                $"A backbone takes (N, 3, H, W) of {ShortestSide} pixels or more a side, not ({string.Join(", ", images.shape)}).");
        var colour = images.shape[1] == 3 ? images : images.expand(-1, 3, -1, -1);
        return Compute(Normalise(colour));
    }

    /// <summary>Runs the network.</summary>
    /// <param name="normalised">(N, 3, H, W) as the <see cref="Convention"/> has it.</param>
    /// <returns>One tensor for each of <see cref="Stages"/>.</returns>
    protected abstract Tensor[] Compute(Tensor normalised);

    /// <summary>Copies weights in, by the names of its own state.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape; the message names it.</exception>
    internal void CopyWeights(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var noGradient = no_grad();
        foreach (var (name, own) in state_dict())
        {
            if (!tensors.TryGetValue(name, out var given))
                throw new InvalidDataException($"the backbone {RegisteredName} needs the weights '{name}', which are missing");
            if (!given.shape.SequenceEqual(own.shape))
                throw new InvalidDataException(
                    $"the weights '{name}' of the backbone {RegisteredName} have the shape " +
                    $"({string.Join(", ", given.shape)}), not ({string.Join(", ", own.shape)})");
            own.copy_(given);
        }
    }

    private Tensor Normalise(Tensor colour)
    {
        var device = colour.device;
        Tensor Values(float[] values) => tensor(values, device: device).reshape(1, 3, 1, 1);
        return Convention switch
        {
            InputConvention.Caffe => (colour.flip(1) - Values(s_caffeMean)) * 255,
            InputConvention.TensorFlow => colour * 2 - 1,
            InputConvention.Plain => colour,
            _ => (colour - Values(s_mean)) / Values(s_deviation),
        };
    }
}
