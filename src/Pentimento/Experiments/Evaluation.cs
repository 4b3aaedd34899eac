using System.Text.Json;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>What to evaluate a saved model on.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The images: a path or a known name.</summary>
    public required string Data { get; init; }

    /// <summary>For detection: a set of anomalous images, or null.</summary>
    public string? Anomalous { get; init; }

    /// <summary>For detection: the labels that are normal; empty takes those of the training.</summary>
    public IReadOnlyList<string> NormalLabels { get; init; } = [];

    /// <summary>Measures on all images, also where some of them were trained on. The default value is false.</summary>
    public bool All { get; init; }

    /// <summary>Put on the images, or null for that of the training.</summary>
    public Noise? Noise { get; init; }

    /// <summary>Leaves damaged pictures out instead of stopping at the first.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>The seed of noise, examples and intervals. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";
}

/// <summary>
/// Evaluates a saved model. On the set that it was trained on, only the images held out for that are measured; on any other set,
/// those that the set itself calls its test part, or all.
/// </summary>
public static class Evaluation
{
    /// <summary>Evaluates.</summary>
    /// <param name="modelPath">A model bundle.</param>
    /// <param name="options">What on.</param>
    /// <param name="command">The command line, for the report.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <param name="cancel">Stops while images are read.</param>
    /// <exception cref="ArgumentException">The model and the images or options do not go together.</exception>
    /// <exception cref="InvalidDataException">The model, the set or an image is damaged.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static EvaluationResult Run(
        string modelPath, EvaluationOptions options, string command, IProgress<ExperimentProgress>? progress = null,
        TimeProvider? time = null, CancellationToken cancel = default)
    {
        using var model = ModelBundle.Load(modelPath, ComputeDevice.Parse(options.Device));
        Check(model.Task, options);
        var trained = OfModel(modelPath, () => TrainedOptions(model));
        progress?.Report(new ExperimentProgress("reading images"));
        using var images = Open(model, trained, options.Data, options, progress, cancel);
        if (RepeatedImages.AllAlike(images) is { } alike) Warn(alike);
        progress?.Report(new ExperimentProgress("evaluating"));
        var test = OfModel(modelPath, () => TestImages(model, images, options));
        var context = new ReportContext(
            Experiment.Title(model.Task, images.Source.Name), Describe(modelPath, options, trained),
            new ReportOrigin(RunVersions.Current.Pentimento, (time ?? TimeProvider.System).GetLocalNow(), options.Seed, command),
            OfModel(modelPath, () => model.Training["epochs"].Deserialize<EpochRecord[]>()) ?? []);
        if (model.Task != ModelTask.Detect)
        {
            foreach (var fault in options.Noise?.Faults ?? []) throw new ArgumentException($"Noise: {fault}.");
            var noise = options.Noise ?? trained?.Training.Noise
                ?? (model.Task == ModelTask.Denoise ? new GaussianNoise(0.2) : null);
            return ReconstructionEvaluation.Run(model, images, test, noise, options.Seed, context) with
            {
                IsIncomplete = images.Source.LeftOut.Folders.Count > 0,
            };
        }

        var normal = NormalLabels.OfMeasured(
            images.Items, options.NormalLabels,
            OfModel(modelPath, () => model.Training[ExperimentFiles.NormalLabelsFact].Deserialize<string[]>())
                ?? trained?.NormalLabels ?? [],
            model.Training["fingerprint"]?.GetValue<string>() == images.Fingerprint, options.Data);
        if (normal.Remark is { } remark) Warn(remark);
        bool IsNormal(int i) => normal.Contains(images.Items[i]);
        var anomalous = Enumerable.Range(0, images.Count)
            .Where(i => !IsNormal(i) && (options.All || images.Items[i].Split is not "train"));
        using var detector = OfModel(modelPath, () => AnomalyDetector.Of(model, ComputeDevice.Parse(options.Device)));
        List<DetectionMeasurement> measured =
        [
            .. DetectionMeasurement.Of(detector, images, [.. test.Where(IsNormal)], anomalous: false, cancel),
            .. DetectionMeasurement.Of(detector, images, [.. anomalous], anomalous: true, cancel),
        ];
        using var others = options.Anomalous is { } path ? Open(model, trained, path, options, progress, cancel) : null;
        if (others is not null)
            measured.AddRange(
                DetectionMeasurement.Of(detector, others, [.. Enumerable.Range(0, others.Count)], anomalous: true, cancel));
        return DetectionEvaluation.Run(detector, measured, images.Source.Name, options.Seed, context) with
        {
            IsIncomplete = images.Source.LeftOut.Folders.Count > 0 || others?.Source.LeftOut.Folders.Count > 0,
        };

        void Warn(string line) => progress?.Report(new ExperimentProgress("reading images", Warning: line));
    }

    /// <exception cref="ArgumentException">An option is given that a model of this kind has no use for.</exception>
    private static void Check(ModelTask task, EvaluationOptions options)
    {
        if (task == ModelTask.Detect && options.Noise is not null)
            throw new ArgumentException("Noise is for models that clean or reconstruct; this one is a detector.");
        if (task != ModelTask.Detect && (options.Anomalous is not null || options.NormalLabels.Count > 0))
            throw new ArgumentException(
                $"Normal and anomalous images are for detectors; this model is made to {task.ToString().ToLowerInvariant()}.");
    }

    /// <summary>What a model file says; an error in it names the file.</summary>
    private static T OfModel<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static ImageDataset Open(
        ModelBundle model, ExperimentOptions? trained, string path, EvaluationOptions options,
        IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        // A network that learned from patches, here or elsewhere, is measured on whole pictures.
        var whole = model.HasNetwork && model.Network.AnySize && model.Preprocessing.Crop is null
            && (trained is null || trained.PatchSize is not null);
        var images = ImageDataset.Open(
            path, new ImageDatasetOptions
            {
                Preprocessing = model.Preprocessing,
                SkipUnreadable = options.SkipUnreadable,
                MixedSizes = whole || model.Preprocessing.Window is not null,
            }, Experiment.Decoding(progress), cancel);
        foreach (var line in images.Source.LeftOut.Lines) progress?.Report(new ExperimentProgress("reading images", Warning: line));
        // Else made to the detector's size by its preprocessing.
        if (!model.HasNetwork || model.Preprocessing.Window is not null) return images;
        var (shape, input) = (images.Shape, model.Network.Input);
        if (shape == input || (model.Network.AnySize && shape.Channels == input.Channels)) return images;
        images.Dispose();
        throw new ArgumentException($"The model takes images of {input}; those of '{path}' are {shape}.");
    }

    private static IReadOnlyList<int> TestImages(ModelBundle model, ImageDataset images, EvaluationOptions options)
    {
        if (!options.All && model.Training["fingerprint"]?.GetValue<string>() == images.Fingerprint
            && model.Parts.TryGetValue(Experiment.SplitPart, out var json)
            && JsonSerializer.Deserialize<DataSplit>(json) is { } split)
        {
            split.CheckFits(images.Count);
            return split.Test;
        }
        int[] declared = [.. Enumerable.Range(0, images.Count).Where(i => images.Items[i].Split is "test")];
        return options.All || declared.Length == 0 ? [.. Enumerable.Range(0, images.Count)] : declared;
    }

    private static ExperimentOptions? TrainedOptions(ModelBundle model) =>
        model.Training["options"] is { } options ? ExperimentOptions.FromJson(options.ToJsonString()) : null;

    private static IReadOnlyList<KeyValuePair<string, string>> Describe(
        string modelPath, EvaluationOptions options, ExperimentOptions? trained) =>
    [
        new("model", Path.GetFileName(modelPath)),
        new("data", options.Data),
        .. options.Anomalous is { } anomalous ? new KeyValuePair<string, string>[] { new("anomalous", anomalous) } : [],
        new("images", options.All ? "all" : "held out"),
        new("seed", $"{options.Seed}"),
        .. trained?.Describe().Select(o => new KeyValuePair<string, string>($"trained with {o.Key}", o.Value)) ?? [],
    ];
}
