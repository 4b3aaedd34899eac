using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A network that takes images and gives images of the same shape: (N, C, H, W), [0, 1] in, about [0, 1] out.
/// Subclasses carry an <see cref="ArchitectureAttribute"/> and a constructor (<see cref="ImageShape"/>,
/// <see cref="ArchitectureOptions"/>); that is all it takes to register one.
/// </summary>
public abstract class Network : nn.Module<Tensor, Tensor>
{
    /// <summary>Keeps the shape and the options that the network was made with.</summary>
    protected Network(ImageShape input, ArchitectureOptions options) : base("network")
    {
        NativeHeap.KeepFreedBlocks();
        (Input, Options) = (input, options);
    }

    /// <summary>The shape of the images it was made for.</summary>
    public ImageShape Input { get; }

    /// <summary>The options that it was made with, defaults filled in.</summary>
    public ArchitectureOptions Options { get; }

    /// <summary>The name under which its architecture is registered.</summary>
    public string Architecture => Architectures.NameOf(GetType());

    /// <summary>True where images of any height and width may come in (no fully connected layer).</summary>
    public abstract bool AnySize { get; }

    /// <summary>
    /// How far, in pixels, an input pixel reaches in the output, or null where every pixel reaches everywhere.
    /// Tiles that overlap by twice as much give what the whole image gives.
    /// </summary>
    public abstract int? Reach { get; }

    /// <summary>
    /// Tiles of a picture give what the whole picture gives only where they start at multiples of this in height and width: the
    /// side of the squares of pixels that the network takes together. The default value is 1.
    /// </summary>
    public virtual int Alignment => 1;

    /// <summary>Whether it uses the noise level that it is told; else it is blind.</summary>
    public bool TakesNoiseLevel => NoiseLevels > 0;

    /// <summary>
    /// How many noise levels it uses: 0 where it is blind, 1 for one of all channels, 2 for those of brightness and of colour
    /// (<see cref="Metrics.NoiseStrength"/>). The default value is 0.
    /// </summary>
    public virtual int NoiseLevels => 0;

    /// <summary>
    /// The layers, where the network is nothing but these one after another on flattened images; null where it is anything else.
    /// </summary>
    internal virtual IReadOnlyList<Layer>? Layers => null;

    /// <summary>Runs the network on images of known noise.</summary>
    /// <param name="input">(N, C, H, W), float32 or bfloat16.</param>
    /// <param name="sigma">
    /// (N) or (1), float32: the noise's standard deviation on the [0, 1] scale. Networks of two <see cref="NoiseLevels"/> take
    /// (N, 2) or (1, 2) too, and maps (N, 2, H, W) of what it is at each pixel. Null has networks that
    /// <see cref="TakesNoiseLevel"/> estimate it, for white noise. Others take no notice of it.
    /// </param>
    /// <returns>A tensor of the input's shape and type; the caller's dispose scope owns it.</returns>
    public virtual Tensor forward(Tensor input, Tensor? sigma) => forward(input);

    /// <summary>Draws all starting weights from one seed, in the order of the layers.</summary>
    public void Initialise(int seed)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var layer in modules().OfType<Layer>()) layer.Initialise(generator);
    }

    /// <summary>Copies weights and statistics in, by state-dict name.</summary>
    /// <param name="tensors">Exactly the network's own names and shapes, of any type; not disposed.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape; the message names it.</exception>
    public void LoadWeights(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var noGradient = no_grad();
        var own = state_dict();
        if (tensors.Keys.FirstOrDefault(name => !own.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException($"the network {Architecture} has no weights '{unknown}'");
        foreach (var (name, tensor) in own)
        {
            if (!tensors.TryGetValue(name, out var given)) throw new InvalidDataException($"the weights '{name}' are missing");
            if (!given.shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException(
                    $"the weights '{name}' have the shape ({string.Join(", ", given.shape)}), " +
                    $"not ({string.Join(", ", tensor.shape)})");
        }
        foreach (var (name, tensor) in own) tensor.copy_(tensors[name]);
    }

    /// <summary>Whether a network of this kind that has more of an option can take over the weights of one that has less.</summary>
    /// <param name="option">The option's name.</param>
    internal virtual bool CanGrow(string option) => false;

    /// <summary>Copies the weights of a network in that is as large or smaller (<see cref="CanGrow"/>) and computes what it does.</summary>
    /// <param name="tensors">Its own names and shapes; not disposed.</param>
    /// <exception cref="InvalidDataException">As <see cref="LoadWeights"/>.</exception>
    internal virtual void GrowFrom(IReadOnlyDictionary<string, Tensor> tensors) => LoadWeights(tensors);

    /// <summary>The number of trainable values.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());
}
