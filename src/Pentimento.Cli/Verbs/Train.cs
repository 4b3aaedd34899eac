using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Pentimento.Models;
using Pentimento.Runs;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento train reconstruct|denoise|detect</c>.</summary>
internal static class Train
{
    public static Command Create(Session session)
    {
        var train = new Verb("train", "Train a model on a set of images, measure it and write a report.");
        train.Example("pentimento train detect --data ./munch", "learn what belongs; find out what does not");
        train.Example("pentimento train denoise --data ./scans --noise 0.3", "learn to clean pictures");
        train.Example("pentimento train reconstruct --data fashion-mnist", "learn to give back what comes in");
        train.Subcommands.Add(Create(ModelTask.Reconstruct, "Train an auto-encoder to give back the images it is given.", session,
            ("pentimento train reconstruct --data fashion-mnist", "the reference's model 1"),
            ("pentimento train reconstruct --data ./photos --size 128 --loss mse+0.5*ssim --schedule cosine", null)));
        train.Subcommands.Add(Create(ModelTask.Denoise,
            "Train an auto-encoder to remove noise: it sees noisy images and learns the clean ones.", session,
            ("pentimento train denoise --data fashion-mnist --noise 0.2", "the reference's model 2"),
            ("pentimento train denoise --data ./scans --noise 0.5 --precision bfloat16 --out scans-model", null),
            ("pentimento train denoise --data ./scans --from model.pent --patch 128 --noise 'correlated(0.05-0.2,1)'",
                "go on from a model, with another noise"),
            ("pentimento train denoise --data ./noisy --supervision neighbours --architecture unet", "there are no clean pictures")));
        train.Subcommands.Add(Create(ModelTask.Detect,
            "Train a detector of what does not belong, on normal images: an auto-encoder, or any other detector.", session,
            ("pentimento train detect --data ./munch", "all it takes"),
            ("pentimento train detect --data ./munch --anomalous ./van-gogh --false-alarms 2%",
                "measure it on images that do not belong"),
            ("pentimento train detect --data ./munch --detector features --backbone mobilenet_v2", "on the features of another network"),
            ("pentimento train detect --data ./munch --backbone mobilenet_v2.pth --known-others ./others", "knowing other artists"),
            ("pentimento train detect --data ./bottle --detector patchcore --backbone squeezenet1_1", "faults of one kind of thing"),
            ("pentimento train detect --data fashion-mnist --normal Sneaker 'Ankle boot'",
                "shoes are normal, everything else is not")));
        train.Subcommands.Add(TrainStrength.Create(session));
        return train;
    }

    private static Verb Create(ModelTask task, string description, Session session, params (string, string?)[] examples)
    {
        var verb = new Verb(task.ToString().ToLowerInvariant(), description);
        var options = new TrainOptions(task);
        var output = new Option<string?>("--out")
        {
            Description = "The folder for model, report and logs. Default pentimento-runs/<run>.",
            HelpName = "folder",
        };
        var resume = new Option<string?>("--resume")
        {
            Description = "Go on with a stopped run, with its own options: its folder, or its name in 'pentimento runs'.",
            HelpName = "run",
        };
        var overwrite = new Option<bool>("--overwrite")
        {
            Description = "Replace a run or a model that is in the folder already.",
        };
        var json = CommonOptions.Json();
        options.AddTo(verb);
        verb.Add("Run", output, resume, overwrite, options.Private, json);
        foreach (var (commandLine, words) in examples) verb.Example(commandLine, words);
        verb.SetAction(parsed =>
        {
            using var limited = options.Limits.Apply(parsed);
            var store = parsed.GetValue(resume) is null ? session.OpenRunsToRecord() : session.OpenRuns();
            if (parsed.GetValue(resume) is not { } run)
            {
                return Start(options.Read(parsed), session.CommandLine, parsed.GetValue(output), goOn: false);
            }
            if (options.Given(parsed, verb).FirstOrDefault(o => o != resume.Name && o != json.Name
                && options.Limits.Options.All(limit => limit.Name != o)) is { } other)
                throw new ArgumentException($"A resumed run keeps its own options; leave {other} out.");
            var folder = FolderOf(run, store);
            var (own, id) = Experiment.ReadOptions(folder);
            if (own.Task != task)
                throw new ArgumentException(
                    $"The run {id} trains to {Name(own.Task)}: {ResumeCommand(own.Task, run)}.");
            var record = store.Find(id);
            if (record.Status == RunStatus.Finished && FinishedRun.In(folder, id) is { } finished)
            {
                if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(Json(finished, own));
                else Print(finished, own, session.Terminal);
                return ExitCode.Done;
            }
            return Start(own, record.Facts.CommandLine, folder, goOn: true);

            int Start(ExperimentOptions what, string command, string? into, bool goOn) => what.Detector is null
                ? Run(new Experiment(what, store, command) { Overwrite = parsed.GetValue(overwrite) }, into, goOn)
                : Fit(new DetectorExperiment(what, store, command) { Overwrite = parsed.GetValue(overwrite) }, into, goOn);

            int Fit(DetectorExperiment experiment, string? into, bool goOn)
            {
                var result = TrainingDisplay.Run(session, progress => experiment.Run(into, goOn, progress, session.Cancel));
                if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(Json(result, experiment.Options));
                else Print(result, experiment.Options, session.Terminal);
                return result.IsIncomplete ? ExitCode.BadInput : ExitCode.Done;
            }

            int Run(Experiment experiment, string? into, bool goOn)
            {
                var result = TrainingDisplay.Run(session, progress => experiment.Run(into, goOn, progress, session.Cancel));
                if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(Json(result, experiment.Options));
                else Print(result, experiment.Options, session.Terminal);
                return result.Training.Interrupted ? ExitCode.Interrupted : result.IsIncomplete ? ExitCode.BadInput : ExitCode.Done;
            }
        });
        return verb;
    }

