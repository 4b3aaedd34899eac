using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// Cleans pictures with a trained model. Pictures keep their size and depth where the network takes images of any size: they go
/// through it in overlapping tiles, one by one, and the answer is that for the whole picture (to about 1e-6: convolutions round
/// a little differently at other sizes). It is deterministic, and independent of the pictures cleaned before.
/// </summary>
/// <remarks>
/// <para><b>Grey and colour.</b> The answer has the channels of the picture. A grey model cleans each channel of a colour picture
/// by itself. A colour model sees a grey picture three times over, and the mean of its three answers is the grey answer.</para>
/// <para><b>Networks of one size</b> (with fully connected layers; <see cref="KeepsSize"/> is false) see the picture after
/// the model's preprocessing, and the answer has the preprocessed size.</para>
/// </remarks>
public sealed class Denoiser : IDisposable
{
    private readonly DenoiserOptions _options;
    private readonly InferenceNetwork _network;
    private readonly int _channels;

    /// <summary>Takes a model; it is disposed with the denoiser.</summary>
    /// <param name="model">
    /// Of the task <see cref="ModelTask.Denoise"/> or <see cref="ModelTask.Reconstruct"/>; its network is put in evaluation mode, and must not be trained on.
    /// </param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="InvalidDataException">The model is not made to clean pictures.</exception>
    /// <exception cref="ArgumentException">The tile size is too small for the network.</exception>
    public Denoiser(ModelBundle model, DenoiserOptions? options = null)
    {
        (Model, _options) = (model, options ?? new DenoiserOptions());
        if (model.Task is not (ModelTask.Denoise or ModelTask.Reconstruct))
            throw new InvalidDataException($"The model is made to {model.Task.ToString().ToLowerInvariant()}, not to denoise.");
        _channels = model.Network.Input.Channels;
        if (_channels is not (1 or 3))
            throw new InvalidDataException($"The model takes images of {_channels} channels, not 1 (grey) or 3 (colour).");
        var least = TileGrid.Least(KeepsSize ? model.Network.Reach : null, model.Network.Alignment);
        if (_options.TileSize < least)
            throw new ArgumentException(
                $"The tile size {_options.TileSize} is too small; this network needs at least {least}.", nameof(options));
        if (_options.NoiseLevel is not (null or (> 0 and <= 10)))
            throw new ArgumentException(
                $"The noise level is {_options.NoiseLevel}; it must be above 0 and at most 10.", nameof(options));
        if (_options.NoiseLevel is not null && !model.Network.TakesNoiseLevel)
            throw new ArgumentException(
                $"The model is blind: its network ({model.Network.Architecture}) takes no noise level.", nameof(options));
        if (_options.Blend is not (>= 0 and <= 1))
            throw new ArgumentException($"The blend is {_options.Blend}; it must be from 0 to 1.", nameof(options));
        _network = InferenceNetwork.Of(model.Network);
    }

    /// <summary>The model; it is disposed with the denoiser.</summary>
    public ModelBundle Model { get; }

    /// <summary>How it works.</summary>
    public DenoiserOptions Options => _options;

    /// <summary>Whether the answer has the size of the picture; else it has that of the model's preprocessing.</summary>
    public bool KeepsSize => Model.Network.AnySize;

