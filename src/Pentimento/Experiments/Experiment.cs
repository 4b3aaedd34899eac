using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Runs;
using Pentimento.Training;
using TorchSharp;

namespace Pentimento.Experiments;

/// <summary>What an experiment is doing.</summary>
/// <param name="Stage">In words, as in "training".</param>
/// <param name="Training">Where the training is, or null in other stages.</param>
/// <param name="Warning">What a person should know before it goes on, said once, or null.</param>
public sealed record ExperimentProgress(string Stage, TrainingProgress? Training = null, string? Warning = null);

/// <summary>What an experiment came to.</summary>
/// <param name="RunId">Its name in the run store.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="ModelPath">The model bundle.</param>
/// <param name="ReportPath">The HTML report; null where there was nothing to measure on, or it was interrupted.</param>
/// <param name="Training">The training in figures.</param>
/// <param name="Evaluation">The evaluation; null as the report.</param>
/// <param name="Skipped">Images that were left out as unreadable.</param>
public sealed record ExperimentResult(
    string RunId, string Folder, string ModelPath, string? ReportPath, TrainingResult Training, EvaluationResult? Evaluation,
    IReadOnlyList<SkippedImage> Skipped)
{
    /// <summary>Whether a folder of the images could not be read.</summary>
    public bool IsIncomplete { get; init; }
}

/// <summary>
/// Train → evaluate → record. Everything lies in one folder: experiment.json, checkpoint.safetensors, metrics.jsonl, TensorBoard
/// events, model.pent, model.md, evaluation.json and report.html; and in the run store.
/// </summary>
public sealed class Experiment
{
    /// <summary>The name of the model in the folder.</summary>
    public const string ModelName = "model.pent";

    /// <summary>The name of the report in the folder.</summary>
    public const string ReportName = "report.html";

    /// <summary>The name of the model's card in the folder.</summary>
    public const string CardName = "model.md";

    /// <summary>The name of the figures in the folder.</summary>
    public const string EvaluationName = "evaluation.json";

    /// <summary>The name of the options in the folder.</summary>
    public const string OptionsName = "experiment.json";

    internal const string SplitPart = "split.json";
    private readonly ExperimentOptions _options;
    private readonly RunStore _store;
    private readonly string _command;
    private readonly TimeProvider _time;

    /// <summary>Prepares an experiment.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="store">Where it is recorded.</param>
    /// <param name="command">The command line that does it again, for the record.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="InvalidDataException">The model to start from is damaged.</exception>
    public Experiment(ExperimentOptions options, RunStore store, string command, TimeProvider? time = null)
    {
        if (options.Detector is { } detector)
            throw new ArgumentException(
                $"The detector '{detector.Name}' is fitted, not trained step by step: see {nameof(DetectorExperiment)}.");
        options = StartingModel.Adopt(options);
        options.ThrowIfInvalid();
        (_options, _store, _command, _time) = (options, store, command, time ?? TimeProvider.System);
    }

    /// <summary>What it does.</summary>
    public ExperimentOptions Options => _options;

