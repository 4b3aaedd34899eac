using Pentimento.Files;

namespace Pentimento.Experiments;

/// <summary>What a run that is finished has left in its folder.</summary>
/// <param name="RunId">Its name in the run store.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="ModelPath">The model bundle.</param>
/// <param name="ReportPath">The HTML report, or null.</param>
/// <param name="Evaluation">The figures as JSON, or null.</param>
public sealed record FinishedRun(string RunId, string Folder, string ModelPath, string? ReportPath, string? Evaluation)
{
    /// <summary>The finished run in a folder; null where its model is gone.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="run">Its name.</param>
    /// <exception cref="IOException">The figures cannot be read.</exception>
    public static FinishedRun? In(string folder, string run)
    {
        var (model, report, figures) = (Path.Combine(folder, Experiment.ModelName), Path.Combine(folder, Experiment.ReportName),
            Path.Combine(folder, Experiment.EvaluationName));
        return !File.Exists(model) ? null : new FinishedRun(
            run, folder, model, File.Exists(report) ? report : null, File.Exists(figures) ? InputFile.ReadAllText(figures) : null);
    }
}
