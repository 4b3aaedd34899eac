using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>What the demo came to.</summary>
/// <param name="ReportPath">The overview page; each part has its own report in a folder beside it.</param>
/// <param name="Parts">The three experiments: reconstruct, denoise, detect.</param>
/// <param name="Summary">One line for each part.</param>
public sealed record DemoResult(string ReportPath, IReadOnlyList<ExperimentResult> Parts, IReadOnlyList<string> Summary);

/// <summary>The three jobs on the small real sample that comes with Pentimento, in a minute or so on two cores.</summary>
public static class Demo
{
    private const string Sample = "fashion-mnist-sample", NormalClass = "Trouser";

    private static readonly (string Name, ExperimentOptions Options)[] s_parts =
    [
        ("reconstruct", new ExperimentOptions
        {
            Task = ModelTask.Reconstruct, Data = Sample, Training = new TrainingOptions { Epochs = 30 },
        }),
        ("denoise", new ExperimentOptions
        {
            Task = ModelTask.Denoise, Data = Sample,
            Training = new TrainingOptions { Epochs = 5, Noise = new GaussianNoise(0.2) },
        }),
        // A narrow code, so that the network cannot copy what it has not seen.
        ("detect", new ExperimentOptions
        {
            Task = ModelTask.Detect, Data = Sample, NormalLabels = [NormalClass], Architecture = "feed-forward",
            ArchitectureOptions = new Dictionary<string, int> { ["code"] = 16 },
            Training = new TrainingOptions { Epochs = 200, BatchSize = 50 },
        }),
    ];

    /// <summary>Runs all three.</summary>
    /// <param name="folder">Where files go; existing ones are replaced.</param>
    /// <param name="store">Where the runs are recorded.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Stops after the running step.</param>
    /// <param name="time">The clock; null is the system's.</param>
    /// <exception cref="IOException">The sample cannot be found, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DemoResult Run(
        string folder, RunStore store, string command, IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancel = default, TimeProvider? time = null)
    {
        using var alone = FolderLock.Make(folder);
        List<ExperimentResult> results = [];
        foreach (var (name, options) in s_parts)
        {
            var experiment = new Experiment(options, store, command, time) { Overwrite = true };
            results.Add(experiment.Run(Path.Combine(folder, name), progress: new Prefixed(name, progress), cancel: cancel));
            cancel.ThrowIfCancellationRequested();
        }
        var (reconstruct, denoise, detect) = (results[0].Evaluation!, results[1].Evaluation!, results[2].Evaluation!);
        string[] summary =
        [
            $"reconstruct: {reconstruct["psnr"]:F1} dB through a code of 64 numbers (mean squared error {reconstruct["mse"]:F4})",
            $"denoise: from {denoise["noisy psnr"]:F1} dB to {denoise["psnr"]:F1} dB at noise factor 0.2",
            $"detect: trained on {NormalClass.ToLowerInvariant()}s alone, tells the other nine classes apart with an AUROC of " +
                $"{detect["auroc"]:F3}; " +
                $"{detect["false alarm rate"]:P1} false alarms where 5 % were asked for",
        ];
        var page = new ReportPage(
            "Pentimento: the demo", "three auto-encoders on 6,000 Fashion-MNIST images, tested on 1,000 others")
            .KeyFigures(
                Figure(reconstruct, "psnr", "reconstructed", "dB"), Figure(denoise, "psnr", "denoised", "dB"),
                Figure(detect, "auroc", "odd ones out, AUROC", null),
                Figure(detect, "false alarm rate", "false alarms, 5 % asked for", null))
            .Section("Reconstruct").Paragraph(summary[0] + ". The whole report: reconstruct/report.html")
            .Cases(reconstruct.Examples)
            .Section("Denoise").Paragraph(summary[1] + ". The whole report: denoise/report.html").Cases(denoise.Examples)
            .Section("Detect").Paragraph(summary[2] + ". The strangest of 1,000 test images, and what the network made of " +
                "them. The whole report: detect/report.html")
            .Cases(detect.Examples);
        foreach (var remark in detect.Remarks) page.Note(remark);
        page.Origin(new ReportOrigin(RunVersions.Current.Pentimento, (time ?? TimeProvider.System).GetLocalNow(), 42, command));
        var path = Path.Combine(folder, Experiment.ReportName);
        page.Save(path);
        return new DemoResult(path, results, summary);
    }

    private static KeyFigure Figure(EvaluationResult result, string name, string label, string? unit)
    {
        var figure = result.Figures.First(f => f.Name == name);
        var interval = new Metrics.Interval(figure.Value, figure.Lower ?? double.NaN, figure.Upper ?? double.NaN);
        return KeyFigure.Of(label, interval, unit);
    }

    private sealed class Prefixed(string name, IProgress<ExperimentProgress>? progress) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => progress?.Report(value with { Stage = $"{name}: {value.Stage}" });
    }
}
