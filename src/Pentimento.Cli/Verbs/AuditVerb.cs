using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Pentimento.Auditing;
using Pentimento.Cli.Output;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Files;
using Pentimento.Metrics;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento audit</c>.</summary>
internal static class AuditVerb
{
    private const int MostRows = 12;

    public static Command Create(Session session)
    {
        var verb = new Verb(
            "audit", "Find out whether a detector looks at the pictures: blank models, sensitivity, sources. " +
                "Says first of all whether the two sets can be told apart by what has nothing to do with what they show.");
        Option<string> Set(string name, string description) =>
            new(name) { Description = description, HelpName = "set", Required = true };
        var normal = Set("--normal", "The images that belong.");
        var other = Set("--other", "Images that do not belong; only measured on.");
        var known = ComparisonOptions.KnownOthers();
        var sources = new Option<string?>("--sources")
        {
            Description = "A regular expression on the normal pictures' paths; its first group is their source. " +
                "Default the groups or folders of the set, or else the headers of the files.",
            HelpName = "pattern",
        };
        var detector = new Option<string>("--detector")
        {
            Description = $"Cross-validated: {string.Join(", ", Detectors.Names)}. Default descriptors.",
            HelpName = "name",
            DefaultValueFactory = _ => "descriptors",
        };
        detector.CompletionSources.Add(_ => Detectors.Names);
        var model = new Option<string?>("--model")
        {
            Description = "Instead: a trained model's detector, as it is.",
            HelpName = "file",
        };
        var (backbone, folds) = (ComparisonOptions.Backbones(), ComparisonOptions.Folds());
        var rate = OptionValues.Share("--false-alarms", "Share of normal images that may be flagged. Default 5%.");
        var size = ComparisonOptions.Size();
        var changed = new Option<int>("--changed")
        {
            Description = "How many pictures of each set are changed to see what the scores do. Default 24; 0 leaves it out.",
            HelpName = "number",
            DefaultValueFactory = _ => 24,
        };
        var output = new Option<string>("--out")
        {
            Description = $"The folder for {AuditFiles.PageName}, {AuditFiles.JsonName} and {AuditFiles.TableName}.",
            HelpName = "folder",
            Required = true,
        };
        var (skip, seed) = (CommonOptions.SkipUnreadable(), CommonOptions.Seed());
        var (device, json) = (CommonOptions.Device(), CommonOptions.Json());
        var limits = new LimitOptions();
        verb.Add("Images", [normal, other, known, sources, size, skip, .. limits.Options]);
        verb.Add("Detector", detector, model, backbone, rate, folds);
        verb.Add("Run", output, changed, seed, device, json);
        verb.Example("pentimento audit --normal ./munch --other ./van-gogh --out ./audit");
        verb.Example("pentimento audit --normal ./munch --other ./van-gogh --model model.pent --out ./audit");
        verb.SetAction(parsed =>
        {
            using var limited = limits.Apply(parsed);
            if (parsed.GetValue(model) is not null
                && new Option[] { detector, known, backbone, rate, size }.FirstOrDefault(
                    o => parsed.GetResult(o) is { Implicit: false }) is { } given)
                throw new ArgumentException(given == detector ? "Either --detector or --model: a model has a detector of its own."
                    : $"The detector of a model is audited as it is; leave {given.Name} out.");
            var options = new DetectorAuditOptions
            {
                Normal = parsed.GetRequiredValue(normal),
                Other = parsed.GetRequiredValue(other),
                KnownOthers = parsed.GetValue(known) ?? [],
                Sources = parsed.GetValue(sources),
                Detector = parsed.GetValue(detector)!,
                Model = parsed.GetValue(model),
                Backbones = parsed.GetValue(backbone) ?? [],
                Folds = parsed.GetValue(folds),
                FalseAlarmRate = parsed.GetValue(rate) ?? 0.05,
                Size = parsed.GetValue(size),
                SensitivityPictures = parsed.GetValue(changed),
                SkipUnreadable = parsed.GetValue(skip),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetValue(device)!,
            };
            var folder = parsed.GetRequiredValue(output);
            using var alone = FolderLock.Make(folder);
            var run = TrainingDisplay.Run(session, progress => DetectorAudit.Run(options, progress, session.Cancel));
            if (parsed.GetValue(json))
            {
                var document = JsonNode.Parse(run.Result.ToJson())!.AsObject();
                document["report"] = Path.Combine(folder, AuditFiles.PageName);
                session.Terminal.Output.WriteLine(Results.Json(document));
            }
            else Print(run.Result, folder, session.Terminal);
            AuditFiles.Write(folder, run, options, session.CommandLine); // last: no figure is lost with the files
            return ExitCode.Done;
        });
        return verb;
    }

