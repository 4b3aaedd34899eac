using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento train strength</c>.</summary>
internal static class TrainStrength
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "strength", "Teach a denoiser that is told the strength of noise (unet with sigma=2) to know it by itself: clean " +
                "pictures get noise, several strengths are tried, and the best ones are learned. The model gets what was learned as a " +
                "part.");
        var data = new Option<string>("--data") { Description = "A folder of clean pictures.", HelpName = "folder", Required = true };
        var from = new Option<string>("--from") { Description = "The denoiser (.pent).", HelpName = "model", Required = true };
        var noise = OptionValues.Noise(
            "--noise", "Kinds of noise, as in 'train denoise'; every eighth piece of a picture stays clean.");
        noise.Required = true;
        var examples = new Option<int>("--examples")
        {
            Description = "How many pieces of pictures are learned from. Default 1,500.",
            HelpName = "number",
            DefaultValueFactory = _ => 1500,
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Determines all that is random. Default 42.",
            HelpName = "number",
            DefaultValueFactory = _ => 42,
        };
        var weights = OptionValues.Choice<ScalarType?>(
            "--weights", "How the model file stores its weights; fp16 and bf16 take half the space. Default fp32.",
            ("fp32", ScalarType.Float32), ("fp16", ScalarType.Float16), ("bf16", ScalarType.BFloat16));
        var output = new Option<string>("--out")
        {
            Description = "The model file (.pent) to write.",
            HelpName = "file",
            Required = true,
        };
        var json = CommonOptions.Json();
        verb.Add("Options", data, from, noise, examples, seed, weights, output, json);
        verb.Example("pentimento train strength --data ./photos --from model.pent --out known.pent " +
            "--noise 'photo(0.0001-0.01,0-1,0-1,0.7-1.5) + jpeg(60-97) | gaussian(0-0.2)'");
        verb.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(data);
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
            var target = parsed.GetRequiredValue(output);
            if (!target.EndsWith(".pent", StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException($"The model file '{target}' has another extension than .pent.");
            using var model = ModelBundle.Load(ShippedModels.FileOf(parsed.GetRequiredValue(from)));
            var training = new StrengthTraining(
                model, new(parsed.GetRequiredValue(noise)!, parsed.GetValue(examples), parsed.GetValue(seed)));
            var result = training.Run(folder, null, session.Cancel);
            model.Training["strength"] = session.CommandLine;
            model.Save(target, parsed.GetValue(weights));
            if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(JsonSerializer.Serialize(result, Results.JsonOptions));
            else
                Results.Facts(session.Terminal,
                [
                    ("model", target), ("measured on", $"{result.Examples:N0} noisy pieces that were not learned from"),
                    ("gain", Decibels(result.Gain)), ("regret", $"{Decibels(result.Regret)} against the best strength"),
                    ("a tenth lose", $"{Decibels(result.WorstTenth)} or more"),
                    ("none found in", string.Create(CultureInfo.InvariantCulture, $"{result.CleanFound:P0} of the clean pieces")),
                ]);
            return ExitCode.Done;
        });
        return verb;
    }

    private static string Decibels(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F2} dB");
}
