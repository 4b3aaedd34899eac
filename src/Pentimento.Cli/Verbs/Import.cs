using System.CommandLine;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento import</c>.</summary>
internal static class Import
{
    public static Command Create(Session session)
    {
        var verb = new Verb("import", "Make a model file from weights that were trained elsewhere (safetensors, or PyTorch's .pth).");
        var weights = new Argument<string>("weights") { Description = "The file (.safetensors, .pth or .pt). No code in it is run." };
        var architecture = new Option<string>("--architecture")
        {
            Description = "The network that the weights are of; 'pentimento inspect' lists them. For dncnn and ffdnet the " +
                "numbered names of published weights are understood.",
            HelpName = "name",
            Required = true,
        };
        architecture.CompletionSources.Add(_ => Architectures.Names);
        var output = new Option<string>("--out") { Description = "The model file (.pent).", HelpName = "file", Required = true };
        var set = OptionValues.Settings("Options of the network, as in width=32. Default: its own, or what the weights show.");
        var channels = new Option<int?>("--channels")
        {
            Description = "1 for grey, 3 for colour. Default 3, or what the weights show.",
            HelpName = "number",
        };
        var columns = new Option<bool>("--column-order")
        {
            Description = "FFDNet's weights order the pixels of a square by column, as those made with MATLAB do.",
        };
        var json = CommonOptions.Json();
        verb.Arguments.Add(weights);
        verb.Add("Options", architecture, output, set, channels, columns, json);
        verb.Example("pentimento import dncnn_color_blind.safetensors --architecture dncnn --out dncnn.pent");
        verb.SetAction(parsed =>
        {
            var (path, target) = (parsed.GetRequiredValue(weights), parsed.GetRequiredValue(output));
            if (!target.EndsWith(".pent", StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException($"The model file '{target}' has another extension than .pent.");
            var (network, metadata) = PublishedWeights.Load(
                path, parsed.GetRequiredValue(architecture), OptionValues.Settings(parsed.GetValue(set) ?? []),
                parsed.GetValue(channels), parsed.GetValue(columns));
            var training = new JsonObject { ["imported"] = Path.GetFileName(path), ["weights"] = ContentHash.OfFile(path) };
            if (metadata.Count > 0)
                training["metadata"] = new JsonObject(metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
            using var model =
                new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Channels = network.Input.Channels })
                {
                    Training = training,
                };
            model.Save(target);
            var facts = BundleFacts.Of(model, target);
            if (parsed.GetValue(json))
                session.Terminal.Output.WriteLine(Results.Json(
                    new JsonObject(facts.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Value)))));
            else Results.Facts(session.Terminal, facts);
            return ExitCode.Done;
        });
        return verb;
    }
}
