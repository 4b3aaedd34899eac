using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A trained network as it is evaluated: batch normalisation is folded into convolutions, and chains of convolutions without
/// an activation between them become one where that is less work. Both are done in float64 from the layers that the network
/// calls; layers whose outputs go elsewhere too stay as they are. Results equal the network's to about 1e-6 for images in [0, 1].
/// </summary>
/// <remarks>
/// It keeps its own numbers: what the network learns afterwards is not seen. Of one image in a batch of its own, the answer is
/// always the same to the bit on one machine. Several threads may run it at once.
/// </remarks>
public sealed class InferenceNetwork : IDisposable
{
    private const int LargestProbe = 64;
    private readonly InferenceOptions _options;
    private readonly Dictionary<Layer, ChainStep> _steps = [];
    private readonly List<FoldedConvolution> _convolutions = [];
    private readonly bool _gainsByChannelsLast = true;

    private InferenceNetwork(Network network, InferenceOptions options)
    {
        (Network, _options) = (network, options);
        network.eval();
        Device = network.parameters().First().device;
        if (!options.Fold) return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var convolutions = new Dictionary<Layer, SameConvolution>();
        foreach (var layer in network.modules().OfType<Layer>())
            if (layer.ToConvolution() is { } convolution) convolutions[layer] = convolution;
        using var generator = new Generator(1);
        var image = rand(Probe(network), generator: generator).to(Device);
        foreach (var chain in LayerChains.Of(network, image, convolutions)) Add(chain, convolutions);
        _gainsByChannelsLast = _convolutions.Any(convolution => !convolution.IsBlocked)
            || network.modules().OfType<Layer>().Any(layer => !_steps.ContainsKey(layer) && layer.parameters().Any(IsKernel));
    }

    /// <summary>Prepares a network, which is put in evaluation mode.</summary>
    /// <param name="network">Trained; not disposed, and to be kept as long as what this returns.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The type is neither float32 nor bfloat16.</exception>
    public static InferenceNetwork Of(Network network, InferenceOptions? options = null)
    {
        options ??= new InferenceOptions();
        if (options.Type is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new ArgumentException($"A network runs in float32 or bfloat16, not in {options.Type}.", nameof(options));
        return new InferenceNetwork(network, options);
    }

    /// <summary>The network that it was made from.</summary>
    public Network Network { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>The convolutions that it runs in place of layers, such as "Conv2d(3 → 3, 11×11)".</summary>
    public IReadOnlyList<string> Convolutions => [.. _convolutions.Select(convolution => convolution.Description)];

    /// <summary>Runs the network, without gradients.</summary>
    /// <param name="images">(N, C, H, W), float32 on <see cref="Device"/>, in [0, 1]; not disposed.</param>
    /// <param name="sigma">As for <see cref="Network.forward(Tensor, Tensor?)"/>.</param>
    /// <returns>(N, C, H, W), float32; the caller's dispose scope owns it.</returns>
    public Tensor Run(Tensor images, Tensor? sigma = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = images.to(_options.Type);
        var size = new ImageShape(1, (int)images.shape[2], (int)images.shape[3]);
        var channelsLast = _options.ChannelsLast ?? (_gainsByChannelsLast && ActivationLayout.PrefersChannelsLast(size));
        input = channelsLast ? ActivationLayout.ToChannelsLast(input) : input.contiguous();
        Tensor Forward() => Network.forward(input, sigma);
        var output = (_steps.Count > 0 ? new ChainReplay(_steps).Run(Forward) : null) ?? Forward();
        return output.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var convolution in _convolutions) convolution.Dispose();
    }

    private static bool IsKernel(Tensor parameter) => parameter.dim() == 4;

    // Networks for any size show how their data flows on a small image too.
    private static long[] Probe(Network network)
    {
        var (channels, height, width) = network.Input;
        return network.AnySize
            ? [1, channels, Math.Min(height, LargestProbe), Math.Min(width, LargestProbe)] : [1, channels, height, width];
    }

    private void Add(IReadOnlyList<Layer> chain, Dictionary<Layer, SameConvolution> convolutions)
    {
        var runs = ChainFolding.Runs([.. chain.Select(layer => convolutions[layer])]);
        if (runs is [[{ PerChannel: true }]]) return; // a normalisation by itself is best left alone
        FoldedConvolution[] folded = [.. runs.Select(run => new FoldedConvolution(run, _options.Type, Device))];
        _convolutions.AddRange(folded);
        for (var i = 0; i < chain.Count; i++)
        {
            // The first layer of the chain does the work, and the others pass it on.
            Func<Tensor, Tensor> compute = i > 0 ? x => x : x => folded.Aggregate(x, (y, convolution) => convolution.Run(y));
            var next = i + 1 < chain.Count ? chain[i + 1] : null;
            _steps[chain[i]] = new ChainStep(compute, convolutions[chain[i]].Outputs, i > 0, next);
        }
    }
}
