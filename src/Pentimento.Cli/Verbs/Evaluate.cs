using System.CommandLine;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Pentimento.Models;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento evaluate</c>.</summary>
internal static class Evaluate
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "evaluate", "Measure a trained model on images and write a report. " +
                "On the set it was trained on, only the images that were held out count.");
        var model = new Argument<string>("model") { Description = "The model file (.pent), or blind, told or white, which come along." };
        var data = new Option<string>("--data")
        {
            Description = "The images: a folder, a file or a known set.",
            HelpName = "set",
            Required = true,
        };
        var anomalous = new Option<string?>("--anomalous")
        {
            Description = "For a detector: images that do not belong.",
            HelpName = "set",
        };
        var normal = new Option<string[]>("--normal")
        {
            Description = "For a detector: the labels that are normal. Default as in the training.",
            HelpName = "label",
            AllowMultipleArgumentsPerToken = true,
        };
        var all = new Option<bool>("--all") { Description = "Measure on all images, also those that were trained on." };
        var noise = OptionValues.Noise(
            "--noise", "The noise, as for 'pentimento train denoise'. Default as in the training.");
        var skip = CommonOptions.SkipUnreadable();
        var output = new Option<string?>("--out")
        {
            Description = "The report. Default evaluation-<model>.html in this folder.",
            HelpName = "file",
        };
        var limits = new LimitOptions();
        var (seed, device, json) = (CommonOptions.Seed(), CommonOptions.Device(), CommonOptions.Json());
        verb.Arguments.Add(model);
        verb.Add("Images", [data, anomalous, normal, all, noise, skip, .. limits.Options]);
        verb.Add("Run", output, seed, device, json);
        verb.Example("pentimento evaluate model.pent --data ./munch", "on the images that were held out of its training");
        verb.Example("pentimento evaluate model.pent --data ./munch --anomalous ./van-gogh --out munch.html");
        verb.SetAction(parsed =>
        {
            var path = ShippedModels.FileOf(parsed.GetRequiredValue(model));
            var report = parsed.GetValue(output) ?? $"evaluation-{Path.GetFileNameWithoutExtension(path)}.html";
            var options = new EvaluationOptions
            {
                Data = parsed.GetRequiredValue(data),
                Anomalous = parsed.GetValue(anomalous),
                NormalLabels = parsed.GetValue(normal) ?? [],
                All = parsed.GetValue(all),
                Noise = parsed.GetValue(noise),
                SkipUnreadable = parsed.GetValue(skip),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetValue(device)!,
            };
            using var limited = limits.Apply(parsed);
            var result = TrainingDisplay.Run(session,
                progress => Evaluation.Run(path, options, session.CommandLine, progress, cancel: session.Cancel));
            if (parsed.GetValue(json))
            {
                var document = JsonNode.Parse(result.ToJson())!.AsObject();
                document["report"] = report;
                document["seed"] = options.Seed;
                session.Terminal.Output.WriteLine(Results.Json(document));
            }
            else
            {
                Results.Facts(session.Terminal, [("report", report), ("seed", $"{options.Seed}")]);
                Results.Figures(session.Terminal, result);
            }
            result.Page.Save(report); // last: no figure is lost with the file
            return result.IsIncomplete ? ExitCode.BadInput : ExitCode.Done;
        });
        return verb;
    }
}
