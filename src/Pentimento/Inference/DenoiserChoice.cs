using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// Denoisers of which each picture gets the one for its noise: what is best for white noise is not best for a camera's or for grain, and
/// which of them a picture has can be estimated. Or one denoiser, which gets them all. Where a picture has little noise, its local means
/// stay as they are.
/// </summary>
public sealed class DenoiserChoice : IDisposable
{
    /// <summary>A choice; its denoisers are disposed with it.</summary>
    /// <param name="any">For noise of any kind.</param>
    /// <param name="white">For white noise that the channels do not share; null where <paramref name="any"/> cleans it too.</param>
    /// <exception cref="ArgumentException">
    /// They do not take pictures in the same way: one of them only those of one size, or only one of them in sRGB.
    /// </exception>
    public DenoiserChoice(Denoiser any, Denoiser? white = null)
    {
        (Any, White) = (any, white);
        if (white is null) return;
        Denoiser[] all = [.. All];
        if (all.Any(one => !one.KeepsSize || one.Model.Preprocessing.ToSrgb != any.Model.Preprocessing.ToSrgb))
            throw new ArgumentException("Denoisers to choose from must all take pictures of any size, and colours in the same way.");
        Denoiser.MeasureTogether(all);
    }

    /// <summary>The denoiser for noise of any kind.</summary>
    public Denoiser Any { get; }

    /// <summary>The denoiser for white noise, or null.</summary>
    public Denoiser? White { get; }

    /// <summary>Those there are.</summary>
    internal IEnumerable<Denoiser> All => new[] { Any, White }.OfType<Denoiser>();

    /// <summary>
    /// The models that come with Pentimento: <see cref="ShippedModels.ToldDenoiser"/>, or where it does not lie beside it
    /// <see cref="ShippedModels.BlindDenoiser"/>, and <see cref="ShippedModels.WhiteDenoiser"/> for white noise.
    /// </summary>
    /// <param name="options">Of both; null takes the defaults.</param>
    /// <param name="device">Where the networks go; null is the CPU.</param>
    /// <exception cref="FileNotFoundException">This build comes without the model for any noise.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">An option does not fit the networks.</exception>
    public static DenoiserChoice LoadShipped(DenoiserOptions? options = null, Device? device = null)
    {
        var blind = ShippedModels.Find(ShippedModels.BlindDenoiser);
        // Beside it, so that somebody's own model for any noise is not mixed with this build's others.
        string Beside(string name) => Path.Combine(Path.GetDirectoryName(blind)!, name + Path.GetExtension(blind));
        var (told, whites) = (Beside(ShippedModels.ToldDenoiser), Beside(ShippedModels.WhiteDenoiser));
        var any = Denoiser.Load(File.Exists(told) ? told : blind, options, device);
        Denoiser? white = null;
        try
        {
            // What sets or multiplies the level is for networks that are told it: these clean all noise then.
            var sets = options is { NoiseLevel: not null } or { Strength: not 1 };
            if (File.Exists(whites) && !(sets && any.Model.Network.TakesNoiseLevel)) white = Denoiser.Load(whites, options, device);
            return new DenoiserChoice(any, white);
        }
        catch
        {
            any.Dispose();
            white?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a model file, or models that come with Pentimento.</summary>
    /// <param name="pathOrName">
    /// A file, or the name of a shipped model where there is no such file; <see cref="ShippedModels.AllDenoisers"/> is a choice.
    /// </param>
    /// <param name="options">Of each denoiser; null takes the defaults.</param>
    /// <param name="device">Where the networks go; null is the CPU.</param>
    /// <inheritdoc cref="Denoiser.Load(string, DenoiserOptions?, Device?)" path="/exception"/>
    public static DenoiserChoice Load(string pathOrName, DenoiserOptions? options = null, Device? device = null) =>
        pathOrName == ShippedModels.AllDenoisers && !File.Exists(pathOrName) ? LoadShipped(options, device)
        : new DenoiserChoice(Denoiser.Load(ShippedModels.FileOf(pathOrName), options, device));

    /// <summary>The denoiser for a picture.</summary>
    /// <param name="noise">The picture's, as estimated; null where it is not known.</param>
    public Denoiser For(NoiseEstimate? noise) =>
        White is not null && noise is { Kind: NoiseKind.White, IsShared: false } ? White : Any;

    /// <summary>"any" or "white", by the hash of the model; null where there is no choice.</summary>
    internal string? NameOf(string hash) => White is null ? null : hash == White.Model.FileHash ? "white" : "any";

    /// <summary>Cleans one decoded picture with the denoiser for its noise.</summary>
    /// <inheritdoc cref="Denoiser.Denoise(RasterImage, IProgress{double}?, CancellationToken)"/>
    public RasterImage Denoise(RasterImage image, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var noise = Any.Estimate(image.Shape, image.ToTensor, cancellation);
        return For(noise).Denoise(image, noise, watch: null, progress, cancellation);
    }

    /// <summary>Cleans one picture that is already a tensor with the denoiser for its noise.</summary>
    /// <inheritdoc cref="Denoiser.Denoise(Tensor, CancellationToken)"/>
    public Tensor Denoise(Tensor image, CancellationToken cancellation = default)
    {
        var noise = Any.Estimate(image, cancellation);
        return For(noise).Denoise(image, noise, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in All) one.Dispose();
    }
}
