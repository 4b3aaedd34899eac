using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pentimento.Cli.Output;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Metrics;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento compare-detectors</c>.</summary>
internal static class CompareDetectors
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "compare-detectors", "Cross-validate all detectors on the same folds, beside statistics that know nothing of " +
            "pictures.");
        var normal = new Option<string?>("--normal")
        {
            Description = "The images that belong; or without --other and --each a set that has both kinds, as in MVTec's " +
                "layout.",
            HelpName = "set",
        };
        var other = new Option<string?>("--other") { Description = "Images that do not belong; only measured on.", HelpName = "set" };
        var each = new Option<string[]>("--each")
        {
            Description = "Instead of --other: sets, or a folder of folders, measured on one after the other. While one is, " +
                "the rest of them are known others.",
            HelpName = "set",
            AllowMultipleArgumentsPerToken = true,
        };
        var known = ComparisonOptions.KnownOthers();
        var oneClass = new Option<string?>("--one-class")
        {
            Description = "Instead of --normal and --other a set with labels: each class is normal in turn, measured against the rest.",
            HelpName = "set",
        };
        var classes = new Option<string[]>("--classes")
        {
            Description = "With --one-class: which classes are normal in turn. Default all.",
            HelpName = "label",
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<int>("--seeds")
        {
            Description = "With --one-class: how often a detector with chance in it is fitted. Default 3.",
            HelpName = "number",
            DefaultValueFactory = _ => 3,
        };
        var onTraining = new Option<bool>("--on-training-images")
        {
            Description = "With --one-class: measure on a fifth of the training images, to choose settings by.",
        };
        var detectors = new Option<string[]>("--detectors")
        {
            Description = $"Which: {string.Join(", ", Detectors.Names)}. Default all that need no training or missing input.",
            HelpName = "name",
            AllowMultipleArgumentsPerToken = true,
        };
        detectors.CompletionSources.Add(_ => Detectors.Names);
        var (backbone, folds) = (ComparisonOptions.Backbones(), ComparisonOptions.Folds());
        var (bank, crops) = (new BankChoice(), new CropChoice());
        var rates = OptionValues.Shares(
            "--false-alarms", "Shares of normal images that may be flagged, one or more. Default 5%, with --one-class none.");
        var features = new Option<string?>("--features")
        {
            Description = "A folder that keeps what detectors look at, so that the next comparison need not look again.",
            HelpName = "folder",
        };
        var size = ComparisonOptions.Size();
        var (skip, seed) = (CommonOptions.SkipUnreadable(), CommonOptions.Seed());
        var (device, json) = (CommonOptions.Device(), CommonOptions.Json());
        var steps = new Option<int?>("--steps") { Description = "Steps of detectors that train a network.", HelpName = "number" };
        var limits = new LimitOptions(bank.Memory);
        verb.Add("Images", [normal, other, each, known, size, skip, .. limits.Options]);
        verb.Add("One class against the rest", oneClass, classes, seeds, onTraining);
        verb.Add("Detectors", [detectors, backbone, steps, .. bank.Options, .. crops.Options, rates, folds, features]);
        verb.Add("Run", seed, device, json);
        verb.Example("pentimento compare-detectors --normal ./munch --other ./van-gogh");
        verb.Example("pentimento compare-detectors --normal ./munch --other ./van-gogh --backbone mobilenet_v2.pth");
        verb.Example("pentimento compare-detectors --normal ./munch --each ./artists --backbone mobilenet_v2.pth");
        verb.Example("pentimento compare-detectors --normal ./bottle --backbone squeezenet1_1.pth",
            "a set in MVTec's layout: learns from train, measures on test, by pixels too");
        verb.Example("pentimento compare-detectors --one-class fashion-mnist --detectors autoencoder descriptors");
        verb.SetAction(parsed =>
        {
            using var limited = limits.Apply(parsed);
            var set = parsed.GetValue(oneClass);
            Check(parsed, set is not null, set is null ? [oneClass, classes, seeds, onTraining]
                : [normal, other, each, known, folds]);
            var shares = parsed.GetValue(rates) ?? [];
            var options = new DetectorComparisonOptions
            {
                Normal = set ?? parsed.GetValue(normal) ?? throw new ArgumentException(
                    "Name the images that belong with --normal, or a set with labels with --one-class."),
                Other = parsed.GetValue(other),
                Each = parsed.GetValue(each) ?? [],
                KnownOthers = parsed.GetValue(known) ?? [],
                Detectors = parsed.GetValue(detectors) ?? [],
                Backbones = parsed.GetValue(backbone) ?? [],
                Steps = parsed.GetValue(steps),
                BankSize = bank.Read(parsed),
                Folds = parsed.GetValue(folds),
                FalseAlarmRate = shares.Length > 0 ? shares[0] : 0.05,
                MoreFalseAlarmRates = shares.Skip(1).ToArray(),
                FeatureFolder = parsed.GetValue(features),
                Size = parsed.GetValue(size),
                Crops = crops.Read(parsed),
                SkipUnreadable = parsed.GetValue(skip),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetValue(device)!,
            };
            if (set is not null)
                return OneClass(new OneClassOptions
                {
                    Data = set,
                    Detectors = options,
                    Classes = parsed.GetValue(classes) ?? [],
                    Seeds = parsed.GetValue(seeds),
                    FalseAlarmRates = shares,
                    OnTrainingImages = parsed.GetValue(onTraining),
                }, session, parsed.GetValue(json));
            if (options.Other is not null && options.Each.Count > 0)
                throw new ArgumentException("Either --other or --each: what is not normal, to measure on.");
            if (options.Each.Count > 0) return Unseen(options, session, parsed.GetValue(json));
            var rows = TrainingDisplay.Run(session, progress => DetectorComparison.Run(options, progress, session.Cancel));
            if (parsed.GetValue(json))
                session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { options, rows }, Results.JsonOptions));
            else Print(rows, options, session.Terminal);
            return ExitCode.Done;
        });
        return verb;
    }

    /// <exception cref="ArgumentException">An option that goes with the other way of comparing is given.</exception>
    private static void Check(ParseResult parsed, bool isOneClass, Option[] unused)
    {
        if (unused.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new ArgumentException(isOneClass
                ? $"With --one-class the classes of one set are compared; leave {given.Name} out."
                : $"{given.Name} goes with --one-class.");
    }

    private static int OneClass(OneClassOptions options, Session session, bool json)
    {
        var rows = TrainingDisplay.Run(session, progress => OneClassComparison.Run(options, progress, session.Cancel));
        if (json) session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { options, rows }, Results.JsonOptions));
        else OneClassTable.Print(rows, options, session.Terminal);
        return ExitCode.Done;
    }

    private static int Unseen(DetectorComparisonOptions options, Session session, bool json)
    {
        var rows = TrainingDisplay.Run(session, progress => UnseenComparison.Run(options, progress, session.Cancel));
        var summaries = UnseenSummary.Of(rows, options.Seed);
        if (json)
            session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { options, rows, summaries }, Results.JsonOptions));
        else Print(rows, summaries, options, session.Terminal);
        return ExitCode.Done;
    }

    private static void Print(
        IReadOnlyList<UnseenRow> rows, IReadOnlyList<UnseenSummary> summaries, DetectorComparisonOptions options, Terminal terminal)
    {
        var table = Results.Table(
            "set", "images", "detector", "AUROC", "95 % interval", "found", "balanced", "best simple statistic", "AUROC");
        foreach (var column in new[] { 1, 3, 5, 6, 8 }) table.Columns[column].RightAligned();
        foreach (var row in rows)
            table.AddRow([.. new[]
            {
                row.Set, row.Count.ToString(CultureInfo.InvariantCulture), row.Detector, Number(row.Auroc.Estimate), Bounds(row.Auroc),
                Share(row.Rates[0].Found), Number(row.Rates[0].BalancedAccuracy), row.Blank?.Name ?? "",
                row.Blank is { } blank ? Number(blank.Auroc.Estimate) : "",
            }.Select(cell => new Text(cell))]);
        terminal.Out.Write(table);
        foreach (var summary in summaries)
            terminal.Line($"{summary.Detector}: mean {Number(summary.Mean.Estimate)} ({Bounds(summary.Mean)}) over the sets, " +
                $"worst {Number(summary.Worst.Auroc.Estimate)} on {Markup.Escape(summary.Worst.Set)}.");
        terminal.Line($"{options.Folds} folds, seed {options.Seed}; found at {Share(options.FalseAlarmRate)} false alarms. " +
            "No detector has learnt from the set that it is measured on.");
    }

    private static void Print(IReadOnlyList<DetectorRow> rows, DetectorComparisonOptions options, Terminal terminal)
    {
        var byPixels = rows.Any(row => row.PixelAuroc is not null);
        string[] pixels = byPixels ? ["pixel AUROC", "PRO"] : [];
        var table = Results.Table([
            "detector", "AUROC", "95 % interval", .. pixels, "p", "asked", "false alarms", "95 % interval", "found", "balanced", "seconds",
        ]);
        foreach (var (i, column) in table.Columns.Index())
            if (i > 0 && i != 2 && i != 6 + pixels.Length) column.RightAligned();
        foreach (var row in rows)
        {
            string[] cells =
            [
                row.Name, Number(row.Auroc.Estimate), Bounds(row.Auroc),
                .. byPixels ? new[] { Number(row.PixelAuroc), Number(row.Pro) } : [], Number(row.PValue),
                .. Cells(row.Rates.Count > 0 ? row.Rates[0] : null),
                row.IsBlank ? "" : row.Seconds.ToString("F0", CultureInfo.InvariantCulture),
            ];
            table.AddRow([.. cells.Select((cell, i) => new Text(cell, row.IsBlank && i == 0 ? new Style(Color.Grey) : Style.Plain))]);
            foreach (var rate in row.Rates.Skip(1))
            {
                cells = [.. Enumerable.Repeat("", 4 + pixels.Length), .. Cells(rate), ""];
                table.AddRow([.. cells.Select(cell => new Text(cell))]);
            }
        }
        terminal.Out.Write(table);
        var how = options.Other is null ? "Learnt from the set's training images, measured on its test images; "
            : $"{options.Folds} folds, ";
        terminal.Line($"{how}seed {options.Seed}. In grey: blank models, which know nothing of what a picture shows; p is "
            + "corrected for their number. Unlike a detector they learn from both sets, a single number only which way round.");
        var (best, blank) = (rows.Where(r => !r.IsBlank).MaxBy(r => r.Auroc.Estimate), rows.FirstOrDefault(r => r.IsBlank && r.IsRival));
        if (best is not null && blank is not null && blank.Auroc.Estimate > best.Auroc.Estimate - 0.02)
            Results.Note(terminal, "[yellow]![/]", $"A simple statistic does as well as the best detector: {blank.Name}.");
    }

    private static string[] Cells(MeasuredRate? rate) => rate is null ? ["", "", "", "", ""] :
    [
        Share(rate.Asked), Share(rate.FalseAlarms.Estimate), $"{Share(rate.FalseAlarms.Lower)} – {Share(rate.FalseAlarms.Upper)}",
        Share(rate.Found), Number(rate.BalancedAccuracy),
    ];

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "";

    private static string Share(double? value) =>
        value is { } share ? $"{(100 * share).ToString("F1", CultureInfo.InvariantCulture)} %" : "";

    private static string Bounds(Interval interval) =>
        interval.HasBounds ? $"{Number(interval.Lower)} – {Number(interval.Upper)}" : "";
}
