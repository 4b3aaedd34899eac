using System.CommandLine;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Pentimento.Reports;
using Pentimento.Runs;
using Pentimento.Training;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento reproduce fashion-mnist|paintings</c>.</summary>
internal static class Reproduce
{
    public static Command Create(Session session)
    {
        var reproduce = new Verb("reproduce", "Run the reference experiments and put the published figures beside ours.");
        reproduce.Example("pentimento reproduce fashion-mnist");
        reproduce.Example("pentimento reproduce paintings --normal ./munch --anomalous ./van-gogh");
        reproduce.Subcommands.Add(CreateFashionMnist(session));
        reproduce.Subcommands.Add(CreatePaintings(session));
        return reproduce;
    }

    private static Verb CreateFashionMnist(Session session)
    {
        var verb = new Verb("fashion-mnist", "Models 1 and 2 on Fashion-MNIST, and model 2 on MNIST.");
        var data = new Option<string>("--data")
        {
            Description = "Fashion-MNIST. Default: Debian's package dataset-fashion-mnist.",
            HelpName = "set",
            DefaultValueFactory = _ => "fashion-mnist",
        };
        var mnist = new Option<string?>("--mnist")
        {
            Description = "MNIST, to measure model 2 on what it has never seen.",
            HelpName = "set",
        };
        verb.Add("Images", data, mnist);
        verb.Example("pentimento reproduce fashion-mnist");
        verb.Example("pentimento reproduce fashion-mnist --mnist ./mnist --out table.html");
        var run = new RunOptions(verb);
        verb.SetAction(parsed => run.Run(parsed, session, (options, progress) =>
            ReferenceFashionMnist.Run(parsed.GetRequiredValue(data), parsed.GetValue(mnist), options, progress, session.Cancel)));
        return verb;
    }

    private static Verb CreatePaintings(Session session)
    {
        var verb = new Verb("paintings", "Models 1, 2 and 3 on paintings: one artist is learnt, the other is to be told apart.");
        var normal = new Option<string>("--normal")
        {
            Description = "The artist to learn.",
            HelpName = "folder",
            Required = true,
        };
        var anomalous = new Option<string>("--anomalous")
        {
            Description = "The other artist.",
            HelpName = "folder",
            Required = true,
        };
        var folds = new Option<int?>("--folds")
        {
            Description = "Folds of the corrected protocol's detector. Default 5 for fewer than 500 pictures, else 1.",
            HelpName = "number",
        };
        var skip = CommonOptions.SkipUnreadable();
        verb.Add("Images", normal, anomalous, folds, skip);
        verb.Example("pentimento reproduce paintings --normal ./munch --anomalous ./van-gogh --precision bfloat16");
        var run = new RunOptions(verb);
        verb.SetAction(parsed => run.Run(parsed, session, (options, progress) => ReferencePaintings.Run(
            parsed.GetRequiredValue(normal), parsed.GetRequiredValue(anomalous),
            options with { Folds = parsed.GetValue(folds), SkipUnreadable = parsed.GetValue(skip) }, progress, session.Cancel)));
        return verb;
    }

    /// <summary>The options of both experiments.</summary>
    private sealed class RunOptions
    {
        private readonly Option<string> _faults = new("--faults")
        {
            Description = "What the reference protocol reproduces: all, none, or of validation-divisor, frozen-statistics, " +
                "test-on-all, batch-means, training-threshold. Default all.",
            HelpName = "names",
            DefaultValueFactory = _ => "all",
        };

        private readonly Option<Precision> _precision = OptionValues.Choice(
            "--precision", "What layers compute in; auto measures. Default float32, as in the reference.",
            ("float32", Precision.Float32), ("bf16", Precision.BFloat16), ("bfloat16", Precision.BFloat16),
        ("auto", Precision.Auto));

        private readonly Option<int> _shorten = new("--shorten")
        {
            Description = "Divide the number of epochs, for a quick look.",
            HelpName = "times",
            DefaultValueFactory = _ => 1,
        };

        private readonly Option<string?> _output = new("--out")
        {
            Description = "Also write the table as an HTML report.",
            HelpName = "file",
        };
        private readonly Option<int> _seed = CommonOptions.Seed();
        private readonly Option<string> _device = CommonOptions.Device();
        private readonly Option<bool> _json = CommonOptions.Json();

        public RunOptions(Verb verb) => verb.Add("Run", _faults, _precision, _shorten, _seed, _device, _output, _json);

        public int Run(
            ParseResult parsed, Session session, Func<ReferenceOptions, IProgress<ExperimentProgress>, ReferenceTable> work)
        {
            var options = new ReferenceOptions
            {
                Faults = ProtocolFaultsExplained.Parse(parsed.GetRequiredValue(_faults)),
                Precision = parsed.GetValue(_precision),
                Seed = parsed.GetValue(_seed),
                Device = parsed.GetValue(_device)!,
                Shorten = parsed.GetValue(_shorten) is >= 1 and var times ? times
                    : throw new ArgumentException($"--shorten is {parsed.GetValue(_shorten)}; it must be 1 or more."),
            };
            var terminal = session.Terminal;
            var table = TrainingDisplay.Run(session, progress => work(options, progress));
            if (parsed.GetValue(_json)) terminal.Output.WriteLine(table.ToJson());
            else Print(table, terminal);
            if (parsed.GetValue(_output) is { } path) // last: what hours of work came to is not lost with a file
            {
                var (version, now) = (RunVersions.Current.Pentimento, TimeProvider.System.GetLocalNow());
                table.ToPage(new ReportOrigin(version, now, options.Seed, session.CommandLine)).Save(path);
            }
            return ExitCode.Done;
        }

        private static void Print(ReferenceTable table, Terminal terminal)
        {
            var took = TrainingDisplay.Duration(TimeSpan.FromSeconds(table.Seconds));
            terminal.Line($"{Markup.Escape(table.Title)}, seed {table.Seed}, {took}");
            var rows = Results.Table([.. ReferenceTable.Columns]);
            foreach (var column in rows.Columns.Skip(2)) column.RightAligned();
            foreach (var cells in table.Cells) rows.AddRow([.. cells.Select(cell => new Text(cell))]);
            terminal.Out.Write(rows);
            foreach (var note in table.Notes) Results.Note(terminal, "[grey]·[/]", note);
            if (table.Faults == ProtocolFaults.None) return;
            terminal.Line();
            terminal.Line("What the reference protocol gets wrong:");
            foreach (var fault in table.Faults.Explain()) Results.Note(terminal, "[grey]·[/]", fault);
        }
    }
}
