using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Runs;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento runs [list|show|compare]</c>.</summary>
internal static class RunsVerb
{
    public static Command Create(Session session)
    {
        var runs = new Verb("runs", "List, show and compare the runs that were made. Every training is recorded.");
        runs.Example("pentimento runs", "the latest 20");
        runs.Example("pentimento runs show 7f3a", "a run is named by the start or the last four digits of its name");
        runs.Example("pentimento runs compare 7f3a c041");
        var (limit, json) = (Limit(), CommonOptions.Json());
        runs.Add("Options", limit, json);
        runs.SetAction(parsed => List(session, parsed.GetValue(limit), parsed.GetValue(json)));
        runs.Subcommands.Add(CreateList(session));
        runs.Subcommands.Add(CreateShow(session));
        runs.Subcommands.Add(CreateCompare(session));
        return runs;
    }

    private static Verb CreateList(Session session)
    {
        var verb = new Verb("list", "List runs, latest first.");
        var (limit, json) = (Limit(), CommonOptions.Json());
        verb.Add("Options", limit, json);
        verb.SetAction(parsed => List(session, parsed.GetValue(limit), parsed.GetValue(json)));
        return verb;
    }

    private static Verb CreateShow(Session session)
    {
        var verb = new Verb("show", "Show a run: what was done, what came out, and where its files are.");
        var id = new Argument<string>("run") { Description = "The start, or the last four digits, of its name." };
        var json = CommonOptions.Json();
        verb.Arguments.Add(id);
        verb.Add("Options", json);
        verb.Example("pentimento runs show 7f3a");
        verb.SetAction(parsed =>
        {
            var store = session.OpenRuns();
            var run = store.Find(parsed.GetRequiredValue(id));
            if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(Results.Json(Json(run, store)));
            else Print(run, store, session.Terminal);
            return ExitCode.Done;
        });
        return verb;
    }

    private static Verb CreateCompare(Session session)
    {
        var verb = new Verb("compare", "Put runs side by side: in what they differ, and what came out.");
        var ids = new Argument<string[]>("run") { Description = "Two runs or more.", Arity = new ArgumentArity(2, 100) };
        var json = CommonOptions.Json();
        verb.Arguments.Add(ids);
        verb.Add("Options", json);
        verb.Example("pentimento runs compare 7f3a c041");
        verb.SetAction(parsed =>
        {
            var comparison = session.OpenRuns().Compare(parsed.GetRequiredValue(ids));
            if (parsed.GetValue(json))
            {
                session.Terminal.Output.WriteLine(Results.Json(JsonSerializer.SerializeToNode(comparison, Results.JsonOptions)!));
                return ExitCode.Done;
            }
            var table = Results.Table(["", .. comparison.Runs.Select(r => r.Id)]);
            foreach (var row in comparison.Differences) Add(row.Name, row.Values.Select(v => v ?? "–"));
            foreach (var row in comparison.Metrics)
                Add(row.Name, row.Values.Select(v => v is { } metric ? Results.Number(metric.Value) : "–"));
            session.Terminal.Out.Write(table);
            return ExitCode.Done;

            void Add(string name, IEnumerable<string> values) =>
                table.AddRow([new Text(name), .. values.Select(v => new Text(v))]);
        });
        return verb;
    }

    private static int List(Session session, int limit, bool json)
    {
        var terminal = session.Terminal;
        var runs = session.OpenRuns().List(limit);
        if (json)
        {
            terminal.Output.WriteLine(Results.Json(
                new JsonArray([.. runs.Select(run => JsonSerializer.SerializeToNode(run, Results.JsonOptions))])));
            return ExitCode.Done;
        }
        if (runs.Count == 0)
        {
            terminal.Line("No runs yet. To make one: pentimento train detect --data <folder>");
            return ExitCode.Done;
        }
        var table = Results.Table("run", "what", "data", "status", "time", "result");
        foreach (var run in runs)
            table.AddRow(new Text(run.Id), new Text(run.Facts.Verb), new Text(run.Facts.DataName), Status(run),
                new Text(Took(run)), new Text(Result(run)));
        terminal.Out.Write(table);
        return ExitCode.Done;
    }

