using System.CommandLine;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento demo</c>.</summary>
internal static class DemoVerb
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "demo", "Reconstruct, denoise and detect on the small set that comes with Pentimento, in a minute or two.");
        var output = new Option<string>("--out")
        {
            Description = "The folder for models and reports. Default pentimento-demo.",
            HelpName = "folder",
            DefaultValueFactory = _ => "pentimento-demo",
        };
        var json = CommonOptions.Json();
        verb.Add("Options", output, json);
        verb.Example("pentimento demo");
        verb.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            var store = session.OpenRunsToRecord();
            var result = TrainingDisplay.Run(session,
                progress => Demo.Run(folder, store, session.CommandLine, progress, session.Cancel));
            if (parsed.GetValue(json))
            {
                session.Terminal.Output.WriteLine(Results.Json(new JsonObject
                {
                    ["report"] = result.ReportPath,
                    ["parts"] = new JsonArray([.. result.Parts.Select(part => new JsonObject
                    {
                        ["run"] = part.RunId,
                        ["model"] = part.ModelPath,
                        ["report"] = part.ReportPath,
                        ["evaluation"] = part.Evaluation is { } evaluation ? JsonNode.Parse(evaluation.ToJson()) : null,
                    })]),
                }));
                return ExitCode.Done;
            }
            foreach (var line in result.Summary) session.Terminal.Line(Markup.Escape(line));
            session.Terminal.Line();
            Results.Facts(session.Terminal, [("report", result.ReportPath), .. result.Parts.Select(p => ("model", p.ModelPath))]);
            return ExitCode.Done;
        });
        return verb;
    }
}
