using Pentimento.Files;
using Pentimento.Inference;
using Spectre.Console;

namespace Pentimento.Cli.Output;

/// <summary>
/// Shows the work on a list of files: a bar on a terminal, and a line for each file that failed or was left alone.
/// </summary>
internal static class FilesDisplay
{
    /// <summary>Runs some work and shows its progress meanwhile.</summary>
    public static T Run<T>(Terminal terminal, Func<IProgress<FileProgress>, T> work)
    {
        if (!terminal.IsLive) return work(new Relay(progress => Problem(terminal, progress)));
        T? result = default;
        var details = new DetailColumn();
        terminal.Progress.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, details)
            .Start(context =>
            {
                var bar = context.AddTask("files");
                result = work(new Relay(progress =>
                {
                    Problem(terminal, progress);
                    bar.Value = 100 * progress.Overall;
                    bar.Description = $"{progress.Finished}/{progress.Total}";
                    var left = progress.Remaining is { } time ? $"{TrainingDisplay.Duration(time)} left  " : "";
                    details.Set(bar, $"{left}{Path.GetFileName(progress.Path)}");
                }));
            });
        return result!;
    }

    private static void Problem(Terminal terminal, FileProgress progress)
    {
        if (progress.Result is { Reason: not null } problem)
            terminal.ProgressLine($"{PentimentoCommand.Name}: {Markup.Escape(Line(problem))}");
    }

    /// <summary>What happened to a file, with its path exactly once.</summary>
    public static string Line(FileResult file) =>
        new[] { file.Path, FileName.Printable(file.Path) }.Any(path => file.Reason!.Contains(path, StringComparison.Ordinal))
            ? file.Reason! : $"{file.Path}: {file.Reason}";

    private sealed class Relay(Action<FileProgress> report) : IProgress<FileProgress>
    {
        public void Report(FileProgress value) => report(value);
    }
}