    /// <summary>Whether a run or a model that is in the folder already is replaced. The default value is false.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The options of the experiment in a folder.</summary>
    /// <exception cref="FileNotFoundException">There is no experiment in the folder.</exception>
    /// <exception cref="InvalidDataException">Its options are damaged.</exception>
    public static (ExperimentOptions Options, string RunId) ReadOptions(string folder)
    {
        var path = Path.Combine(folder, OptionsName);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no run in '{folder}': it has no {OptionsName}.", path);
        try
        {
            using var document = JsonDocument.Parse(InputFile.ReadAllBytes(path));
            return (ExperimentOptions.FromJson(document.RootElement.GetProperty("options").GetRawText()),
                document.RootElement.GetProperty("run").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="folder">Where its files go; null makes a folder of the run's name in "pentimento-runs".</param>
    /// <param name="resume">Goes on with the run in <paramref name="folder"/>.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Stops after the running step; checkpoint and a usable model are kept.</param>
    /// <exception cref="ArgumentException">The options do not go with the images, or the folder has a run already.</exception>
    /// <exception cref="InvalidDataException">An image, the set or the checkpoint is damaged.</exception>
    /// <exception cref="InvalidOperationException">
    /// The loss is no longer a number, or the run to go on with is finished or at work elsewhere.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read or written, or another run writes into the folder.</exception>
    public ExperimentResult Run(
        string? folder = null, bool resume = false, IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancel = default)
    {
        progress?.Report(new ExperimentProgress("reading images"));
        using var given = folder is null ? null : RunFolder.Take(folder, resume, Overwrite);
        using var data = ExperimentData.Open(_options, Decoding(progress), cancel);
        foreach (var known in data.Warnings) progress?.Report(new ExperimentProgress("reading images", Warning: known));
        if (NoiseWarning.Of(data, _options) is { } warning)
            progress?.Report(new ExperimentProgress("reading images", Warning: warning));
        using var run = resume ? given!.Resume(_store, data, Checkpoint.StepOf(folder!) ?? 0)
            : _store.Begin(Facts(_options, data, _command));
        return Recorded(run, () =>
        {
            using var own = given is null ? FolderOf(run) : null;
            var place = given ?? own!;
            if (!resume) place.Clear();
            return Run(run, data, place.Path, resume, progress, cancel);
        });
    }

    /// <summary>
    /// Does the work of a run; where it ends early, the store learns how. What ended it comes out, whatever the store says.
    /// </summary>
    internal static T Recorded<T>(Run run, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e)
        {
            try
            {
                if (e is OperationCanceledException) run.Interrupt();
                else run.Fail(e.Message);
            }
            catch (Exception unrecorded) when (unrecorded is IOException or InvalidDataException or InvalidOperationException)
            {
                // The disk is full for the store as well, or the run had ended: a cause, or of no matter.
            }
            throw;
        }
    }

    /// <summary>What the store is told of a run at its start.</summary>
    internal static RunFacts Facts(ExperimentOptions options, ExperimentData data, string command) => new()
    {
        Verb = $"train {options.Task.ToString().ToLowerInvariant()}",
        CommandLine = command,
        Options = JsonElement.Parse(options.ToJson()),
        DataName = data.Images.Source.Name,
        DataFingerprint = data.Images.Fingerprint,
        Split = JsonSerializer.SerializeToElement(data.Split),
        Seed = options.Training.Seed,
    };

    /// <summary>What was written down, when the run began, of the model that it started from.</summary>
    private static JsonNode? StartOf(string folder) =>
        JsonNode.Parse(InputFile.ReadAllBytes(Path.Combine(folder, OptionsName)))?["from"]?.DeepClone();

    /// <summary>The folder of a run for which none was named.</summary>
    internal static RunFolder FolderOf(Run run) =>
        RunFolder.Take(Path.Combine("pentimento-runs", run.Id), resume: false, overwrite: false);

    private ExperimentResult Run(
        Run run, ExperimentData data, string folder, bool resume, IProgress<ExperimentProgress>? progress,
        CancellationToken cancel)
    {
        var shape = _options.Training.Supervision.ShapeFor(data.Images.Shape);
        var network = Architectures.Create(_options.EffectiveArchitecture, shape, _options.ArchitectureOptions);
        using var model = new ModelBundle(_options.Task, network, PreprocessingOfFiles(data.Images));
        if (_options.PatchSize is not null && !network.AnySize)
            throw new ArgumentException(
                $"Patches are for networks that take images of any size; '{network.Architecture}' takes {network.Input} alone.");
        network.Initialise(_options.Training.Seed);
        var goesOn = resume && Checkpoint.StepOf(folder) is not null; // then the file it started from need not exist any more
        if (_options.From is not null)
            model.Training["from"] = goesOn ? StartOf(folder) : StartingModel.CopyTo(network, shape, _options);
        network.to(ComputeDevice.Parse(_options.Device));
        // What is left to measurement is settled here and written down, so that a resumed run computes as it did before.
        var settled = ComputeForm.Resolve(network, shape, _options.Training);
        var files = new ExperimentFiles(run, folder, _options, data, _command, _time);
        files.SaveOptions(_options with { Training = settled }, model.Training["from"]);

        TrainingResult training;
        using (var log = new MetricsLog(folder, resume ? Checkpoint.StepOf(folder) ?? 0 : null, _time))
        {
            var images = new TrainingData(data.Images, data.Images.RepeatForPatches(data.Train), data.Validation);
            training = new Trainer(network, images, settled)
                .Run(folder, resume, new Recorder(log, run, progress), cancel);
        }

        if (_options.Task == ModelTask.Detect)
        {
            progress?.Report(new ExperimentProgress("calibrating"));
            using var inference = InferenceNetwork.Of(network);
            double[] heldOut =
                [.. DetectionMeasurement.Of(inference, data.Images, data.Validation, anomalous: false).Select(m => m.Score)];
            model.Parts[Calibration.PartName] = Calibration.ForFalseAlarmRate(heldOut, _options.FalseAlarmRate).ToJson();
        }
        model.Training["steps"] = training.Steps;
        model.Training["interrupted"] = training.Interrupted;
        model.Training["epochs"] = JsonSerializer.SerializeToNode(training.Epochs);
        var modelPath = files.SaveModel(model);
        if (training.Interrupted)
        {
            run.Interrupt();
            return new ExperimentResult(run.Id, folder, modelPath, null, training, null, [.. data.Skipped])
            {
                IsIncomplete = data.IsIncomplete,
            };
        }

        progress?.Report(new ExperimentProgress("evaluating"));
        var evaluation = Evaluate(model, data, files.Context(training.Epochs));
        var reportPath = files.SaveReport(evaluation);
        files.SaveCard(model, evaluation);
        run.Finish(
        [
            new FinalMetric("train loss", training.Kept.TrainLoss),
            .. training.Kept.ValidationLoss is { } loss ? new[] { new FinalMetric("validation loss", loss) } : [],
            .. evaluation?.Figures ?? [],
        ]);
        return new ExperimentResult(run.Id, folder, modelPath, reportPath, training, evaluation, [.. data.Skipped])
        {
            IsIncomplete = data.IsIncomplete,
        };
    }

    /// <summary>
    /// What to do with a picture of any size. Sets that come with one size (IDX, CSV) need nothing done, but a file that is given to
    /// the model later does; on the set itself it changes nothing.
    /// </summary>
    internal static Preprocessing PreprocessingOfFiles(ImageDataset images) =>
        images.PatchSize is null && images.Preprocessing is { Crop: null, Window: null } && images.Shape.Height == images.Shape.Width
            ? images.Preprocessing with { Resize = images.Shape.Height, Crop = images.Shape.Height } : images.Preprocessing;

    private EvaluationResult? Evaluate(ModelBundle model, ExperimentData data, ReportContext context)
    {
        if (_options.Task != ModelTask.Detect)
            return data.Test.Count == 0 || _options.Training.Supervision != Supervision.Clean ? null // nothing clean to compare with
                : ReconstructionEvaluation.Run(
                    model, data.Images, data.Test, _options.Training.Noise, _options.Training.Seed, context);
        var detector = new ReconstructionDetector(model); // the model is disposed elsewhere
        var measured = DetectionMeasurement.Of(detector, data);
        return measured.Count == 0 ? null
            : DetectionEvaluation.Run(detector, measured, data.Images.Source.Name, _options.Training.Seed, context);
    }

    internal static string Title(ModelTask task, string data) => task switch
    {
        ModelTask.Denoise => $"Denoising {data}",
        ModelTask.Detect => $"What does not belong in {data}",
        _ => $"Reconstructing {data}",
    };

    internal static IProgress<int>? Decoding(IProgress<ExperimentProgress>? progress) =>
        progress is null ? null : new Relay<int>(count => progress.Report(new ExperimentProgress($"reading images: {count:N0}")));

    /// <summary>Passes reports on at once, on the thread that makes them.</summary>
    private sealed class Relay<T>(Action<T> pass) : IProgress<T>
    {
        public void Report(T value) => pass(value);
    }

    /// <summary>Writes the training's progress to its logs, and passes it on.</summary>
    private sealed class Recorder(MetricsLog log, Run run, IProgress<ExperimentProgress>? progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            (string, double)[] metrics = value.Finished is { } epoch
                ?
                [
                    ("epoch/train loss", epoch.TrainLoss), ("epoch/learning rate", epoch.LearningRate),
                    ("epoch/seconds", epoch.Seconds),
                    .. epoch.ValidationLoss is { } loss ? new[] { ("epoch/validation loss", loss) } : [],
                ]
                : [("step/running loss", value.Loss), ("step/images per second", value.ImagesPerSecond)];
            log.Log(value.RunStep, value.Epoch, metrics);
            run.Log(value.RunStep, value.Epoch, metrics);
            if (value.Finished is not null) run.Flush(); // a checkpoint comes next: a run resumed from it has no gap
            progress?.Report(new ExperimentProgress("training", value));
        }
    }
}
