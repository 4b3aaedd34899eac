using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Learns from normal images what belongs, and says of other images how far they are from it. Every detector works in two steps:
/// <see cref="Extract"/> depends on one image alone (so that cross-validation and calibration compute it once),
/// <see cref="Fit"/>, <see cref="Score"/> and <see cref="Map"/> work on what it gives. Subclasses carry a
/// <see cref="DetectorAttribute"/> and a constructor
/// (<see cref="DetectorSetup"/>), and are registered by being there (<see cref="Detectors"/>).
/// </summary>
public abstract class AnomalyDetector : IDisposable
{
    private readonly Usage _usage = new();
    private const int TrialSide = 64;
    private Calibration? _calibration;

    /// <summary>Keeps what the detector is made from.</summary>
    protected AnomalyDetector(DetectorSetup setup) => Setup = setup;

    /// <summary>What it is made from.</summary>
    public DetectorSetup Setup { get; }

    /// <summary>The name under which it is registered.</summary>
    public virtual string Name => Detectors.NameOf(GetType());

    /// <summary>Itself; for a detector of pictures in crops (<see cref="CroppedDetector"/>) the one that looks at each.</summary>
    public virtual AnomalyDetector OfCrop => this;

    /// <summary>What is done to an image before the detector sees it.</summary>
    public Preprocessing Preprocessing => Setup.Preprocessing;

    /// <summary>What it knows of the scores of normal images.</summary>
    /// <exception cref="InvalidOperationException">It has not been calibrated yet.</exception>
    public Calibration Calibration
    {
        get => _calibration ?? throw new InvalidOperationException($"The detector '{Name}' has not been calibrated.");
        set => _calibration = value;
    }

    /// <summary>
    /// The normal images that it learnt from, to name those that are most like another; null where they are not known. Disposed
    /// with the detector.
    /// </summary>
    public NormalExamples? Examples { get; set; }

    /// <summary>What its model file tells of its training; empty where it does not come from one.</summary>
    public JsonObject Training { get; private set; } = [];

    /// <summary>Whether it says where an image is strange.</summary>
    public virtual bool HasMap => false;

    /// <summary>
    /// What <see cref="Extract"/> gives, in words: detectors of one kind and one setup give the same for the same image. Their name unless
    /// they share it with others.
    /// </summary>
    protected internal virtual string FeatureKind => Name;

    /// <summary>What the detector looks at in an image: it depends on the image and the setup, not on any fit.</summary>
    /// <param name="image">(1, C, H, W), preprocessed, float32 in [0, 1], on the CPU; not disposed.</param>
    /// <returns>float32, of a shape that is the detector's own matter, on the CPU; the caller's dispose scope owns it.</returns>
    public abstract Tensor Extract(Tensor image);

    /// <summary>What an image is remembered by among the <see cref="Examples"/>.</summary>
    /// <param name="features">What <see cref="Extract"/> gave.</param>
    /// <returns>The same, or a tensor that the caller's dispose scope owns.</returns>
    internal virtual Tensor Remembered(Tensor features) => features;

    /// <summary>Learns what is normal. Fitting again forgets what was learnt before.</summary>
    /// <exception cref="ArgumentException">The images are too few for this detector.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the detector is as it was made.</exception>
    public abstract void Fit(FitData data);

    /// <summary>Learns what is normal, and scores each normal image as a detector does that has not seen it.</summary>
    /// <param name="data">As for <see cref="Fit"/>; the detector is fitted on all of it in the end.</param>
    /// <param name="folds">Positions in <see cref="FitData.Normal"/>, every one in exactly one fold: what is scored together.</param>
    /// <returns>One score a normal image.</returns>
    /// <exception cref="ArgumentException">The images are too few for this detector.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    protected internal virtual double[] FitAndScoreHeldOut(FitData data, IReadOnlyList<IReadOnlyList<int>> folds)
    {
        var scores = new double[data.Normal.Count];
        for (var fold = 0; fold < folds.Count; fold++)
        {
            var left = folds[fold].ToHashSet();
            Fit(data with
            {
                Normal = [.. data.Normal.Where((_, i) => !left.Contains(i))],
                Progress = ShareOfProgress.Of(data.Progress, fold, folds.Count + 1),
            });
            foreach (var i in left)
            {
                using var scope = NewDisposeScope();
                scores[i] = Score(data.Normal[i]);
            }
        }
        Fit(data with { Progress = ShareOfProgress.Of(data.Progress, folds.Count, folds.Count + 1) });
        return scores;
    }

