using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Any detector, on pictures larger than what it looks at: it learns from overlapping crops of the whole picture
/// (<see cref="Preprocessing.Window"/>), scores each, and the scores are fused to one a picture. All crops of a picture go the same way:
/// they are in one fold, and the calibration is of pictures, so that p-values are.
/// </summary>
public sealed class CroppedDetector : AnomalyDetector
{
    private const string PartName = "crops.json";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
    };

    private readonly AnomalyDetector _ofCrop;

    /// <summary>Makes pictures in crops of a detector's images.</summary>
    /// <param name="ofCrop">With a window in its preprocessing; it is disposed with this one.</param>
    /// <param name="fusion">What becomes of the scores.</param>
    internal CroppedDetector(AnomalyDetector ofCrop, CropFusion fusion)
        : base(ofCrop.Setup with { AreBackbonesShared = true, Fusion = fusion }) => _ofCrop = ofCrop;

    /// <summary>What becomes of the crops' scores.</summary>
    public CropFusion Fusion => Setup.Fusion;

    /// <inheritdoc/>
    public override AnomalyDetector OfCrop => _ofCrop;

    /// <inheritdoc/>
    public override string Name => _ofCrop.Name;

    /// <inheritdoc/>
    public override bool HasMap => _ofCrop.HasMap;

    /// <inheritdoc/>
    protected internal override string FeatureKind => $"{_ofCrop.FeatureKind}, in crops of {Side}";

    private int Side => Preprocessing.Window!.Value;

    /// <summary>What the detector of images looks at in every crop.</summary>
    /// <inheritdoc/>
    /// <returns>(crops, …), float32, row by row, on the CPU; the caller's dispose scope owns it.</returns>
    public override Tensor Extract(Tensor image)
    {
        using var scope = NewDisposeScope();
        var places = SlidingWindow.Places((int)image.shape[2], (int)image.shape[3], Side);
        return stack(places.Select(place => _ofCrop.Extract(image.narrow(2, place.Top, Side).narrow(3, place.Left, Side).contiguous())))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The mean over the crops.</summary>
    /// <inheritdoc/>
    internal override Tensor Remembered(Tensor features) => _ofCrop.Remembered(features.mean([0]));

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        using var scope = NewDisposeScope();
        _ofCrop.Fit(InCrops(data));
    }

    /// <inheritdoc/>
    protected internal override double[] FitAndScoreHeldOut(FitData data, IReadOnlyList<IReadOnlyList<int>> folds)
    {
        using var scope = NewDisposeScope();
        var first = new int[data.Normal.Count + 1]; // of each picture's crops
        for (var i = 0; i < data.Normal.Count; i++) first[i + 1] = first[i] + (int)data.Normal[i].shape[0];
        var scores = _ofCrop.FitAndScoreHeldOut(
            InCrops(data), [.. folds.Select(fold => fold.SelectMany(i => Enumerable.Range(first[i], first[i + 1] - first[i])).ToArray())]);
        return [.. data.Normal.Select((_, i) => Fusion.Fuse(scores[first[i]..first[i + 1]]))];
    }

    /// <inheritdoc/>
    public override double Score(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Fusion.Fuse([.. features.unbind(0).Select(_ofCrop.Score)]);
    }

    /// <summary>The crops' maps at their places; where they overlap, their mean.</summary>
    /// <inheritdoc/>
    public override Tensor? Map(Tensor features, int height, int width)
    {
        if (!HasMap) return null;
        using var scope = NewDisposeScope();
        Tensor sum = zeros(height, width), count = zeros(height, width);
        foreach (var (place, crop) in SlidingWindow.Places(height, width, Side).Zip(features.unbind(0)))
        {
            using var step = NewDisposeScope();
            Tensor Part(Tensor whole) => whole.narrow(0, place.Top, Side).narrow(1, place.Left, Side);
            Part(sum).add_(_ofCrop.Map(crop, Side, Side)!);
            Part(count).add_(1);
        }
        return (sum / count).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ModelBundle ToBundle()
    {
        _ofCrop.Calibration = Calibration;
        var bundle = _ofCrop.ToBundle();
        bundle.Parts[PartName] = JsonSerializer.SerializeToUtf8Bytes(new Description(Fusion), s_json);
        Examples?.Write(bundle);
        return bundle;
    }

    /// <summary>The detector of a model whose preprocessing has a window.</summary>
    /// <param name="ofCrop">The same without crops, calibrated for pictures.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidDataException">The model does not say what becomes of the scores.</exception>
    internal static CroppedDetector Of(AnomalyDetector ofCrop, ModelBundle model) =>
        new(ofCrop, FusionOf(model)) { Calibration = ofCrop.Calibration };

    /// <summary>What becomes of the crops' scores, as a model says whose preprocessing has a window.</summary>
    /// <exception cref="InvalidDataException">The model does not say it.</exception>
    public static CropFusion FusionOf(ModelBundle model)
    {
        try
        {
            if (!model.Parts.TryGetValue(PartName, out var json)) throw new InvalidDataException($"it has no {PartName}");
            return (JsonSerializer.Deserialize<Description>(json, s_json) ?? throw new JsonException("it is empty")).Fusion;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{PartName}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => _ofCrop.State();

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state) => _ofCrop.Restore(state);

    /// <inheritdoc/>
    protected override Tensor Input(RasterImage preprocessed)
    {
        var shape = preprocessed.Shape;
        if (Math.Min(shape.Height, shape.Width) != Preprocessing.Resize)
            throw new InvalidDataException(
                $"the detector takes images with a shorter side of {Preprocessing.Resize} pixels, and this one is {shape}");
        return base.Input(preprocessed);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _ofCrop.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The same data with crops for pictures; the crops of one of the known others stay of one kind.</summary>
    private static FitData InCrops(FitData data) => data with
    {
        Normal = [.. data.Normal.SelectMany(picture => picture.unbind(0))],
        KnownOthers = [.. data.KnownOthers.SelectMany(picture => picture.unbind(0))],
        KnownOtherKinds = [.. data.KnownOthers.SelectMany(
            (picture, i) => Enumerable.Repeat(i < data.KnownOtherKinds.Count ? data.KnownOtherKinds[i] : i, (int)picture.shape[0]))],
    };

    private sealed record Description(CropFusion Fusion);
}
