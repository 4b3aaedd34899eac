using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Runs;

namespace Pentimento.Experiments;

/// <summary>What the fit of a detector came to.</summary>
/// <param name="RunId">Its name in the run store.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="ModelPath">The model bundle.</param>
/// <param name="ReportPath">The HTML report; null where there was nothing to measure on.</param>
/// <param name="LearntFrom">How many normal images it was fitted and calibrated on.</param>
/// <param name="Evaluation">The evaluation; null as the report.</param>
/// <param name="Skipped">Images that were left out as unreadable.</param>
public sealed record DetectorResult(
    string RunId, string Folder, string ModelPath, string? ReportPath, int LearntFrom, EvaluationResult? Evaluation,
    IReadOnlyList<SkippedImage> Skipped)
{
    /// <summary>The memory bank, for a detector that has one.</summary>
    public BankFacts? Bank { get; init; }

    /// <summary>Whether a folder of the images could not be read.</summary>
    public bool IsIncomplete { get; init; }
}

/// <summary>
/// Fit → evaluate → record, for detectors that learn from images at once instead of step by step (all but auto-encoders, see
/// <see cref="Experiment"/>): they are fitted on all normal images that are not measured on, and calibrated on the same by
/// cross-fitting. The folder has experiment.json, model.pent, evaluation.json and report.html.
/// </summary>
public sealed class DetectorExperiment
{
    private readonly ExperimentOptions _options;
    private readonly RunStore _store;
    private readonly string _command;
    private readonly TimeProvider _time;

    /// <summary>Prepares it.</summary>
    /// <param name="options">What to do; with a detector.</param>
    /// <param name="store">Where it is recorded.</param>
    /// <param name="command">The command line that does it again, for the record.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="ArgumentException">The options are out of range, or have no detector.</exception>
    public DetectorExperiment(ExperimentOptions options, RunStore store, string command, TimeProvider? time = null)
    {
        options.ThrowIfInvalid();
        if (options.Detector is null) throw new ArgumentException("The options name no detector.");
        (_options, _store, _command, _time) = (options, store, command, time ?? TimeProvider.System);
    }

    /// <summary>What it does.</summary>
    public ExperimentOptions Options => _options;

    /// <summary>Whether a run or a model that is in the folder already is replaced. The default value is false.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Runs it.</summary>
    /// <param name="folder">Where its files go; null makes a folder of the run's name in "pentimento-runs".</param>
    /// <param name="resume">
    /// Takes up the run in <paramref name="folder"/>, under its name. Fits have no checkpoints, so that it starts anew, which
    /// <paramref name="progress"/> is told; it comes to what it would have come to.
    /// </param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Ends the work; no model is written then.</param>
    /// <exception cref="ArgumentException">The options do not go with the images, or the folder has a run already.</exception>
    /// <exception cref="InvalidDataException">An image, the set or the weights are damaged.</exception>
    /// <exception cref="InvalidOperationException">The run to go on with is finished, or at work elsewhere.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or another run writes into the folder.</exception>
    public DetectorResult Run(
        string? folder = null, bool resume = false, IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancel = default)
    {
        progress?.Report(new ExperimentProgress("reading images", Warning: !resume ? null
            : $"The detector '{_options.Detector!.Name}' keeps no checkpoints: the run starts anew."));
        using var given = folder is null ? null : RunFolder.Take(folder, resume, Overwrite);
        using var data = ExperimentData.Open(_options, Experiment.Decoding(progress), cancel);
        foreach (var known in data.Warnings) progress?.Report(new ExperimentProgress("reading images", Warning: known));
        using var run = resume ? given!.Resume(_store, data, 0) : _store.Begin(Experiment.Facts(_options, data, _command));
        return Experiment.Recorded(run, () =>
        {
            using var own = given is null ? Experiment.FolderOf(run) : null;
            var place = given ?? own!;
            place.Clear();
            return Run(run, data, place.Path, progress, cancel);
        });
    }

    private DetectorResult Run(
        Run run, ExperimentData data, string folder, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var files = new ExperimentFiles(run, folder, _options, data, _command, _time);
        files.SaveOptions(_options);
        using var detector = DetectorTraining.Fit(_options, data, progress, cancel);
        var learntFrom = data.Train.Count + data.Validation.Count;
        var model = detector.ToBundle(); // its network, if it has one, is disposed with the detector
        var modelPath = files.SaveModel(model);

        progress?.Report(new ExperimentProgress("evaluating"));
        var measured = DetectionMeasurement.Of(detector, data, cancel);
        var evaluation = measured.Count == 0 ? null : DetectionEvaluation.Run(
            detector, measured, data.Images.Source.Name, _options.Training.Seed, files.Context([]));
        var reportPath = files.SaveReport(evaluation);
        run.Finish([.. evaluation?.Figures ?? []]);
        return new DetectorResult(run.Id, folder, modelPath, reportPath, learntFrom, evaluation, [.. data.Skipped])
        {
            IsIncomplete = data.IsIncomplete,
            Bank = (detector.OfCrop as PatchCoreDetector)?.BankFacts,
        };
    }
}
