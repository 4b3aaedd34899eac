using System.CommandLine;
using System.Text.Json;
using Pentimento.Cli.Output;
using Pentimento.Export;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento export</c>.</summary>
internal static class ExportVerb
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "export", "Write a trained model as ONNX, for programs without Pentimento. Preprocessing, and for detectors score, " +
                "p-value and decision, are part of the graph; an existing file is replaced.");
        var model = new Argument<string>("model") { Description = "The model file (.pent)." };
        var onnx = new Option<string>("--onnx") { Description = "The file to write.", HelpName = "file", Required = true };
        var json = CommonOptions.Json();
        verb.Arguments.Add(model);
        verb.Add("Options", onnx, json);
        verb.Example("pentimento export model.pent --onnx model.onnx");
        verb.SetAction(parsed =>
        {
            var written = OnnxExport.Write(parsed.GetRequiredValue(model), parsed.GetRequiredValue(onnx));
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
}
