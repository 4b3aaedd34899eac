using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// An auto-encoder that is trained on normal images, and the errors that it makes: what it gives back badly does not belong. Which
/// network, what is done to its input and how errors are judged is a recipe; the subclasses have one each.
/// </summary>
public abstract class AutoEncoderDetector : AnomalyDetector
{
    private const string NetworkPrefix = "network.", ErrorPrefix = "errors.";
    private const int CorruptionSeed = 7; // of the noise on judged images: the same for all
    private readonly AutoEncoderRecipe _recipe;
    private Network? _network;
    private InferenceNetwork? _inference;
    private Tensor? _centre, _width; // (C, 1, 1): of each channel that the network sees
    private Tensor[] _usual = []; // mean and deviation of each error map, (rows, columns) each

    private protected AutoEncoderDetector(DetectorSetup setup, AutoEncoderRecipe recipe) : base(setup) => _recipe = recipe;

    /// <inheritdoc/>
    public override bool HasMap => _recipe.HasPlaces;

    /// <summary>The auto-encoder.</summary>
    /// <exception cref="InvalidOperationException">It has not been fitted.</exception>
    public Network Network => _network ?? throw new InvalidOperationException($"The detector '{Name}' has not been fitted.");

    /// <summary>Whether the channels are brought to one scale before the network sees them.</summary>
    private protected virtual bool NormalisesChannels => false;