    /// <summary>The score of one image, from what <see cref="Extract"/> gave. Higher is stranger.</summary>
    public abstract double Score(Tensor features);

    /// <summary>Where the image is strange, or null where the detector looks at the image as a whole.</summary>
    /// <param name="features">What <see cref="Extract"/> gave.</param>
    /// <param name="height">Of the map.</param>
    /// <param name="width">Of the map.</param>
    /// <returns>(height, width), float32, on the CPU; the caller's dispose scope owns it.</returns>
    public virtual Tensor? Map(Tensor features, int height, int width) => null;

    /// <summary>A value of the map that is just strange, for the scale of its colours.</summary>
    public virtual double MapThreshold => Calibration.Threshold;

    /// <summary>Judges one decoded image of any size.</summary>
    /// <exception cref="InvalidDataException">
    /// The detector takes images of another size, or its score is not a number for this one.
    /// </exception>
    /// <exception cref="ObjectDisposedException">It has been disposed of.</exception>
    public Verdict Detect(RasterImage image)
    {
        using var use = _usage.Begin(this);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Judged(Score(Extract(Input(Preprocessing.Apply(image)))));
    }

    /// <summary>Judges one image and says where it is strange.</summary>
    /// <param name="preprocessed">An image to which <see cref="Preprocessing"/> has been applied.</param>
    /// <param name="anomalyMap">
    /// As from <see cref="AnomalyMap"/>; the caller disposes it. Null where the detector has no map.
    /// </param>
    /// <returns>The verdict of <see cref="Detect"/>, to the bit.</returns>
    public Verdict Judge(RasterImage preprocessed, out Tensor? anomalyMap) => Judge(preprocessed, 0, out anomalyMap, out _);

    /// <summary>Judges one image, says where it is strange, and which normal images are most like it.</summary>
    /// <inheritdoc cref="Judge(RasterImage, out Tensor?)"/>
    /// <param name="preprocessed">An image to which <see cref="Preprocessing"/> has been applied.</param>
    /// <param name="examples">How many normal images to name.</param>
    /// <param name="anomalyMap">
    /// As from <see cref="AnomalyMap"/>; the caller disposes it. Null where the detector has no map.
    /// </param>
    /// <param name="nearest">The nearest first; empty where <see cref="Examples"/> are not known.</param>
    /// <exception cref="ObjectDisposedException">It has been disposed of.</exception>
    public Verdict Judge(
        RasterImage preprocessed, int examples, out Tensor? anomalyMap, out IReadOnlyList<NormalExample> nearest)
    {
        using var use = _usage.Begin(this);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var features = Extract(Input(preprocessed));
        var verdict = Judged(Score(features));
        nearest = examples > 0 ? Examples?.Nearest(Remembered(features), examples) ?? [] : [];
        anomalyMap = Map(features, preprocessed.Shape.Height, preprocessed.Shape.Width)?.MoveToOuterDisposeScope();
        return verdict;
    }

    /// <summary>Where the image is strange.</summary>
    /// <param name="image">A decoded image of any size.</param>
    /// <returns>(H, W) of the preprocessed image, float32; the caller disposes it. Null where the detector has no map.</returns>
    /// <exception cref="ObjectDisposedException">It has been disposed of.</exception>
    public Tensor? AnomalyMap(RasterImage image)
    {
        using var use = _usage.Begin(this);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var preprocessed = Preprocessing.Apply(image);
        var features = Extract(Input(preprocessed));
        return Map(features, preprocessed.Shape.Height, preprocessed.Shape.Width)?.MoveToOuterDisposeScope();
    }

