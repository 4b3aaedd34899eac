using System.Diagnostics;
using Pentimento.Experiments;
using Pentimento.Files;
using Pentimento.Training;
using Spectre.Console;

namespace Pentimento.Cli.Output;

/// <summary>Shows what an experiment is doing: bars on a terminal, a line a stage and an epoch elsewhere.</summary>
internal static class TrainingDisplay
{
    private const string Stopping = "stopping after this step";

    /// <summary>Runs some work and shows its progress meanwhile.</summary>
    public static T Run<T>(Session session, Func<IProgress<ExperimentProgress>, T> work)
    {
        var terminal = session.Terminal;
        if (!terminal.IsLive)
        {
            using var told = session.Cancel.Register(() => terminal.Error.WriteLine(Stopping));
            return work(new Lines(terminal));
        }
        T? result = default;
        var details = new DetailColumn();
        terminal.Progress.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, details)
            .Start(context =>
            {
                var bars = new Bars(terminal, context, details);
                using var told = session.Cancel.Register(bars.Stop);
                result = work(bars);
            });
        return result!;
    }

    /// <summary>As in 0:42, 12:05 and 3:07:00.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss") : time.ToString(@"m\:ss");

    /// <summary>The stage without the count at its end, as in "reading images: 1,000".</summary>
    private static string StageOf(ExperimentProgress progress)
    {
        var end = progress.Stage.LastIndexOf(": ", StringComparison.Ordinal);
        return end > 0 && char.IsAsciiDigit(progress.Stage[end + 2]) ? progress.Stage[..end] : progress.Stage;
    }

    private sealed class Lines(Terminal terminal) : IProgress<ExperimentProgress>
    {
        private static readonly TimeSpan s_betweenEpochs = TimeSpan.FromSeconds(1);
        private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
        private string? _stage;
        private double _speed;

        public void Report(ExperimentProgress value)
        {
            var stage = StageOf(value);
            if (stage != _stage) terminal.Error.WriteLine(_stage = stage);
            if (value.Warning is { } warning) terminal.Error.WriteLine($"  ! {FileName.Printable(warning)}");
            if (value.Training is not { } training) return;
            if (training.ImagesPerSecond > 0) _speed = training.ImagesPerSecond;
            if (training.Finished is not { } epoch) return;
            var isOneOfMany = epoch.Epoch > 1 && epoch.Epoch < training.Epochs && _sinceLine.Elapsed < s_betweenEpochs;
            if (isOneOfMany) return; // hundreds of short epochs need not a line each
            _sinceLine.Restart();
            var validation = epoch.ValidationLoss is { } loss ? $"  validation {Results.Number(loss)}" : "";
            terminal.Error.WriteLine(
                $"  epoch {epoch.Epoch}/{training.Epochs}  loss {Results.Number(epoch.TrainLoss)}{validation}" +
                $"{(_speed > 0 ? $"  {_speed:N0} images/s" : "")}" +
                $"{(training.Remaining > TimeSpan.Zero ? $"  {Duration(training.Remaining)} left" : "")}");
        }
    }

    private sealed class Bars(Terminal terminal, ProgressContext context, DetailColumn details) : IProgress<ExperimentProgress>
    {
        private ProgressTask? _stageTask, _run, _epoch;
        private string? _stage;
        private EpochRecord? _last;

        public void Report(ExperimentProgress value)
        {
            var stage = StageOf(value);
            if (stage != _stage)
            {
                foreach (var task in new[] { _stageTask, _run, _epoch }) task?.StopTask();
                (_stage, _stageTask, _run, _epoch, _last) = (stage, null, null, null, null);
            }
            if (value.Warning is { } warning) terminal.ProgressLine($"[yellow]![/] {Markup.Escape(warning)}");
            var description = Markup.Escape(value.Stage);
            if (value.Training is { } training) Show(training);
            else (_stageTask ??= context.AddTask(description).IsIndeterminate()).Description = description;
        }

        public void Stop()
        {
            if (_run is { } run) run.Description = Stopping;
        }

        private void Show(TrainingProgress training)
        {
            _run ??= context.AddTask(Markup.Escape(_stage!));
            _epoch ??= context.AddTask("epoch");
            _last = training.Finished ?? _last;
            _run.MaxValue = training.RunSteps;
            _run.Value = Math.Min(training.RunStep, training.RunSteps - 0.001); // a completed task would be hidden
            details.Set(_run, $"{training.ImagesPerSecond:N0} images/s  {Duration(training.Remaining)} left");
            _epoch.Description = $"epoch {training.Epoch}/{training.Epochs}";
            _epoch.MaxValue = training.Steps;
            _epoch.Value = Math.Min(training.Step, training.Steps - 0.001);
            var before = _last is { ValidationLoss: { } loss } ? $"  validation {Results.Number(loss)}" : "";
            details.Set(_epoch, $"loss {Results.Number(training.Loss)}{before}");
        }
    }
}