    private static void Print(RunRecord run, RunStore store, Terminal terminal)
    {
        var facts = run.Facts;
        Results.Facts(terminal,
        [
            ("run", run.Id),
            ("status", $"{run.Status.ToString().ToLowerInvariant()}{(run.Reason is { } reason ? $": {reason}" : "")}"),
            ("command", facts.CommandLine.Length > 0 ? facts.CommandLine : facts.Verb),
            ("data", $"{facts.DataName}, fingerprint {facts.DataFingerprint[..Math.Min(12, facts.DataFingerprint.Length)]}"),
            ("seed", $"{facts.Seed}"),
            ("started", run.Started == default ? "" : run.Started.ToString("u", CultureInfo.InvariantCulture)),
            ("took", Took(run)),
            ("versions", $"Pentimento {facts.Versions.Pentimento}, TorchSharp {facts.Versions.TorchSharp}, " +
                $"libtorch {facts.Versions.LibTorch}, .NET {facts.Versions.DotNet}"),
            .. store.Artefacts(run.Id).Select(a => (a.Kind, a.Path)),
        ]);
        if (run.FinalMetrics.Count > 0) Results.Figures(terminal, run.FinalMetrics);
        Curves(run, store, terminal);
    }

    private static void Curves(RunRecord run, RunStore store, Terminal terminal)
    {
        var epochs = store.Metrics(run.Id)
            .Where(m => m.Name.StartsWith("epoch/", StringComparison.Ordinal)).ToLookup(m => m.Name);
        if (epochs.Count == 0) return;
        var table = Results.Table("epoch", "train loss", "validation loss");
        var validation = epochs["epoch/validation loss"].GroupBy(m => m.Epoch).ToDictionary(g => g.Key, g => g.Last().Value);
        foreach (var point in epochs["epoch/train loss"])
        {
            var loss = validation.TryGetValue(point.Epoch, out var value) ? Results.Number(value) : "";
            table.AddRow($"{point.Epoch}", Results.Number(point.Value), loss);
        }
        terminal.Out.Write(table);
    }

    private static JsonObject Json(RunRecord run, RunStore store)
    {
        var document = JsonSerializer.SerializeToNode(run, Results.JsonOptions)!.AsObject();
        document["artefacts"] = JsonSerializer.SerializeToNode(store.Artefacts(run.Id), Results.JsonOptions);
        document["split"] = store.Split(run.Id) is { } split ? JsonNode.Parse(split.GetRawText()) : null;
        document["metrics"] = JsonSerializer.SerializeToNode(store.Metrics(run.Id), Results.JsonOptions);
        return document;
    }

    private static Text Status(RunRecord run) => new(run.Status.ToString().ToLowerInvariant(), new Style(run.Status switch
    {
        RunStatus.Finished => Color.Green,
        RunStatus.Running => Color.Blue,
        RunStatus.Failed or RunStatus.Damaged => Color.Red,
        _ => Color.Yellow,
    }));

    private static string Took(RunRecord run) => run.Ended is { } ended ? TrainingDisplay.Duration(ended - run.Started) : "";

    /// <summary>The figure that says most.</summary>
    private static string Result(RunRecord run)
    {
        string[] telling = ["auroc", "psnr", "mse", "false alarm rate", "validation loss", "train loss"];
        foreach (var name in telling)
            foreach (var metric in run.FinalMetrics)
                if (metric.Name == name) return $"{name} {Results.Number(metric.Value)}";
        return run.Reason ?? "";
    }

    private static Option<int> Limit() =>
        new("--limit") { Description = "At most so many. Default 20.", HelpName = "number", DefaultValueFactory = _ => 20 };
}