    /// <summary>Opens a model file of any detector.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where networks go; null is the CPU.</param>
    /// <returns>The detector; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, no detector's, or its parts do not go together; one line that names it.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static AnomalyDetector Load(string path, Device? device = null)
    {
        var model = ModelBundle.Load(path, device);
        try
        {
            if (model.Task != ModelTask.Detect)
                throw new InvalidDataException(
                    $"The model is made to {model.Task.ToString().ToLowerInvariant()}, not to detect: it has no calibration.");
            return Of(model, device);
        }
        catch (InvalidDataException e)
        {
            model.Dispose();
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The detector of a model; the model is disposed with it.</summary>
    /// <exception cref="InvalidDataException">The model is no detector's, or its parts do not go together.</exception>
    public static AnomalyDetector Of(ModelBundle model, Device? device = null)
    {
        var detector = model.Parts.ContainsKey(DetectorParts.DescriptionName) ? DetectorParts.Read(model, device)
            : new ReconstructionDetector(model);
        try
        {
            if (model.Preprocessing.Window is not null) detector = CroppedDetector.Of(detector, model);
            detector.Examples = NormalExamples.Read(model);
            detector.Training = model.Training;
            detector.Try();
            return detector;
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <summary>The model file of a fitted and calibrated detector.</summary>
    /// <returns>
    /// The caller disposes it; it stays valid when the detector is disposed, unless the detector has a network of its own.
    /// </returns>
    public virtual ModelBundle ToBundle()
    {
        var bundle = new ModelBundle(ModelTask.Detect, null, Preprocessing);
        DetectorParts.Write(this, bundle);
        Examples?.Write(bundle);
        return bundle;
    }

    /// <summary>Whether it takes images of the size alone that it was fitted on, that of its preprocessing.</summary>
    internal virtual bool HasOneSize => false;

    /// <summary>
    /// Looks at a picture of noise, so that parts of a model file which do not go together are noticed when it is opened and not at the
    /// first picture. What it says of it does not matter.
    /// </summary>
    private void Try()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(1);
        var seen = Preprocessing.Window ?? Preprocessing.Crop ?? TrialSide;
        var side = OfCrop.HasOneSize ? seen : Math.Min(seen, TrialSide);
        try
        {
            var features = OfCrop.Extract(rand([1, Preprocessing.Channels, side, side], generator: generator));
            OfCrop.Score(features);
            OfCrop.Map(features, side, side);
            Examples?.Nearest(OfCrop.Remembered(features), 1);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or ExternalException or OverflowException
            or IndexOutOfRangeException or InvalidDataException)
        {
            throw new InvalidDataException($"its parts do not go together: {OneLine.Of(e)}", e);
        }
    }

    private Verdict Judged(double score) => double.IsNaN(score)
        ? throw new InvalidDataException("the model gives no number for this picture") : Calibration.Judge(score);

    /// <summary>Everything that <see cref="Fit"/> has learnt, by name; not disposed by the receiver.</summary>
    protected internal abstract IReadOnlyDictionary<string, Tensor> State();

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    /// <param name="state">The detector keeps what it needs of it by copy; the receiver disposes it.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of the wrong shape.</exception>
    protected internal abstract void Restore(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>
    /// Lets go of tensors and networks: at once, or when the pictures that other threads have it judge at the moment are done.
    /// </summary>
    public void Dispose()
    {
        _usage.End(() => Dispose(disposing: true));
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of tensors and networks.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (!Setup.AreBackbonesShared)
            foreach (var backbone in Setup.Backbones) backbone.Dispose();
        Examples?.Dispose();
    }

    /// <summary>An image as <see cref="Extract"/> takes it; the dispose scope owns it.</summary>
    /// <exception cref="InvalidDataException">The detector takes images of another shape.</exception>
    protected virtual Tensor Input(RasterImage preprocessed)
    {
        var (channels, shape) = (Preprocessing.Channels, preprocessed.Shape);
        if (shape.Channels != channels || (Preprocessing.OutputShape is { } expected && shape != expected))
            throw new InvalidDataException(
                $"the detector takes images of {Preprocessing.OutputShape?.ToString() ?? $"{channels} channels"}, " +
                $"and this one is {shape}");
        return preprocessed.ToTensor().unsqueeze(0);
    }

    /// <summary>A tensor of the state, checked.</summary>
    /// <exception cref="InvalidDataException">It is missing, of another number of dimensions or of another type.</exception>
    private protected static Tensor Take(
        IReadOnlyDictionary<string, Tensor> state, string name, int dimensions, ScalarType type = ScalarType.Float32)
    {
        if (!state.TryGetValue(name, out var tensor)) throw new InvalidDataException($"the detector's '{name}' is missing");
        if (tensor.dim() != dimensions)
            throw new InvalidDataException($"the detector's '{name}' has {tensor.dim()} dimensions, not {dimensions}");
        if (tensor.dtype != type) throw new InvalidDataException($"the detector's '{name}' is of the type {tensor.dtype}, not {type}");
        return tensor;
    }
}
