using Pentimento.Files;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Backbones from weight files as others publish them.</summary>
public static class BackboneWeights
{
    /// <summary>Opens a file of published weights and makes the backbone that they are for.</summary>
    /// <param name="path">
    /// A model file of a denoiser of this project (.pent; its encoder is taken), a safetensors file, or a state dictionary of
    /// PyTorch (.pth, .pt). Which network and which pixels it is for is seen in the names of its tensors.
    /// </param>
    /// <returns>The backbone, on the CPU; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, is of no known network, or lacks some of its weights; the message names it.
    /// </exception>
    public static Backbone Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There are no weights '{path}'.", path);
        if (Path.GetExtension(path).Equals(".pent", StringComparison.OrdinalIgnoreCase)) return OfDenoiser(path);
        var tensors = Path.GetExtension(path).ToLowerInvariant() is ".pth" or ".pt" ? TorchFile.Read(path)
            : Safetensors.Read(path).Tensors;
        using var scope = NewDisposeScope();
        try
        {
            var (name, convention) =
                SqueezeNet.ConventionOf(tensors.Keys) is { } squeeze ? ("squeezenet1_1", squeeze)
                : MobileNetV2.ConventionOf(tensors.Keys) is { } mobile ? ("mobilenet_v2", mobile)
                : throw new InvalidDataException(
                    $"{path}: its weights are of no backbone that is known here ({string.Join(", ", Backbones.Names)})");
            var backbone = Backbones.Create(name, convention);
            try
            {
                Safetensors.ThrowIfNotFinite(tensors, "its weights");
                backbone.CopyWeights(name == "squeezenet1_1" ? SqueezeNet.Rename(tensors) : MobileNetV2.Rename(tensors));
                return backbone;
            }
            catch (Exception e) when (e is InvalidDataException or System.Runtime.InteropServices.ExternalException)
            {
                backbone.Dispose();
                throw new InvalidDataException($"{path}: {OneLine.Of(e)}", e);
            }
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static DenoiserBackbone OfDenoiser(string path)
    {
        using var model = ModelBundle.Load(path);
        if (!model.HasNetwork || model.Network is not UNet { Input.Channels: 3 } network)
            throw new InvalidDataException(
                $"{path}: a backbone is the encoder of a colour U-Net, and this model has " +
                (model.HasNetwork ? model.Network.Architecture : "no network"));
        using var noGradient = no_grad();
        var backbone = (DenoiserBackbone)Backbones.Create("denoiser", InputConvention.Plain, network.Options.Values);
        backbone.CopyWeights(network.state_dict().ToDictionary(entry => $"network.{entry.Key}", entry => entry.Value));
        return backbone;
    }
}
