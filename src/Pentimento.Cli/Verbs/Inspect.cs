using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Numerics;
using Pentimento.Reports;
using Spectre.Console;
using static TorchSharp.torch;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento inspect</c>.</summary>
internal static class Inspect
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "inspect", "Show a network's layers, shapes, parameters and multiply-adds, and all that is known of a model file.");
        var what = new Argument<string?>("what")
        {
            Description = "An architecture, a model file (.pent), or blind, told or white, which come along. Without it, architectures " +
                "are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var size = OptionValues.Checked(
            new Option<string?>("--size") { Description = "Height and width of the images. Default 28.", HelpName = "N|HxW" },
            texts => OptionValues.Size(texts.Single()));
        var channels = new Option<int?>("--channels")
        {
            Description = "1 for grey, 3 for colour. Default 1, 3 from 64 pixels on.",
            HelpName = "number",
        };
        var set = OptionValues.Settings("Options of the network, as in a=16.");
        var card = new Option<bool>("--card") { Description = "Of a model file: print its card, in Markdown." };
        var machine = new Option<bool>("--machine")
        {
            Description = "What this machine is to libtorch: processor, what it hides, and which convolutions are wrong here.",
        };
        var json = CommonOptions.Json();
        verb.Arguments.Add(what);
        verb.Add("Options", size, channels, set, card, machine, json);
        verb.Example("pentimento inspect", "list the architectures");
        verb.Example("pentimento inspect convolutional --size 256");
        verb.Example("pentimento inspect pentimento-runs/20261123-142530-7f3a/model.pent");
        verb.Example("pentimento inspect --machine", "whether this machine computes as it should");
        verb.SetAction(parsed =>
        {
            var name = parsed.GetValue(what) is { } given && !Architectures.Names.Contains(given)
                ? ShippedModels.FileOf(given) : parsed.GetValue(what);
            var terminal = session.Terminal;
            var describes = parsed.GetValue(size) is not null || parsed.GetValue(channels) is not null
                || parsed.GetValue(set) is { Length: > 0 };
            if (parsed.GetValue(machine))
            {
                if (name is not null || describes || parsed.GetValue(card))
                    throw new ArgumentException("--machine stands alone: it describes no network.");
                CheckConvolutions();
                return Show(terminal, parsed.GetValue(json), Machine.Facts);
            }
            if (name is null)
            {
                if (describes || parsed.GetValue(card))
                    throw new ArgumentException(
                        "--size, --channels and --set describe an architecture, --card a model file; name it, as in 'inspect unet'.");
                return List(terminal, parsed.GetValue(json));
            }
            if (File.Exists(name) || name.EndsWith(".pent", StringComparison.OrdinalIgnoreCase))
            {
                if (describes)
                    throw new ArgumentException(
                        "A model file has its own size, channels and settings; leave --size, --channels and --set out.");
                using var model = ModelBundle.Load(name);
                if (parsed.GetValue(card))
                {
                    terminal.Output.Write(ModelCard.Markdown(model, Path.GetFileNameWithoutExtension(name)));
                    return ExitCode.Done;
                }
                if (model.Task == ModelTask.Detect) AnomalyDetector.Load(name).Dispose(); // whether its parts go together
                var facts = BundleFacts.Of(model, name);
                return model.HasNetwork
                    ? Show(terminal, model.Network, parsed.GetValue(json), facts) : Show(terminal, parsed.GetValue(json), facts);
            }
            if (parsed.GetValue(card)) throw new ArgumentException("Model files have cards (.pent); architectures have none.");
            var (height, width) = OptionValues.Size(parsed.GetValue(size) ?? "28");
            var shape = new ImageShape(parsed.GetValue(channels) ?? (Math.Min(height, width) >= 64 ? 3 : 1), height, width);
            using var network = Architectures.Create(name, shape, OptionValues.Settings(parsed.GetValue(set) ?? []));
            return Show(terminal, network, parsed.GetValue(json),
                [("architecture", $"{name}: {Architectures.Summary(name)}"), ("input", $"{shape}")]);
        });
        return verb;
    }

    /// <summary>Has the forms of a usual network checked, so that there is something to tell.</summary>
    private static void CheckConvolutions()
    {
        using var scope = NewDisposeScope();
        using var network = Architectures.Create("unet", new ImageShape(3, 64, 64));
        using (no_grad()) network.forward(zeros(2, 3, 64, 64));
        using (no_grad()) network.forward(zeros(2, 3, 64, 64, dtype: ScalarType.BFloat16));
        network.forward(zeros(2, 3, 64, 64)).sum().backward();
    }

    private static int List(Terminal terminal, bool json)
    {
        var all = Architectures.Names.Select(name => (Name: name, Summary: Architectures.Summary(name))).ToArray();
        if (json)
            terminal.Output.WriteLine(Results.Json(
                new JsonArray([.. all.Select(a => new JsonObject { ["name"] = a.Name, ["summary"] = a.Summary })])));
        else Results.Facts(terminal, all);
        return ExitCode.Done;
    }

    private static int Show(Terminal terminal, bool json, IReadOnlyList<(string, string)> facts)
    {
        if (json)
            terminal.Output.WriteLine(Results.Json(
                new JsonObject([.. facts.Select(f => KeyValuePair.Create(f.Item1, (JsonNode?)f.Item2))])));
        else Results.Facts(terminal, facts);
        return ExitCode.Done;
    }

    private static int Show(Terminal terminal, Network network, bool json, IReadOnlyList<(string, string)> facts)
    {
        var summary = NetworkSummary.Of(network);
        if (json)
        {
            var document = new JsonObject();
            foreach (var (name, value) in facts) document[name] = value;
            document["parameters"] = summary.Parameters;
            document["multiplyAdds"] = summary.MultiplyAdds;
            document["options"] = JsonSerializer.SerializeToNode(network.Options.Values, Results.JsonOptions);
            document["layers"] = JsonSerializer.SerializeToNode(summary.Layers, Results.JsonOptions);
            terminal.Output.WriteLine(Results.Json(document));
            return ExitCode.Done;
        }
        var settings = string.Join(" ", network.Options.Values.Select(o => $"{o.Key}={o.Value}"));
        Results.Facts(terminal, [.. facts, .. settings.Length > 0 ? new[] { ("settings", settings) } : []]);
        var table = Results.Table("layer", "output", "parameters", "multiply-adds");
        table.Columns[2].RightAligned();
        table.Columns[3].RightAligned();
        foreach (var layer in summary.Layers)
            table.AddRow(new Text(layer.Layer), new Text(layer.Output), new Text($"{layer.Parameters:N0}"),
                new Text($"{layer.MultiplyAdds:N0}"));
        table.AddEmptyRow();
        var bold = new Style(decoration: Decoration.Bold);
        table.AddRow(new Text("all", bold), new Text(""), new Text($"{summary.Parameters:N0}", bold),
            new Text($"{summary.MultiplyAdds:N0}", bold));
        terminal.Out.Write(table);
        return ExitCode.Done;
    }
}
