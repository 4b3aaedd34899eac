using Pentimento.Imaging;
using Pentimento.Metrics;
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
/// <para><b>Means.</b> The noise of a picture is estimated first, unless the options say it. Where there is little, local means stay
/// as they are, so that clean pictures do not change their colours.</para>
/// <para><b>Networks of one size</b> (with fully connected layers; <see cref="KeepsSize"/> is false) see the picture after
/// the model's preprocessing, and the answer has the preprocessed size.</para>
/// </remarks>
public sealed class Denoiser : IDisposable
{
    private readonly Usage _usage = new();
    private const int LeastDefault = 512, LargestChosen = 2048, SmallestChosen = 128, SizeStep = 16, MostGarbage = 32 << 20;
    private readonly DenoiserOptions _options;
    private readonly InferenceNetwork _network;
    private readonly int _channels;
    private Lazy<CleaningMemory> _memory;

    /// <summary>Takes a model; it is disposed with the denoiser.</summary>
    /// <param name="model">
    /// Of the task <see cref="ModelTask.Denoise"/> or <see cref="ModelTask.Reconstruct"/>; its network is put in
    /// evaluation mode, and must not be trained on.
    /// </param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="InvalidDataException">The model is not made to clean pictures.</exception>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, or asks for what the network cannot do; the message says which.
    /// </exception>
    public Denoiser(ModelBundle model, DenoiserOptions? options = null)
    {
        (Model, _options) = (model, options ?? new DenoiserOptions());
        if (model.Task is not (ModelTask.Denoise or ModelTask.Reconstruct))
            throw new InvalidDataException($"The model is made to {model.Task.ToString().ToLowerInvariant()}, not to denoise.");
        _channels = model.Network.Input.Channels;
        if (_channels is not (1 or 3))
            throw new InvalidDataException($"The model takes images of {_channels} channels, not 1 (grey) or 3 (colour).");
        var least = TileGrid.Least(KeepsSize ? model.Network.Reach : null, model.Network.Alignment);
        if (_options.TileSize is { } given && given < least)
            throw new ArgumentException(
                $"The tile size {given} is too small; this network needs at least {least}.", nameof(options));
        if (_options.NoiseLevel is not (null or (> 0 and <= 10)))
            throw new ArgumentException(
                $"The noise level is {_options.NoiseLevel}; it must be above 0 and at most 10.", nameof(options));
        if (_options.Strength is not (> 0 and <= 10))
            throw new ArgumentException(
                $"The strength is {_options.Strength}; it must be above 0 and at most 10.", nameof(options));
        if ((_options.NoiseLevel is not null || _options.Strength != 1) && !model.Network.TakesNoiseLevel)
            throw new ArgumentException(
                $"The model is blind: its network ({model.Network.Architecture}) takes no noise level to set or multiply; " +
                "less cleaning is a blend above 0.", nameof(options));
        if (_options.Blend is not (>= 0 and <= 1))
            throw new ArgumentException($"The blend is {_options.Blend}; it must be from 0 to 1.", nameof(options));
        CheckEnsemble(_options.Ensemble, model.Network);
        Learned = model.Network.NoiseLevels == 2 && model.Parts.TryGetValue(StrengthEstimator.PartName, out var part)
            ? StrengthEstimator.FromJson(part) : null;
        _network = InferenceNetwork.Of(model.Network);
        _memory = new(() => CleaningMemory.Measure(Probe));
        if (_options.Memory is not { } bytes) return;
        NativeHeap.ReturnFreedBlocks();
        Budget = new MemoryBudget(
            bytes, () => _memory.Value, (shape, size) => Tiles(shape, size, new CleaningPlan(null, MeanKeeping.WhereNotCutOff)),
            TileSizes(least));
    }

    /// <summary>The model; it is disposed with the denoiser.</summary>
    public ModelBundle Model { get; }

    /// <summary>What the model has learned of how strong noise is; null where it has not.</summary>
    internal StrengthEstimator? Learned { get; }

    /// <summary>How it works.</summary>
    public DenoiserOptions Options => _options;

    /// <summary>The tile size where no budget chooses it: at most half of the work is done for margins.</summary>
    internal int DefaultSize => _options.TileSize ?? Math.Max(LeastDefault, 7 * Model.Network.Reach ?? 0);

    /// <summary>What keeps files within <see cref="DenoiserOptions.Memory"/>; null without a limit.</summary>
    internal MemoryBudget? Budget { get; }

