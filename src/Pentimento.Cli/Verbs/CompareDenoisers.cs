using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pentimento.Cli.Output;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Spectre.Console;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento compare-denoisers</c>.</summary>
internal static class CompareDenoisers
{
    public static Command Create(Session session)
    {
        var verb = new Verb(
            "compare-denoisers", "Measure denoisers on the same noisy pictures: PSNR, SSIM and speed, in one table. " +
                "Take pictures that none of them was trained on.");
        var models = new Argument<string[]>("model")
        {
            Description = "Model files (.pent), or models that come along: blind, told, white, or shipped, as 'denoise' chooses.",
            Arity = ArgumentArity.OneOrMore,
        };
        var clean = new Option<string>("--clean") { Description = "The clean pictures.", HelpName = "set", Required = true };
        var noisy = new Option<string?>("--noisy")
        {
            Description = "A folder of noisy pictures, named as the clean ones, instead of added noise.",
            HelpName = "folder",
        };
        var sigma = new Option<double[]>("--sigma")
        {
            Description = "Levels of Gaussian noise on the 0–255 scale, not clipped, as in the literature; 0 adds none. Default 15 25 50.",
            HelpName = "level",
            AllowMultipleArgumentsPerToken = true,
        };
        var noise = OptionValues.Checked(
            new Option<string[]>("--noise")
            {
                Description = "Other noise, as for 'pentimento train denoise': 0.5, 'camera(0.01,0.02)'.",
                HelpName = "noise",
                AllowMultipleArgumentsPerToken = true,
            }, texts => texts.Select(OptionValues.ParseNoise).ToList());
        var limit = new Option<int?>("--limit") { Description = "Measure on so many pictures of the set.", HelpName = "number" };
        var grey = new Option<bool>("--grey") { Description = "Make the pictures grey." };
        var ensemble = CommonOptions.Ensemble();
        var (seed, device, json) = (CommonOptions.Seed(), CommonOptions.Device(), CommonOptions.Json());
        verb.Arguments.Add(models);
        var limits = new LimitOptions();
        verb.Add("Pictures", [clean, noisy, sigma, noise, limit, grey, .. limits.Options]);
        verb.Add("Run", ensemble, seed, device, json);
        verb.Example("pentimento compare-denoisers model.pent dncnn.pent --clean ./CBSD68");
        verb.Example("pentimento compare-denoisers model.pent --clean ./munch --noise 0.5", "clipped, on the 0–1 scale");
        verb.Example("pentimento compare-denoisers model.pent --clean ./clean --noisy ./noisy", "real noise");
        verb.Example("pentimento compare-denoisers model.pent --clean ./clean --sigma 0", "what is done to clean pictures");
        verb.SetAction(parsed =>
        {
            using var limited = limits.Apply(parsed);
            var (levels, kinds) = (parsed.GetValue(sigma) ?? [], parsed.GetValue(noise) ?? []);
            var folder = parsed.GetValue(noisy);
            if (folder is not null && levels.Length + kinds.Length > 0)
                throw new ArgumentException("--noisy names pictures that are noisy already; leave --sigma and --noise out.");
            if (folder is null && levels.Length + kinds.Length == 0) levels = [15, 25, 50];
            var options = new DenoiserComparisonOptions
            {
                Models = parsed.GetRequiredValue(models),
                Clean = parsed.GetRequiredValue(clean),
                Noisy = folder,
                Noises = [.. levels.Select(l => new GaussianNoise(l / 255, Clip: false)), .. kinds.Select(OptionValues.ParseNoise)],
                Limit = parsed.GetValue(limit),
                Grey = parsed.GetValue(grey),
                Ensemble = parsed.GetValue(ensemble),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetValue(device)!,
            };
            var rows = TrainingDisplay.Run(session, progress => DenoiserComparison.Run(options, progress, session.Cancel));
            if (parsed.GetValue(json)) session.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { rows }, Results.JsonOptions));
            else Print(rows, session.Terminal, levels.Length);
            return ExitCode.Done;
        });
        return verb;
    }

    private static void Print(IReadOnlyList<DenoiserRow> rows, Terminal terminal, int levels)
    {
        var table = Results.Table(
            "noise", "model", "parameters", "PSNR", "95 % interval", "SSIM", "images/s", "noise left", "colour shift", "worst");
        foreach (var column in new[] { 2, 3, 5, 6, 7, 8, 9 }) table.Columns[column].RightAligned();
        var group = -1;
        string? last = null;
        foreach (var row in rows)
        {
            if (row.Noise != last) group++;
            // Levels were given on the other scale; they are shown as they were given.
            var name = row.Noise == last ? "" : group < levels && Noise.Parse(row.Noise) is GaussianNoise gaussian
                ? $"σ {Number(255 * gaussian.Factor.From, "0.##")}" : row.Noise;
            last = row.Noise;
            table.AddRow([.. new[]
            {
                name, row.Ensemble > 1 ? $"{row.Model}, ensemble of {row.Ensemble}" : row.Model,
                row.Parameters == 0 ? "" : row.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                Number(row.Psnr.Estimate, "F2"), Bounds(row.Psnr), Number(row.Ssim.Estimate, "F4"),
                Number(row.ImagesPerSecond.Estimate, "0.##"), Number(row.NoiseLeft.Estimate, "F1"),
                Number(row.ColourShift, "F2"), Number(row.WorstColourShift, "F2"),
            }.Select(cell => new Text(cell))]);
        }
        terminal.Out.Write(table);
    }

    private static string Bounds(Interval interval) =>
        interval.HasBounds ? $"{Number(interval.Lower, "F2")} – {Number(interval.Upper, "F2")}" : "";

    private static string Number(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
}