    internal override bool HasOneSize => true;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => image;

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        if (data.Normal.Count < 2) throw new ArgumentException($"{data.Normal.Count} normal images are too few; it takes at least 2.");
        using var scope = NewDisposeScope();
        var (centre, width) = ChannelScale(data.Normal);
        Tensor[] seen = NormalisesChannels ? [.. data.Normal.Select(image => (image - centre) / width)] : [.. data.Normal];
        var network = NetworkFit.Train(
            _recipe.Architecture, _recipe.Options, seen, _recipe.Training, Setup.TrainingSteps ?? _recipe.Steps, data, Setup.Device);
        Keep(network, centre, width, []);
        if (_recipe.Standardise) Keep(_usual, UsualErrors(data));
        data.Progress?.Report(1);
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (maps, divergence) = Errors(features);
        var judged = Standardised(maps);
        return divergence + (_recipe.Pooling == ErrorPooling.Mean
            ? judged.Average(map => map.to(ScalarType.Float64).mean().item<double>())
            : Whole(judged, (int)features.shape[^2], (int)features.shape[^1]).max().item<float>());
    }

    /// <summary>The errors at every place, the mean of all that are judged.</summary>
    /// <inheritdoc/>
    public override Tensor? Map(Tensor features, int height, int width)
    {
        if (!HasMap) return null;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Whole(Standardised(Errors(features).Maps), height, width).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State()
    {
        var (channels, height, width) = Network.Input;
        var state = Network.state_dict().ToDictionary(entry => NetworkPrefix + entry.Key, entry => entry.Value);
        (state["centre"], state["width"]) = (_centre!, _width!);
        state["shape"] = tensor(new long[] { channels, height, width });
        for (var i = 0; i < _usual.Length; i++) state[$"{ErrorPrefix}{i}"] = _usual[i];
        return state;
    }

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        var (shape, centre, width) = (Take(state, "shape", 1, ScalarType.Int64), Take(state, "centre", 3), Take(state, "width", 3));
        if (shape.shape[0] != 3 || shape.min().item<long>() < 1 || shape.max().item<long>() > 65536
            || centre.shape[0] != shape[0].item<long>() || !centre.shape.SequenceEqual(width.shape))
            throw new InvalidDataException("the detector's 'shape' does not go with its 'centre'");
        var usual = Enumerable.Range(0, state.Keys.Count(name => name.StartsWith(ErrorPrefix, StringComparison.Ordinal)))
            .Select(i => Take(state, $"{ErrorPrefix}{i}", 2)).ToArray();
        var sizes = shape.data<long>().ToArray();
        var network = NetworkFit.Restore(
            _recipe.Architecture, _recipe.Options, new((int)sizes[0], (int)sizes[1], (int)sizes[2]),
            state.Where(entry => entry.Key.StartsWith(NetworkPrefix, StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key[NetworkPrefix.Length..], entry => entry.Value), Setup.Device);
        Keep(network, centre, width, usual);
        var maps = Errors(zeros([1, .. sizes])).Maps;
        if (usual.Length != (_recipe.Standardise ? 2 * maps.Length : 0)
            || usual.Where((map, i) => !map.shape.SequenceEqual(maps[i / 2].shape)).Any())
            throw new InvalidDataException("the detector's 'errors' do not go with its network");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inference?.Dispose();
            _network?.Dispose();
            foreach (var tensor in (Tensor?[])[_centre, _width, .. _usual]) tensor?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>What the network does wrong with one image: a map for each scale and kind, and what its code says.</summary>
    private (Tensor[] Maps, double Divergence) Errors(Tensor features)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var image = features.dim() == 3 ? features.unsqueeze(0) : features;
        if (Network.Input != new Imaging.ImageShape((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]) && !Network.AnySize)
            throw new InvalidDataException($"the network takes images of {Network.Input}, not ({string.Join(", ", image.shape)})");
        if (NormalisesChannels) image = (image - _centre!) / _width!;
        Tensor[]? sums = null;
        var divergence = 0.0;
        for (var draw = 0; draw < _recipe.Draws; draw++)
        {
            using var generator = new Generator((ulong)(CorruptionSeed + draw));
            var (output, far) = Reconstruct(_recipe.Corruption?.AddTo(image, generator) ?? image);
            divergence += far / _recipe.Draws;
            Tensor[] maps = [.. _recipe.Scales.SelectMany(scale => Compare(image, output, scale))];
            sums = sums is null ? maps : [.. sums.Zip(maps, (sum, map) => sum + map)];
        }
        return ([.. sums!.Select(sum => (sum / _recipe.Draws).MoveToOuterDisposeScope())], divergence);
    }

    private (Tensor Output, double Divergence) Reconstruct(Tensor image)
    {
        var input = image.to(Setup.Device);
        if (Network is not IVariational variational) return (_inference!.Run(input).cpu(), 0);
        var (output, divergence) = variational.Expect(input);
        return (output.cpu(), divergence.item<float>());
    }

    private IEnumerable<Tensor> Compare(Tensor image, Tensor output, int scale)
    {
        if (Math.Min(image.shape[2], image.shape[3]) < scale) scale = 1;
        var (x, y) = scale == 1 ? (image, output)
            : (nn.functional.avg_pool2d(image, scale), nn.functional.avg_pool2d(output, scale));
        // Where there are no places, channels take their part: each error has a map of its own then, (channels, 1).
        yield return _recipe.HasPlaces ? (x - y).square().mean([0, 1]) : (x - y).square().reshape(-1, 1);
        if (_recipe.Structure && Math.Min(x.shape[2], x.shape[3]) >= 2 * ImageQuality.SsimWindow) // else it has hardly a place
            yield return 1 - ImageQuality.SsimMap(x, y).mean([0, 1]);
    }

    private Tensor[] Standardised(Tensor[] maps) => _usual.Length == 0 ? maps
        : [.. maps.Select((map, i) => (map - _usual[2 * i]) / _usual[2 * i + 1])];

    /// <summary>The mean of some maps, each enlarged and blurred.</summary>
    private static Tensor Whole(Tensor[] maps, int height, int width) =>
        stack(maps.Select(map => PatchFeatures.Enlarge(map, height, width))).mean([0]);

    /// <summary>Mean and deviation of every map at every place; a place that hardly varies counts like a usual one.</summary>
    private Tensor[] UsualErrors(FitData data)
    {
        using var noGradient = no_grad();
        Tensor[]? sums = null, squares = null;
        foreach (var image in data.Normal)
        {
            data.Cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            Tensor[] maps = [.. Errors(image).Maps.Select(map => map.to(ScalarType.Float64))];
            sums ??= [.. maps.Select(map => zeros_like(map).MoveToOuterDisposeScope())];
            squares ??= [.. maps.Select(map => zeros_like(map).MoveToOuterDisposeScope())];
            for (var i = 0; i < maps.Length; i++)
            {
                sums[i].add_(maps[i]);
                squares[i].add_(maps[i].square());
            }
        }
        return [.. sums!.Zip(squares!).SelectMany(pair =>
        {
            var mean = pair.First / data.Normal.Count;
            var variance = (pair.Second / data.Normal.Count - mean.square()).clamp_min(0);
            var deviation = (variance + variance.mean() + 1e-12).sqrt();
            return new[] { mean.to(ScalarType.Float32), deviation.to(ScalarType.Float32) };
        })];
    }

    private static (Tensor Centre, Tensor Width) ChannelScale(IReadOnlyList<Tensor> images)
    {
        using var noGradient = no_grad();
        var (channels, count) = (images[0].shape[^3], images.Count);
        Tensor sum = zeros(channels, ScalarType.Float64), squares = zeros(channels, ScalarType.Float64);
        foreach (var image in images)
        {
            using var step = NewDisposeScope();
            var values = image.reshape(channels, -1).to(ScalarType.Float64);
            sum.add_(values.mean([1]));
            squares.add_(values.square().mean([1]));
        }
        var mean = sum / count;
        var deviation = (squares / count - mean.square()).clamp_min(0).sqrt();
        // A channel that hardly varies among the images would otherwise decide everything.
        var width = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<double>(), 1e-9));
        return (Shaped(mean), Shaped(width));

        Tensor Shaped(Tensor values) => values.to(ScalarType.Float32).reshape(-1, 1, 1);
    }

    private void Keep(Network network, Tensor centre, Tensor width, Tensor[] usual)
    {
        _inference?.Dispose();
        _network?.Dispose();
        (_network, _inference) = (network, network is IVariational ? null : InferenceNetwork.Of(network));
        foreach (var tensor in new[] { _centre, _width }) tensor?.Dispose();
        (_centre, _width) = (centre.clone().DetachFromDisposeScope(), width.clone().DetachFromDisposeScope());
        Keep(_usual, usual);
    }

    private void Keep(Tensor[] before, Tensor[] usual)
    {
        _usual = [.. usual.Select(map => map.clone().DetachFromDisposeScope())];
        foreach (var tensor in before) tensor.Dispose();
    }
}
