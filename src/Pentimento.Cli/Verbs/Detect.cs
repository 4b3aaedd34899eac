using System.CommandLine;
using System.Text;
using Pentimento.Cli.Output;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Files;
using Pentimento.Inference;
using Pentimento.Models;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento detect</c>.</summary>
internal static class Detect
{
    private const int MostRows = 40;

    public static Command Create(Session session)
    {
        var verb = new Verb("detect", "Find the pictures that do not belong, with a trained detector.");
        var input = InputOptions.Inputs();
        var model = InputOptions.Model();
        var recursive = InputOptions.Recursive();
        var overlays = new Option<string?>("--maps")
        {
            Description = "A folder for pictures of where the anomalies are.",
            HelpName = "folder",
        };
        var rawMaps = new Option<string?>("--raw-maps")
        {
            Description = "A folder for the maps as numbers (32-bit TIFF).",
            HelpName = "folder",
        };
        var csv = new Option<string?>("--csv") { Description = "Write all scores to this file.", HelpName = "file" };
        var nearest = new Option<int>("--nearest")
        {
            Description = "How many of the normal pictures that are most like each to name. Default 3.",
            HelpName = "number",
            DefaultValueFactory = _ => 3,
        };
        var report = new Option<string?>("--report")
        {
            Description = $"A folder for a page about each picture, and {PictureReports.IndexName} with all of them.",
            HelpName = "folder",
        };
        var audit = new Option<string?>("--audit")
        {
            Description = "For the report: the folder that 'pentimento audit' wrote.",
            HelpName = "folder",
        };
        var normal = new Option<string?>("--normal")
        {
            Description = "For the report: the folder of the normal pictures that the model learnt from, to show the most " +
                "similar. Default the small ones that came along with the model.",
            HelpName = "folder",
        };
        var (device, json) = (CommonOptions.Device(), CommonOptions.Json());
        var limits = new LimitOptions();
        verb.Arguments.Add(input);
        verb.Add("Options", [model, recursive, nearest, .. limits.Options, device]);
        verb.Add("Results", overlays, rawMaps, csv, json, report, audit, normal);
        verb.Example("pentimento detect ./new --model model.pent");
        verb.Example("pentimento detect ./new --model model.pent --maps ./maps --csv scores.csv");
        verb.Example("pentimento detect ./new --model model.pent --report ./report --audit ./audit");
        verb.SetAction(parsed =>
        {
            var options = new DetectRunOptions
            {
                Recursive = parsed.GetValue(recursive),
                OverlayFolder = parsed.GetValue(overlays),
                MapFolder = parsed.GetValue(rawMaps),
                NearestExamples = parsed.GetValue(nearest),
            };
            var (inputs, file, folder) = (parsed.GetRequiredValue(input), parsed.GetRequiredValue(model),
                parsed.GetValue(report));
            foreach (var part in new[] { audit, normal })
                if (folder is null && parsed.GetValue(part) is not null)
                    throw new ArgumentException($"{part.Name} is for the report; name its folder with {report.Name}.");
            using var limited = limits.Apply(parsed);
            using var detector = AnomalyDetector.Load(file, ComputeDevice.Parse(parsed.GetValue(device)!));
            var result = FilesDisplay.Run(session.Terminal, progress => folder is null
                ? DetectRun.Run(detector, inputs, options, progress, session.Cancel)
                : PictureReports.Run(detector, inputs, options, new PictureReportOptions
                {
                    Folder = folder,
                    Audit = parsed.GetValue(audit),
                    NormalFolder = parsed.GetValue(normal),
                    Model = Path.GetFileName(file),
                    Command = session.CommandLine,
                }, progress, session.Cancel));
            if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(
                Encoding.UTF8.GetString(ScoreTable.ToJson(result.Files, detector.Calibration)));
            else Print(result, detector.Calibration, session.Terminal);
            if (folder is not null && !parsed.GetValue(json))
                Results.Facts(session.Terminal, [("report", Path.Combine(folder, PictureReports.IndexName))]);
            if (parsed.GetValue(csv) is { } table) ScoreTable.WriteCsv(table, result.Files); // last: no score is lost with the file
            return InputOptions.EndOf(result, session.Terminal);
        });
        return verb;
    }

    private static void Print(FileBatchResult<ScoredFile> result, Calibration calibration, Terminal terminal)
    {
        var known = result.Files.Any(f => f.Nearest.Count > 0);
        var table = Results.Table(["", "score", "p-value", "picture", .. known ? new[] { "most like" } : []]);
        var strangest = result.Files.Where(f => f.Verdict is not null).OrderByDescending(f => f.Verdict!.AnomalyScore).ToArray();
        foreach (var file in strangest.Take(MostRows))
        {
            var verdict = file.Verdict!;
            table.AddRow([InWords(verdict.Answer), new Text(Results.Number(verdict.AnomalyScore)),
                new Text(Results.Number(verdict.PValue)), new Text(FileName.Printable(file.Path)),
                .. known ? new[] { new Text(file.Nearest.Count > 0 ? FileName.Printable(file.Nearest[0].Id) : "") } : []]);
        }
        if (strangest.Length > 0) terminal.Out.Write(table);
        if (strangest.Length > MostRows) terminal.Line(
            $"  and {strangest.Length - MostRows:N0} less strange; --csv writes them all");
        int Count(Answer answer) => strangest.Count(f => f.Verdict!.Answer == answer);
        terminal.Line($"{Count(Answer.DoesNotBelong):N0} of {strangest.Length:N0} do not belong (scores from " +
            $"{Results.Number(calibration.Threshold)} on), {Count(Answer.Belongs):N0} belong, of " +
            $"{Count(Answer.CannotTell):N0} it cannot be told; {result.Describe()}");
    }

    private static Text InWords(Answer answer) => new(answer.InWords(), answer switch
    {
        Answer.DoesNotBelong => new Style(Color.Red),
        Answer.CannotTell => new Style(Color.Yellow),
        _ => Style.Plain,
    });
}