    /// <summary>Opens a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="device">Where the network goes; null is the CPU.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or the model is not made to clean pictures.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The tile size is too small for the network.</exception>
    public static Denoiser Load(string path, DenoiserOptions? options = null, Device? device = null)
    {
        var model = ModelBundle.Load(path, device);
        try
        {
            return new Denoiser(model, options);
        }
        catch (Exception e)
        {
            model.Dispose();
            if (e is InvalidDataException) throw new InvalidDataException($"{path}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Opens the blind colour denoiser that comes with Pentimento (<see cref="ShippedModels.BlindDenoiser"/>).</summary>
    /// <inheritdoc cref="Load(string, DenoiserOptions?, Device?)"/>
    public static Denoiser LoadShipped(DenoiserOptions? options = null, Device? device = null) =>
        Load(ShippedModels.Find(ShippedModels.BlindDenoiser), options, device);

    /// <summary>Cleans one decoded picture.</summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="progress">Is told the share of the work that is done, 0 to 1, after each tile.</param>
    /// <param name="cancellation">Looked at before each tile.</param>
    /// <returns>A new image with the channels and the depth of <paramref name="image"/>.</returns>
    /// <exception cref="ArgumentException">The picture has neither 1 nor 3 channels.</exception>
    /// <exception cref="InvalidDataException">
    /// The model gives values that are not finite, or is given another size than it takes.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RasterImage Denoise(
        RasterImage image, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Denoise(image, watch: null, progress, cancellation);

    /// <summary>As <see cref="Denoise(RasterImage, IProgress{double}?, CancellationToken)"/>, and shows every tile.</summary>
    internal RasterImage Denoise(
        RasterImage image, TileWatch? watch, IProgress<double>? progress, CancellationToken cancellation)
    {
        CheckChannels(image.Shape.Channels);
        // Per channel, the picture is preprocessed as it is; else GreyRule would turn colour into grey.
        if (!KeepsSize) image = (Model.Preprocessing with { Channels = image.Shape.Channels }).Apply(image);
        var result = RasterRegions.Empty(image.Shape, image.BitDepth);
        InTiles(
            image.Shape, region => image.Cut(region).ToTensor(),
            (tile, region) => result.Paste(RasterImage.FromTensor(tile, image.BitDepth), region), watch, progress, cancellation);
        return result;
    }

    /// <summary>Cleans one picture that is already a tensor.</summary>
    /// <param name="image">
    /// (C, H, W), float32 in [0, 1], C is 1 or 3; already preprocessed where <see cref="KeepsSize"/> is false. Not disposed.
    /// </param>
    /// <param name="cancellation">Looked at before each tile.</param>
    /// <returns>(C, H, W) on the CPU, float32, about [0, 1], not clipped; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    /// <inheritdoc cref="Denoise(RasterImage, IProgress{double}?, CancellationToken)" path="/exception"/>
    public Tensor Denoise(Tensor image, CancellationToken cancellation = default)
    {
        if (image.dim() != 3)
            throw new ArgumentException($"The tensor has {image.dim()} dimensions; an image has three: C, H, W.", nameof(image));
        var shape = new ImageShape((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        CheckChannels(shape.Channels);
        using var scope = NewDisposeScope();
        var result = empty(shape.Channels, shape.Height, shape.Width);
        InTiles(shape, region => View(image, region), (tile, region) => View(result, region).copy_(tile), null, null, cancellation);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Cleans a file from top to bottom, as far as memory goes with the rows of tiles at hand. <see cref="KeepsSize"/> must be true.
    /// </summary>
    /// <param name="input">1 or 3 channels; not disposed.</param>
    /// <param name="output">Of the same shape and depth; to be completed by the caller.</param>
    /// <param name="watch">Is shown every tile; may be null.</param>
    /// <param name="progress">Is told the share of the work that is done; may be null.</param>
    /// <param name="cancellation">Looked at before each tile.</param>
    internal void Denoise(
        ImageRowReader input, ImageRowWriter output, TileWatch? watch, IProgress<double>? progress, CancellationToken cancellation)
    {
        var window = new RowWindow(input, Tiles(input.Shape).Max(tile => tile.Context.Height));
        var band = new RowBand(output, input.Shape, input.BitDepth);
        InTiles(input.Shape, window.Read, band.Write, watch, progress, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        Model.Dispose();
    }

    /// <summary>Reads, cleans and writes one tile after the other. Both delegates run in the tile's dispose scope.</summary>
    private void InTiles(
        ImageShape shape, Func<PixelRegion, Tensor> read, Action<Tensor, PixelRegion> write, TileWatch? watch,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        var (_, height, width) = Model.Network.Input;
        if (!KeepsSize && (shape.Height, shape.Width) != (height, width))
            throw new InvalidDataException(
                $"The model takes images of {height}×{width} (height × width), but is given {shape.Height}×{shape.Width}.");
        using var noGradient = no_grad();
        var tiles = Tiles(shape);
        for (var i = 0; i < tiles.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (before, core) = (read(tiles[i].Context), tiles[i].Core.Within(tiles[i].Context));
            var after = View(Clean(before.to(_network.Device)).cpu(), core);
            write(after, tiles[i].Core);
            watch?.Invoke(View(before, core), after.clamp(0, 1), tiles[i].Core);
            progress?.Report((i + 1.0) / tiles.Count);
        }
    }

    private IReadOnlyList<Tile> Tiles(ImageShape shape) => TileGrid.Over(
        shape, _options.TileSize, KeepsSize ? Model.Network.Reach : null, Model.Network.Alignment);

    private Tensor Clean(Tensor tile)
    {
        var channels = tile.shape[0];
        var input = (channels, _channels) switch
        {
            (3, 1) => tile.unsqueeze(1), // (3, 1, h, w): each channel is a grey image
            (1, 3) => tile.expand(3, -1, -1).unsqueeze(0), // (1, 3, h, w)
            _ => tile.unsqueeze(0), // (1, c, h, w)
        };
        var sigma = _options.NoiseLevel is { } level ? tensor(new[] { (float)level }, device: _network.Device) : null;
        var output = _network.Run(input, sigma);
        if (!output.isfinite().all().item<bool>())
            throw new InvalidDataException("The model gives values that are not finite for this picture.");
        var cleaned = (channels, _channels) switch
        {
            (3, 1) => output.squeeze(1),
            (1, 3) => output.mean([1]),
            _ => output.squeeze(0),
        };
        return _options.Blend > 0 ? cleaned.lerp(tile, _options.Blend) : cleaned;
    }

    private static Tensor View(Tensor image, PixelRegion region) =>
        image.narrow(1, region.Top, region.Height).narrow(2, region.Left, region.Width);

    private static void CheckChannels(int channels)
    {
        if (channels is not (1 or 3))
            throw new ArgumentException($"An image of {channels} channels cannot be cleaned; it needs 1 (grey) or 3 (colour).");
    }
}