    /// <summary>
    /// Has the memory of denoisers that clean pictures in turn measured together: what a process had at most so far says nothing of
    /// the second one.
    /// </summary>
    internal static void MeasureTogether(IReadOnlyList<Denoiser> all)
    {
        var memory = new Lazy<CleaningMemory>(() => CleaningMemory.Measure(side =>
        {
            foreach (var one in all) one.Probe(side);
        }));
        foreach (var one in all) one._memory = memory;
    }

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
    /// <param name="cancellation">Looked at before each run of the network.</param>
    /// <returns>A new image with the channels and the depth of <paramref name="image"/>.</returns>
    /// <exception cref="ArgumentException">The picture has neither 1 nor 3 channels.</exception>
    /// <exception cref="InvalidDataException">
    /// The model gives values that are not finite, or is given another size than it takes.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The denoiser has been disposed of.</exception>
    public RasterImage Denoise(
        RasterImage image, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Denoise(image, noise: null, watch: null, progress, cancellation);

    /// <summary>As <see cref="Denoise(RasterImage, IProgress{double}?, CancellationToken)"/>, and shows every tile.</summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="noise">The picture's, where it is known.</param>
    /// <param name="watch">Is shown every tile; may be null.</param>
    /// <param name="progress">Is told the share of the work that is done; may be null.</param>
    /// <param name="cancellation">Looked at before each run of the network.</param>
    internal RasterImage Denoise(
        RasterImage image, NoiseEstimate? noise, TileWatch? watch, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var use = _usage.Begin(this);
        CheckChannels(image.Shape.Channels);
        if (!KeepsSize) image = Preprocess(image);
        var plan = PlanFor(noise ?? Estimate(image.Shape, image.ToTensor, cancellation));
        var result = RasterRegions.Empty(image.Shape, image.BitDepth);
        InTiles(
            Tiles(image.Shape, DefaultSize, plan), image.Shape, plan, image.ToTensor, (tile, region) => result.Paste(tile, region), watch,
            progress, cancellation);
        return result;
    }

    /// <summary>Cleans one picture that is already a tensor.</summary>
    /// <param name="image">
    /// (C, H, W), float32 in [0, 1], C is 1 or 3; already preprocessed where <see cref="KeepsSize"/> is false. Not disposed.
    /// </param>
    /// <param name="cancellation">Looked at before each run of the network.</param>
    /// <returns>(C, H, W) on the CPU, float32, about [0, 1], clipped only where means are kept; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    /// <inheritdoc cref="Denoise(RasterImage, IProgress{double}?, CancellationToken)" path="/exception"/>
    public Tensor Denoise(Tensor image, CancellationToken cancellation = default) => Denoise(image, noise: null, cancellation);

    /// <summary>As <see cref="Denoise(Tensor, CancellationToken)"/>, where the noise of the picture may be known.</summary>
    internal Tensor Denoise(Tensor image, NoiseEstimate? noise, CancellationToken cancellation)
    {
        using var use = _usage.Begin(this);
        var shape = ShapeOf(image);
        using var scope = NewDisposeScope();
        var result = empty(shape.Channels, shape.Height, shape.Width);
        var plan = PlanFor(noise ?? Estimate(image, cancellation));
        InTiles(
            Tiles(shape, DefaultSize, plan), shape, plan, region => View(image, region),
            (tile, region) => View(result, region).copy_(tile), null, null, cancellation);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Cleans a file from top to bottom, as far as memory goes with the rows of tiles at hand. <see cref="KeepsSize"/> must be true.
    /// </summary>
    /// <param name="input">1 or 3 channels; not disposed.</param>
    /// <param name="output">Of the same shape and depth; to be completed by the caller.</param>
    /// <param name="tileSize">The largest side of a tile.</param>
    /// <param name="plan">What the picture's noise asks for.</param>
    /// <param name="watch">Is shown every tile; may be null.</param>
    /// <param name="progress">Is told the share of the work that is done; may be null.</param>
    /// <param name="cancellation">Looked at before each run of the network.</param>
    internal void Denoise(
        ImageRowReader input, ImageRowWriter output, int tileSize, CleaningPlan plan, TileWatch? watch,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        using var use = _usage.Begin(this);
        var tiles = Tiles(input.Shape, tileSize, plan);
        var window = new RowWindow(input, tiles.Max(tile => tile.Context.Height));
        var band = new RowBand(output, input.Shape, input.BitDepth, tiles.Max(tile => tile.Core.Height));
        var collected = GC.GetTotalAllocatedBytes();
        InTiles(tiles, input.Shape, plan, window.Read, (tile, region) =>
        {
            band.Write(tile, region);
            if (Budget is null || GC.GetTotalAllocatedBytes() - collected < MostGarbage) return;
            GC.Collect(); // left to itself, it would use memory because there is some
            collected = GC.GetTotalAllocatedBytes();
        }, watch, progress, cancellation);
    }

    /// <summary>A picture as networks of one size see it; its channels stay.</summary>
    internal RasterImage Preprocess(RasterImage image) =>
        (Model.Preprocessing with { Channels = image.Shape.Channels }).Apply(image); // GreyRule would turn colour into grey

    /// <summary>What is done with a picture that has this noise.</summary>
    /// <param name="noise">As estimated; null where the options say it, or the picture is not cleaned in its size.</param>
    internal CleaningPlan PlanFor(NoiseEstimate? noise)
    {
        if (_options.NoiseLevel is { } told) noise = new NoiseEstimate(told, NoiseKind.White, 0);
        return new(
            Model.Network.TakesNoiseLevel ? _options.Strength * Strengths(noise!.Value) : null,
            KeepsSize && noise is { } known ? LocalMeans.For(known) : MeanKeeping.Nowhere);
    }

    private static NoiseStrengths Strengths(NoiseEstimate noise) =>
        noise.Strength ?? NoiseStrengths.Of(noise.Level, noise.IsShared);

    /// <summary>Whether pictures have to be looked at before they are cleaned, for <see cref="PlanFor"/>.</summary>
    internal bool EstimatesNoise => _options.NoiseLevel is null && (KeepsSize || Model.Network.TakesNoiseLevel);

    /// <summary>The noise of a picture where <see cref="EstimatesNoise"/>, else null.</summary>
    internal NoiseEstimate? Estimate(ImageShape shape, Func<PixelRegion, Tensor> read, CancellationToken cancellation) =>
        EstimatesNoise ? PictureNoise.Of(shape, read, Learned, cancellation) : null;

    /// <summary>Of a picture that is already a tensor, with the errors of <see cref="Denoise(Tensor, CancellationToken)"/>.</summary>
    internal NoiseEstimate? Estimate(Tensor image, CancellationToken cancellation) =>
        Estimate(ShapeOf(image), region => View(image, region), cancellation);

    /// <summary>Lets go of the networks: at once, or when the pictures that other threads have it clean at the moment are done.</summary>
    public void Dispose() => _usage.End(() =>
    {
        _network.Dispose();
        Model.Dispose();
    });

    /// <summary>Reads, cleans and writes one tile after the other. Both delegates run in the tile's dispose scope.</summary>
    private void InTiles(
        IReadOnlyList<Tile> tiles, ImageShape shape, CleaningPlan plan, Func<PixelRegion, Tensor> read,
        Action<Tensor, PixelRegion> write, TileWatch? watch, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (_, height, width) = Model.Network.Input;
        if (!KeepsSize && (shape.Height, shape.Width) != (height, width))
            throw new InvalidDataException(
                $"The model takes images of {height}×{width} (height × width), but is given {shape.Height}×{shape.Width}.");
        using var noGradient = no_grad();
        for (var i = 0; i < tiles.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (before, core) = (read(tiles[i].Context), tiles[i].Core.Within(tiles[i].Context));
            var after = View(Clean(before.to(_network.Device), plan, cancellation).cpu(), core);
            write(after, tiles[i].Core);
            watch?.Invoke(View(before, core), after.clamp(0, 1), tiles[i].Core);
            progress?.Report((i + 1.0) / tiles.Count);
        }
    }

    private IReadOnlyList<Tile> Tiles(ImageShape shape, int tileSize, CleaningPlan plan)
    {
        var reach = KeepsSize ? Model.Network.Reach : null;
        if (plan.Means != MeanKeeping.Nowhere && reach is { } own) reach = Math.Max(own, LocalMeans.Radius) + LocalMeans.Reach;
        var alignment = Model.Network.Alignment;
        return TileGrid.Over(shape, Math.Max(tileSize, TileGrid.Least(reach, alignment)), reach, alignment);
    }

    /// <summary>
    /// The sides that a budget chooses from, the best first: where the margins are more than twice as wide as what they surround,
    /// nearly all work is done for them, and larger tiles than the first gain nothing.
    /// </summary>
    private int[] TileSizes(int least)
    {
        if (_options.TileSize is { } given) return [given];
        var (most, few) = (Math.Max(LargestChosen, 2 * least), Math.Max(SmallestChosen, least + least / 2));
        return [.. Enumerable.Range(0, (most - few) / SizeStep + 1).Select(i => most - i * SizeStep)];
    }

    /// <summary>Cleans noise as one tile, with all that is done to files, so that its memory can be measured.</summary>
    private void Probe(int side)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var shape = KeepsSize ? new ImageShape(3, side, side) : Model.Network.Input;
        using var measurement = new CleaningMeasurement(shape);
        var image = RasterImage.FromTensor(rand([shape.Channels, shape.Height, shape.Width], generator: generator));
        var whole = new PixelRegion(0, 0, shape.Height, shape.Width);
        var plan = PlanFor(new NoiseEstimate(0.1, NoiseKind.White, 0)) with { Means = MeanKeeping.WhereNotCutOff };
        InTiles(
            [new Tile(whole, whole)], shape, plan, image.ToTensor, (tile, region) => image.Paste(tile, region), measurement.Add,
            null, default);
        measurement.Noise();
    }

    private Tensor Clean(Tensor tile, CleaningPlan plan, CancellationToken cancellation)
    {
        var sigma = plan.Told is { } told ? Levels(told, tile.shape[0]) : null;
        // Contexts begin at multiples of the alignment and end as far from the picture's end: turned ones begin at some too.
        var cleaned = SelfEnsemble.Mean(tile, _options.Ensemble, turned =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Answer(turned, sigma);
        });
        cleaned = LocalMeans.Keep(tile, cleaned, plan.Means);
        return _options.Blend > 0 ? cleaned.lerp(tile, _options.Blend) : cleaned;
    }

