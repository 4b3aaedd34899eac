using System.Diagnostics;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>How long the command takes from its start to its end, in new processes.</summary>
internal static class StartUp
{
    public static (double Help, double Denoise) Seconds(int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("pentimento-bench-");
        try
        {
            var (model, picture) = (Path.Combine(folder.FullName, "model.pent"), Path.Combine(folder.FullName, "picture.png"));
            using (var bundle = new ModelBundle(
                ModelTask.Denoise, PentimentoInference.Trained(new Job("model 2", 256)), new Preprocessing()))
                bundle.Save(model);
            using (var pixels = rand(3, 512, 512)) ImageFile.Write(picture, RasterImage.FromTensor(pixels, 8));
            var help = Median(rounds, _ => ["--help"]);
            var denoise = Median(
                rounds, i => ["denoise", picture, "--model", model, "--out", Path.Combine(folder.FullName, $"out{i}")]);
            return (help, denoise);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Median(int rounds, Func<int, string[]> arguments)
    {
        var times = new List<double>();
        for (var i = 0; i < rounds; i++)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Pentimento.Cli.dll"));
            foreach (var argument in arguments(i)) start.ArgumentList.Add(argument);
            var clock = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException($"The command failed: {error.Result}");
            times.Add(Stopwatch.GetElapsedTime(clock).TotalSeconds);
        }
        times.Sort();
        return times[times.Count / 2];
    }
}
