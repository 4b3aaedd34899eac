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
            "compare-detectors", "Cross-validate all detectors on the same folds, beside statistics that know nothing of pictures.");
        Option<string> Set(string name, string description) =>
            new(name) { Description = description, HelpName = "set" };
        var normal = Set("--normal", "The images that belong.");
        var other = Set("--other", "Images that do not belong; only measured on.");
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
        var (backbone, folds) = (ComparisonOptions.Backbone(), ComparisonOptions.Folds());
        var steps = new Option<int?>("--steps") { Description = "Steps of detectors that train a network.", HelpName = "number" };
        var rate = OptionValues.Share("--false-alarms", "Share of normal images that may be flagged. Default 5%.");
        var size = new Option<int?>("--size") { Description = "Side of the square that pictures are brought to.", HelpName = "pixels" };
        var (skip, seed) = (CommonOptions.SkipUnreadable(), CommonOptions.Seed());
        var (device, json) = (CommonOptions.Device(), CommonOptions.Json());
        verb.Add("Images", normal, other, known, size, skip);
        verb.Add("One class against the rest", oneClass, classes, seeds, onTraining);
        verb.Add("Detectors", detectors, backbone, steps, rate, folds);
        verb.Add("Run", seed, device, json);
        verb.Example("pentimento compare-detectors --normal ./munch --other ./van-gogh");
        verb.Example("pentimento compare-detectors --normal ./munch --other ./van-gogh --backbone mobilenet_v2.pth");
        verb.Example("pentimento compare-detectors --one-class fashion-mnist --detectors autoencoder descriptors");
        verb.SetAction(parsed =>
        {
            var set = parsed.GetValue(oneClass);
            Check(set, parsed.GetValue(normal), parsed.GetValue(other), [classes, seeds, onTraining], parsed);
            var options = new DetectorComparisonOptions
            {
                Normal = parsed.GetValue(normal) ?? set!,
                Other = parsed.GetValue(other) ?? set!,
                KnownOthers = parsed.GetValue(known) ?? [],
                Detectors = parsed.GetValue(detectors) ?? [],
                Backbone = parsed.GetValue(backbone),
                Steps = parsed.GetValue(steps),
                Folds = parsed.GetValue(folds),
                FalseAlarmRate = parsed.GetValue(rate) ?? 0.05,
                Size = parsed.GetValue(size),
                SkipUnreadable = parsed.GetValue(skip),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetValue(device)!,
            };
            if (set is not null)
            {
                var byClass = new OneClassOptions
                {
                    Data = set,
                    Detectors = options,
                    Classes = parsed.GetValue(classes) ?? [],
                    Seeds = parsed.GetValue(seeds),
                    OnTrainingImages = parsed.GetValue(onTraining),
                };
                var found = TrainingDisplay.Run(session, progress => OneClassComparison.Run(byClass, progress, session.Cancel));
                if (parsed.GetValue(json))
                    session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { options = byClass, rows = found }, Results.JsonOptions));
                else OneClassTable.Print(found, byClass, session.Terminal);
                return ExitCode.Done;
            }
            var rows = TrainingDisplay.Run(session, progress => DetectorComparison.Run(options, progress, session.Cancel));
            if (parsed.GetValue(json))
                session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { options, rows }, Results.JsonOptions));
            else Print(rows, options, session.Terminal);
            return ExitCode.Done;
        });
        return verb;
    }

    /// <exception cref="ArgumentException">Options do not go together.</exception>
    private static void Check(string? oneClass, string? normal, string? other, Option[] onlyOneClass, ParseResult parsed)
    {
        if (oneClass is not null && (normal is not null || other is not null))
            throw new ArgumentException("With --one-class the classes of one set are compared; leave --normal and --other out.");
        if (oneClass is not null) return;
        if (normal is null || other is null)
            throw new ArgumentException("Name the images with --normal and --other, or a set with labels with --one-class.");
        if (onlyOneClass.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new ArgumentException($"{given.Name} goes with --one-class.");
    }

    private static void Print(IReadOnlyList<DetectorRow> rows, DetectorComparisonOptions options, Terminal terminal)
    {
        var table = Results.Table("detector", "AUROC", "95 % interval", "p", "false alarms", "95 % interval", "found", "balanced", "seconds");
        foreach (var column in new[] { 1, 3, 4, 6, 7, 8 }) table.Columns[column].RightAligned();
        foreach (var row in rows)
            table.AddRow([.. new[]
            {
                row.Name, Number(row.Auroc.Estimate), Bounds(row.Auroc), row.PValue is { } p ? Number(p) : "", Share(row.FalseAlarms?.Estimate),
                row.FalseAlarms is { } alarms ? $"{Share(alarms.Lower)} – {Share(alarms.Upper)}" : "", Share(row.Found),
                row.BalancedAccuracy is { } accuracy ? Number(accuracy) : "",
                row.IsBlank ? "" : row.Seconds.ToString("F0", CultureInfo.InvariantCulture),
            }.Select((cell, i) => new Text(cell, row.IsBlank && i == 0 ? new Style(Color.Grey) : Style.Plain))]);
        terminal.Out.Write(table);
        terminal.Line($"{options.Folds} folds, seed {options.Seed}; asked for {Share(options.FalseAlarmRate)} false alarms. "
            + "In grey: blank models, which know nothing of what a picture shows; p is corrected for their number. "
            + "Unlike a detector they learn from both sets, a single number only which way round.");
        var (best, blank) = (rows.Where(r => !r.IsBlank).MaxBy(r => r.Auroc.Estimate), rows.FirstOrDefault(r => r.IsBlank && r.IsRival));
        if (best is not null && blank is not null && blank.Auroc.Estimate > best.Auroc.Estimate - 0.02)
            Results.Note(terminal, "[yellow]![/]", $"A simple statistic does as well as the best detector: {blank.Name}.");
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Share(double? value) =>
        value is { } share ? $"{(100 * share).ToString("F1", CultureInfo.InvariantCulture)} %" : "";

    private static string Bounds(Interval interval) =>
        interval.HasBounds ? $"{Number(interval.Lower)} – {Number(interval.Upper)}" : "";
}