    /// <summary>The strengths as the network takes them; a grey picture, seen three times over, has all noise in its brightness.</summary>
    private Tensor Levels(NoiseStrengths told, long channels)
    {
        if (_options.NoiseLevel is { } level && channels == 1) told = _options.Strength * NoiseStrengths.Of(level, isShared: true);
        return Model.Network.NoiseLevels == 1 ? tensor(new[] { (float)told.Level }, device: _network.Device)
            : tensor(new[] { (float)told.Brightness, (float)told.Colour }, [1, 2], device: _network.Device);
    }

    private Tensor Answer(Tensor tile, Tensor? sigma)
    {
        var channels = tile.shape[0];
        var input = (channels, _channels) switch
        {
            (3, 1) => tile.unsqueeze(1), // (3, 1, h, w): each channel is a grey image
            (1, 3) => tile.expand(3, -1, -1).unsqueeze(0), // (1, 3, h, w)
            _ => tile.unsqueeze(0), // (1, c, h, w)
        };
        var output = _network.Run(input, sigma);
        if (!output.isfinite().all().item<bool>())
            throw new InvalidDataException("The model gives values that are not finite for this picture.");
        return (channels, _channels) switch
        {
            (3, 1) => output.squeeze(1),
            (1, 3) => output.mean([1]),
            _ => output.squeeze(0),
        };
    }

    private static ImageShape ShapeOf(Tensor image)
    {
        if (image.dim() != 3)
            throw new ArgumentException($"The tensor has {image.dim()} dimensions; an image has three: C, H, W.", nameof(image));
        var shape = new ImageShape((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        CheckChannels(shape.Channels);
        return shape;
    }

    private static Tensor View(Tensor image, PixelRegion region) =>
        image.narrow(1, region.Top, region.Height).narrow(2, region.Left, region.Width);

    private static void CheckEnsemble(int size, Network network)
    {
        if (!DenoiserOptions.EnsembleSizes.Contains(size))
            throw new ArgumentException(
                $"The ensemble is {size}; it must be one of {string.Join(", ", DenoiserOptions.EnsembleSizes)}.");
        var (_, height, width) = network.Input;
        if (SelfEnsemble.Transposes(size) && !network.AnySize && height != width)
            throw new ArgumentException(
                $"The ensemble of {size} turns pictures, and the model takes only those of {height}×{width}; choose 4 or fewer.");
    }

    private static void CheckChannels(int channels)
    {
        if (channels is not (1 or 3))
            throw new ArgumentException($"An image of {channels} channels cannot be cleaned; it needs 1 (grey) or 3 (colour).");
    }
}