    private static void Print(AuditResult audit, string folder, Terminal terminal)
    {
        var mark = audit.Outcome switch
        {
            AuditOutcome.NoConfound => "[green]✓[/]",
            AuditOutcome.Caution => "[yellow]![/]",
            _ => "[red]✗[/]",
        };
        foreach (var sentence in audit.Conclusion) Results.Note(terminal, mark, sentence);
        foreach (var remark in audit.Remarks) Results.Note(terminal, "[grey]·[/]", remark);
        PrintBlank(audit, terminal);
        if (audit.Sensitivity.Count > 0) PrintSensitivity(audit, terminal);
        if (audit.Sources.Count > 0) PrintSources(audit, terminal);
        Results.Facts(terminal, [("report", Path.Combine(folder, AuditFiles.PageName)), ("seed", $"{audit.Seed}")]);
    }

    private static void PrintBlank(AuditResult audit, Terminal terminal)
    {
        var table = Results.Table("", "a property of", "AUROC", "95 % interval", "corrected p", audit.Normal, audit.Other);
        foreach (var column in new[] { 2, 4, 5, 6 }) table.Columns[column].RightAligned();
        table.AddRow(Cells(audit.Detector.Name, "the detector", audit.Detector.Auroc, "", "", "")
            .Select(c => new Text(c, new Style(decoration: Decoration.Bold))));
        foreach (var model in audit.Blank.Models.Take(MostRows))
            table.AddRow(Cells(model.Name, model.Kind switch
            {
                BlankKind.File => "the file",
                BlankKind.Trace => "its processing",
                _ => "the picture",
            }, model.Auroc, Fixed(model.PValue), Value(model.NormalMedian), Value(model.OtherMedian)).Select(c => new Text(c)));
        terminal.Out.Write(table);
        if (audit.Blank.Models.Count > MostRows) terminal.Line($"  and {audit.Blank.Models.Count - MostRows} more in the report");
    }

    private static void PrintSensitivity(AuditResult audit, Terminal terminal)
    {
        var table = Results.Table("change", "moves normal", "moves others", "normal flagged", "others flagged", "other answer");
        foreach (var column in Enumerable.Range(1, 5)) table.Columns[column].RightAligned();
        foreach (var row in audit.Sensitivity)
            table.AddRow(new[]
            {
                row.Change, $"{Signed(row.Shift)} sd", $"{Signed(row.OtherShift)} sd",
                $"{Percent(row.FlaggedBefore)} → {Percent(row.FlaggedAfter)}",
                $"{Percent(row.FoundBefore)} → {Percent(row.FoundAfter)}", Percent(row.Changed),
            }.Select(c => new Text(c)));
        terminal.Out.Write(table);
    }

    private static void PrintSources(AuditResult audit, Terminal terminal)
    {
        var table = Results.Table("source", "pictures", "flagged, seen", "flagged, never seen", "AUROC, seen", "AUROC, never seen");
        foreach (var column in Enumerable.Range(1, 5)) table.Columns[column].RightAligned();
        foreach (var row in audit.Sources)
            table.AddRow(new[]
            {
                row.Source, $"{row.Count}", Percent(row.FalseAlarms.Estimate),
                row.FalseAlarmsLeftOut is { } left ? Percent(left.Estimate) : "–", Fixed(row.Auroc),
                row.AurocLeftOut is { } auroc ? Fixed(auroc.Estimate) : "–",
            }.Select(c => new Text(c)));
        terminal.Out.Write(table);
        terminal.Line($"[grey]Sources are known by {Markup.Escape(audit.SourcesFrom ?? "")}.[/]");
    }

    private static string[] Cells(string name, string of, Interval auroc, string p, string normal, string other) =>
        [name, of, Fixed(auroc.Estimate), auroc.HasBounds ? $"{Fixed(auroc.Lower)} – {Fixed(auroc.Upper)}" : "", p, normal, other];

    private static string Value(double? value) => value is { } known ? known.ToString("G3", CultureInfo.InvariantCulture) : "";

    private static string Fixed(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Signed(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) =>
        double.IsNaN(share) ? "–" : $"{(100 * share).ToString("F0", CultureInfo.InvariantCulture)} %";
}
