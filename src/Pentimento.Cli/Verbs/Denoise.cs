using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Cli.Output;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento denoise</c>.</summary>
internal static class Denoise
{
    private const int MostFiles = 20; // whose noise is printed; the JSON has all

    public static Command Create(Session session)
    {
        var verb = new Verb(
            "denoise", "Clean pictures, with the models that come with Pentimento or another. Results go into another folder; " +
                "originals are never touched.");
        var input = InputOptions.Inputs();
        var model = new Option<string?>("--model")
        {
            Description = "The model file (.pent), or one that comes with Pentimento: white, for white noise, or blind, for any. " +
                "Default: the one for the noise that a picture is found to have.",
            HelpName = "file",
        };
        var output = new Option<string>("--out")
        {
            Description = "The folder for the results.",
            HelpName = "folder",
            Required = true,
        };
        var recursive = InputOptions.Recursive();
        var overwrite = new Option<bool>("--overwrite")
        {
            Description = "Clean everything again. Else, what is done and unchanged is skipped, and other files are left alone.",
        };
        var tile = new Option<int?>("--tile-size")
        {
            Description = "The largest side, in pixels, that is computed at once. Default: by --memory, or seven times the " +
                "reach of the network, at least 512.",
            HelpName = "pixels",
        };
        var memory = OptionValues.Bytes(
            "--memory", "The most memory that the process may take, such as 1.5GB; tiles are chosen by it. Default: no limit, " +
                "but 1GB for formats that are decoded whole.");
        var sigma = new Option<double?>("--sigma")
        {
            Description = "For models that take the noise level: its standard deviation on the 0–1 scale. Default: estimated, " +
                "for each picture.",
            HelpName = "level",
        };
        var strength = new Option<double>("--strength")
        {
            Description = "For models that take the noise level: what it is multiplied by. More than 1 cleans harder, less keeps " +
                "more. Default 1.",
            HelpName = "factor",
            DefaultValueFactory = _ => 1,
        };
        var blend = OptionValues.Share("--blend", "The share of the original that is mixed back in, such as 50% or 0.5. Default 0.");
        var ensemble = CommonOptions.Ensemble();
        var compare = new Option<string?>("--compare")
        {
            Description = "A folder for pictures of before, after and difference (four times as strong), side by side: the middle of " +
                "each picture, pixel for pixel. Pictures that are skipped get theirs where it is missing.",
            HelpName = "folder",
        };
        var maxPixels = new Option<long?>("--max-pixels")
        {
            Description = "The most pixels that a picture may have. Default 1,073,741,824: a square of 32,768.",
            HelpName = "number",
        };
        var (device, json) = (CommonOptions.Device(), CommonOptions.Json());
        verb.Arguments.Add(input);
        verb.Add("Options", model, output, recursive, overwrite, memory, tile, ensemble, sigma, strength, blend, compare,
            maxPixels, device, json);
        verb.Example("pentimento denoise photo.jpg --out ./clean", "with the models that come with Pentimento");
        verb.Example("pentimento denoise ./scans --model model.pent --out ./clean");
        verb.Example("pentimento denoise 'scans/**/*.tif' photo.jpg --model model.pent --out ./clean",
            "patterns, folders and files");
        verb.SetAction(parsed =>
        {
            var inputs = parsed.GetRequiredValue(input);
            var options = new DenoiseRunOptions
            {
                OutputFolder = parsed.GetRequiredValue(output),
                ComparisonFolder = parsed.GetValue(compare),
                Recursive = parsed.GetValue(recursive),
                Overwrite = parsed.GetValue(overwrite),
            };
            if (parsed.GetValue(maxPixels) is { } most) options = options with { MaxPixels = most };
            var denoising = new DenoiserOptions
            {
                TileSize = parsed.GetValue(tile),
                Memory = parsed.GetValue(memory),
                NoiseLevel = parsed.GetValue(sigma),
                Strength = parsed.GetValue(strength),
                Blend = parsed.GetValue(blend) ?? 0,
                Ensemble = parsed.GetValue(ensemble),
            };
            // What a decoder holds whole must fit too; where nothing is said, into the same as for other verbs.
            using var limited = ReadingLimits.Use(new ReadingLimits
            {
                Memory = denoising.Memory ?? ReadingLimits.DefaultMemory,
            });
            using var denoisers = DenoiserChoice.Load(
                parsed.GetValue(model) ?? ShippedModels.AllDenoisers, denoising, ComputeDevice.Parse(parsed.GetValue(device)!));
            var result = FilesDisplay.Run(
                session.Terminal, progress => DenoiseRun.Run(denoisers, inputs, options, progress, session.Cancel));
            if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(Results.Json(Json(result)));
            else Print(session.Terminal, result, options);
            return InputOptions.EndOf(result, session.Terminal);
        });
        return verb;
    }

    private static void Print(Terminal terminal, FileBatchResult<DenoisedFile> result, DenoiseRunOptions options)
    {
        foreach (var file in result.Files.Where(f => f.NoiseBefore is not null).Take(MostFiles))
            terminal.Line(Spectre.Console.Markup.Escape(
                $"{file.Path}: noise {file.NoiseBefore}; after cleaning {file.NoiseAfter}"
                + (file.Model is null or "any" ? "" : $" (model: {file.Model})")));
        terminal.Line($"{result.Describe()}; results in {Spectre.Console.Markup.Escape(options.OutputFolder)}");
    }

    private static JsonObject Json(FileBatchResult<DenoisedFile> result) => new()
    {
        ["done"] = result.Done,
        ["skipped"] = result.Skipped,
        ["failed"] = result.Failed,
        ["leftOut"] = JsonSerializer.SerializeToNode(result.LeftOut.Lines, Results.JsonOptions),
        ["cancelled"] = result.IsCancelled,
        ["files"] = JsonSerializer.SerializeToNode(result.Files, Results.JsonOptions),
    };
}