    /// <summary>The folder of a run that is named by it or by its id.</summary>
    private static string FolderOf(string run, RunStore store)
    {
        if (Directory.Exists(run)) return run;
        if (run.Contains(Path.DirectorySeparatorChar)) throw new DirectoryNotFoundException($"There is no folder '{run}'.");
        var id = store.Find(run).Id;
        var artefact = store.Artefacts(id).FirstOrDefault(a => Path.GetFileName(a.Path) == Experiment.OptionsName)
            ?? throw new ArgumentException($"The run {id} stopped before it began to train; there is nothing to resume.");
        return Path.GetDirectoryName(artefact.Path)!;
    }

    private static void Print(ExperimentResult result, ExperimentOptions options, Terminal terminal)
    {
        List<(string, string)> rows = [("run", result.RunId), ("seed", $"{options.Training.Seed}"), ("model", result.ModelPath)];
        if (result.ReportPath is not null) rows.Add(("report", result.ReportPath));
        Results.Facts(terminal, rows);
        Results.Skipped(terminal, [.. result.Skipped.Select(s => (s.Id, s.Reason))]);
        if (result.Training.Interrupted)
        {
            terminal.Line();
            terminal.Line($"Stopped after step {result.Training.Steps:N0}; the model is usable as it is. To go on:");
            terminal.Line($"  {Spectre.Console.Markup.Escape(ResumeCommand(options.Task, result.Folder))}");
        }
        else if (result.Evaluation is { } evaluation)
        {
            Results.Figures(terminal, evaluation);
        }
        else
        {
            var loss = Results.Number(result.Training.Epochs[^1].TrainLoss);
            terminal.Line($"There were no images to measure on; last training loss {loss}.");
        }
    }

    private static void Print(DetectorResult result, ExperimentOptions options, Terminal terminal)
    {
        List<(string, string)> rows =
        [
            ("run", result.RunId), ("seed", $"{options.Training.Seed}"), ("detector", options.Detector!.Name),
            ("learnt from", $"{result.LearntFrom:N0} normal images"), ("model", result.ModelPath),
        ];
        if (result.Bank is { } bank) rows.Insert(4, ("memory bank", $"{bank}"));
        if (result.ReportPath is not null) rows.Add(("report", result.ReportPath));
        Results.Facts(terminal, rows);
        Results.Skipped(terminal, [.. result.Skipped.Select(s => (s.Id, s.Reason))]);
        if (result.Evaluation is { } evaluation) Results.Figures(terminal, evaluation);
        else terminal.Line("There were no images to measure on.");
    }

    private static void Print(FinishedRun run, ExperimentOptions options, Terminal terminal)
    {
        terminal.Line("The run is finished; there is nothing left to do, and nothing was changed.");
        List<(string, string)> rows = [("run", run.RunId), ("seed", $"{options.Training.Seed}"), ("model", run.ModelPath)];
        if (run.ReportPath is not null) rows.Add(("report", run.ReportPath));
        Results.Facts(terminal, rows);
    }

    private static string Json(FinishedRun run, ExperimentOptions options) => Results.Json(new JsonObject
    {
        ["run"] = run.RunId,
        ["seed"] = options.Training.Seed,
        ["detector"] = options.Detector?.Name,
        ["folder"] = run.Folder,
        ["model"] = run.ModelPath,
        ["report"] = run.ReportPath,
        ["alreadyFinished"] = true,
        ["evaluation"] = run.Evaluation is { } evaluation ? JsonNode.Parse(evaluation) : null,
    });

    private static string Json(DetectorResult result, ExperimentOptions options) => Results.Json(new JsonObject
    {
        ["run"] = result.RunId,
        ["seed"] = options.Training.Seed,
        ["detector"] = options.Detector!.Name,
        ["folder"] = result.Folder,
        ["model"] = result.ModelPath,
        ["report"] = result.ReportPath,
        ["learntFrom"] = result.LearntFrom,
        ["bank"] = JsonSerializer.SerializeToNode(result.Bank, Results.JsonOptions),
        ["evaluation"] = result.Evaluation is { } evaluation ? JsonNode.Parse(evaluation.ToJson()) : null,
        ["skipped"] = JsonSerializer.SerializeToNode(result.Skipped, Results.JsonOptions),
    });

    private static string Json(ExperimentResult result, ExperimentOptions options) => Results.Json(new JsonObject
    {
        ["run"] = result.RunId,
        ["seed"] = options.Training.Seed,
        ["folder"] = result.Folder,
        ["model"] = result.ModelPath,
        ["report"] = result.ReportPath,
        ["interrupted"] = result.Training.Interrupted,
        ["steps"] = result.Training.Steps,
        ["bestEpoch"] = result.Training.BestEpoch,
        ["epochs"] = JsonSerializer.SerializeToNode(result.Training.Epochs, Results.JsonOptions),
        ["evaluation"] = result.Evaluation is { } evaluation ? JsonNode.Parse(evaluation.ToJson()) : null,
        ["skipped"] = JsonSerializer.SerializeToNode(result.Skipped, Results.JsonOptions),
    });

    private static string ResumeCommand(ModelTask task, string run) =>
        $"pentimento train {Name(task)} --resume {CommandLineText.Quote(run)}";

    private static string Name(ModelTask task) => task.ToString().ToLowerInvariant();
}
