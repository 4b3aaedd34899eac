using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Pentimento.Files;
using Pentimento.Models;

namespace Pentimento.Benchmarks;

/// <summary>Measures, prints as it goes, and writes the tables.</summary>
internal sealed class Report(int rounds, double seconds)
{
    private readonly StringBuilder _text = new();
    private readonly List<Figure> _figures = [];
    private readonly List<string> _failed = [];
    private string? _heading;

    /// <summary>One job in several ways; the first is what the others are compared with.</summary>
    public void Add(string heading, string kind, Job job, params string[] ways)
    {
        var figures = Measure([.. ways.Select(way => Workloads.NameOf(kind, way, job))]);
        if (figures.Length == 0) return;
        Begin(heading, "what", "images/s", "lowest–highest round", "resident MiB", "over the plain loop");
        for (var i = 0; i < ways.Length; i++)
        {
            var f = figures[i];
            Row($"{job}, {ways[i]}", f.Median.ToString("N1", CultureInfo.InvariantCulture), Spread(f), $"{f.ResidentBytes >> 20}",
                $"{f.Median / figures[0].Median:F2} ×");
        }
    }

    /// <summary>The machine's own limits, and how much of the convolution's the training of model 2 reaches.</summary>
    public void AddCeilings()
    {
        string[] kinds = ["matmul", "convolution"], types = ["float32", "bf16"];
        var job = new Job("model 2", 256);
        var names = (from kind in kinds from type in types select Workloads.NameOf(kind, type, job))
            .Append(Workloads.NameOf("train", "bf16", job)).ToArray();
        var figures = Measure(names);
        if (figures.Length == 0) return;
        Begin("Ceilings", "what", "GFLOP/s", "lowest–highest round");
        for (var i = 0; i < 4; i++)
        {
            var scale = Ceiling.OperationsPerStep(i >= 2) / 1e9;
            Row(names[i].Split('|')[0] + ", " + names[i].Split('|')[1], $"{figures[i].Median * scale:F0}",
                $"{figures[i].Lowest * scale:F0}–{figures[i].Highest * scale:F0}");
        }
        var reached = figures[4].Median * TrainingOperations(job) / 1e9;
        Row("training model 2, bf16", $"{reached:F0}",
            $"{reached / (figures[3].Median * Ceiling.OperationsPerStep(true) / 1e9):P0} of the bf16 convolution");
    }

    /// <summary>What the loader gives, against what training takes.</summary>
    public void AddLoading(Job job)
    {
        string[] names = [Workloads.NameOf("load", "memory", job), Workloads.NameOf("train", "bf16", job),
            .. job.Side == 256 ? new[] { Workloads.NameOf("load", "files", job) } : []];
        var figures = Measure(names);
        if (figures.Length == 0) return;
        Begin("Loader", "what", "images/s", "lowest–highest round", "over what training takes");
        foreach (var i in names.Length == 3 ? new[] { 0, 2 } : [0])
            Row($"{job}, {(i == 0 ? "decoded in memory" : "JPEG files of 2000×1500")}",
                figures[i].Median.ToString("N1", CultureInfo.InvariantCulture), Spread(figures[i]),
                $"{figures[i].Median / figures[1].Median:F1} ×");
    }

    /// <summary>What is lost by computing in bfloat16.</summary>
    public void AddQuality()
    {
        Begin("Quality on the sample, means of three seeds", "what", "float32", "bf16", "difference", "largest of a seed");
        foreach (var (what, exact, coarse, largest) in Quality.Compare())
        {
            string Text(double value) => value.ToString(value < 2 ? "F4" : "F3", CultureInfo.InvariantCulture);
            var (difference, most) = exact < 2 ? ("+0.0000;−0.0000", "F4") : ("+0.000;−0.000", "F3");
            Row(what, Text(exact), Text(coarse), (coarse - exact).ToString(difference, CultureInfo.InvariantCulture),
                largest.ToString(most, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Time to the first result.</summary>
    public void AddStartUp()
    {
        var (help, denoise) = StartUp.Seconds(rounds);
        Begin("Start", "command in a new process", "median seconds");
        Row("pentimento --help", help.ToString("F2", CultureInfo.InvariantCulture));
        Row("pentimento denoise, one picture of 512×512, model 2", denoise.ToString("F2", CultureInfo.InvariantCulture));
    }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var about = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; " +
            $"{rounds} rounds of {seconds} s each, one after the other in turn; medians.";
        foreach (var failed in _failed) _text.AppendLine().AppendLine($"Not measured: {failed}");
        AtomicFile.WriteText(Path.Combine(folder, "benchmarks.md"), $"# Benchmarks\n\n{about}\n{_text}");
        AtomicFile.WriteText(Path.Combine(folder, "benchmarks.json"),
            JsonSerializer.Serialize(new { about, figures = _figures }, new JsonSerializerOptions { WriteIndented = true }));
    }

    /// <summary>Forward, and twice as much backward, but for the gradient of the input.</summary>
    private static double TrainingOperations(Job job)
    {
        using var network = PentimentoInference.Trained(job);
        var layers = NetworkSummary.Of(network).Layers;
        return 2.0 * (3 * layers.Sum(layer => layer.MultiplyAdds) - layers[0].MultiplyAdds);
    }

    private Figure[] Measure(string[] names)
    {
        try
        {
            var figures = Figure.Measure(names, rounds, seconds);
            _figures.AddRange(figures);
            return figures;
        }
        catch (InvalidOperationException e)
        {
            _failed.Add($"{string.Join(", ", names)}: {e.Message}");
            return [];
        }
    }

    private void Begin(string heading, params string[] columns)
    {
        if (_heading == heading) return;
        _heading = heading;
        Line("");
        Line($"## {heading}");
        Line("");
        Row(columns);
        Line("|" + string.Concat(Enumerable.Repeat("---|", columns.Length)));
    }

    private static string Spread(Figure f) => string.Create(CultureInfo.InvariantCulture, $"{f.Lowest:N1}–{f.Highest:N1}");

    private void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string line)
    {
        Console.WriteLine(line);
        _text.AppendLine(line);
    }
}
