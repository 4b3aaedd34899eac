using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Detection;
using Pentimento.Export;
using Pentimento.Files;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento export</c>.</summary>
internal static class ExportVerb
{
    private static readonly IEnumerable<string> s_withoutOnnx = Detectors.Names.Where(name => name is not "reconstruction");

    public static Command Create(Session session)
    {
        var verb = new Verb(
            "export", "Write a trained model as ONNX, for programs without Pentimento, or as a smaller model file. In ONNX " +
                "preprocessing, and for the auto-encoder of 'train detect' score, p-value and decision, are part of the graph; an " +
                $"existing file is replaced. These detectors have no ONNX: {string.Join(", ", s_withoutOnnx)}.");
        var model = new Argument<string>("model") { Description = "The model file (.pent), or blind, told or white, which come along." };
        var onnx = new Option<string?>("--onnx") { Description = "The ONNX file to write.", HelpName = "file" };
        var pent = new Option<string?>("--out") { Description = "The model file (.pent) to write.", HelpName = "file" };
        var weights = OptionValues.Choice<ScalarType?>(
            "--weights", "How the model file stores its weights; fp16 and bf16 take half the space. Default fp32.",
            ("fp32", ScalarType.Float32), ("fp16", ScalarType.Float16), ("bf16", ScalarType.BFloat16));
        var json = CommonOptions.Json();
        verb.Arguments.Add(model);
        verb.Add("Options", onnx, pent, weights, json);
        verb.Example("pentimento export model.pent --onnx model.onnx");
        verb.Example("pentimento export model.pent --out small.pent --weights fp16", "half the size");
        verb.SetAction(parsed =>
        {
            var (graph, copy) = (parsed.GetValue(onnx), parsed.GetValue(pent));
            var path = ShippedModels.FileOf(parsed.GetRequiredValue(model));
            if (graph is null == copy is null)
                throw new ArgumentException("Export to what? Name one file, with --onnx or with --out (a model file, .pent).");
            if (copy is not null)
                return Copy(session.Terminal, path, copy, parsed.GetValue(weights), parsed.GetValue(json));
            if (parsed.GetValue(weights) is not null) throw new ArgumentException("--weights goes with --out; ONNX holds float32.");
            var written = OnnxExport.Write(path, graph!);
            if (parsed.GetValue(json))
                session.Terminal.Output.WriteLine(JsonSerializer.Serialize(written, Results.JsonOptions));
            else
                Results.Facts(session.Terminal,
                [
                    ("onnx", written.Path), ("bytes", $"{written.Bytes:N0}"), ("operators", $"version {written.OperatorSet}"),
                    .. written.Inputs.Select(value => ("in", value.ToString())),
                    .. written.Outputs.Select(value => ("out", value.ToString())),
                    .. written.Metadata.Select(entry => (entry.Key, entry.Value)),
                ]);
            return ExitCode.Done;
        });
        return verb;
    }

    private static int Copy(Terminal terminal, string path, string target, ScalarType? weights, bool json)
    {
        if (!target.EndsWith(".pent", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"The model file '{target}' has another extension than .pent.");
        var real = new RealPath();
        if (real.Of(path) == real.Of(target))
            throw new ArgumentException($"'{target}' would replace the model itself; choose another name.");
        using var model = ModelBundle.Load(path);
        TrainingFacts.RemoveFolders(model.Training);
        model.Training["copyOf"] = ContentHash.OfFile(path);
        if (weights is { } type) model.Training["storedAs"] = type.ToString().ToLowerInvariant();
        model.Save(target, weights);
        (string Name, string Value)[] facts = [.. BundleFacts.Of(model, target), ("bytes", $"{new FileInfo(target).Length:N0}")];
        if (json)
            terminal.Output.WriteLine(Results.Json(
                new JsonObject(facts.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Value)))));
        else Results.Facts(terminal, facts);
        return ExitCode.Done;
    }
}
