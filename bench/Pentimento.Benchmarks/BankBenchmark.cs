using System.Diagnostics;
using System.Globalization;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>
/// How long a memory bank of a million patches takes for the patches of one 256×256 picture, and how near the nearest is that it finds.
/// The patches are SqueezeNet's of pictures, as PatchCore takes them; or, without weights and pictures, random ones in clumps.
/// </summary>
internal static class BankBenchmark
{
    private const int Side = 256, Places = 1024, Dimensions = 768, Rounds = 11;

    /// <param name="arguments">[patches [weights folder-of-pictures]].</param>
    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (vectors, queries) = arguments is [_, var weights, var folder] ? OfPictures(count, weights, folder) : Random(count);
        var clock = Stopwatch.StartNew();
        var shown = 0;
        using var bank = MemoryBank.Build(vectors, 1, new Progress(share =>
        {
            if ((int)(10 * share) > shown) Console.Write($"\rbuilding: {10 * (shown = (int)(10 * share))} %");
        }));
        Console.WriteLine($"\r{bank.Count:N0} patches of {bank.Dimensions} values in {bank.Lists} lists, " +
            $"built in {clock.Elapsed.TotalSeconds:F0} s");
        Console.WriteLine($"memory: {bank.Bytes / 1e6:N0} MB (float32 alone would be {4e-6 * bank.Count * bank.Dimensions:N0} MB)");
        var times = new double[Rounds];
        for (var round = -2; round < Rounds; round++)
        {
            using var inner = NewDisposeScope();
            clock.Restart();
            bank.Nearest(queries);
            if (round >= 0) times[round] = clock.Elapsed.TotalMilliseconds;
        }
        Console.WriteLine($"{Places} patches of one {Side}×{Side} picture: median {Quantiles.Of(times, 0.5):F0} ms, " +
            $"{times.Min():F0} to {times.Max():F0} in {Rounds} rounds, {Environment.ProcessorCount} cores");
        var (found, true1) = (bank.Nearest(queries), Plain(queries, vectors));
        var ratio = found / true1.clamp_min(1e-6);
        var exact = ratio.lt(1.001).to(ScalarType.Float32).mean().item<float>();
        Console.WriteLine($"the nearest is found for {100 * exact:F1} % of the patches; " +
            $"what is found is {100 * (ratio.mean().item<float>() - 1):F2} % farther on average; the picture's largest distance is " +
            $"{found.max().item<float>() / true1.max().item<float>():F4} times the true one");
    }

    private static (Tensor, Tensor) Random(int count)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Clumps, and in each few directions in which patches vary, as in features of pictures.
        var (centres, directions) = (randn([500, Dimensions], generator: generator), randn([24, Dimensions], generator: generator) / 3);
        Tensor Draw(int rows) => centres.index_select(0, randint(0, 500, [rows], generator: generator))
            + randn([rows, 24], generator: generator).matmul(directions) + randn([rows, Dimensions], generator: generator) / 20;
        var vectors = empty([count, Dimensions], ScalarType.Float16);
        for (var start = 0; start < count; start += 10_000)
        {
            using var chunk = NewDisposeScope();
            vectors.narrow(0, start, Math.Min(10_000, count - start)).copy_(Draw(Math.Min(10_000, count - start)));
        }
        return (vectors.MoveToOuterDisposeScope(), Draw(Places).MoveToOuterDisposeScope());
    }

    private static (Tensor, Tensor) OfPictures(int count, string weights, string folder)
    {
        var preprocessing = new Preprocessing { Resize = Side, Crop = Side };
        using var source = ImageSource.Open(folder);
        using var detector = Detectors.Create("patchcore", new DetectorSetup(preprocessing) { Backbone = BackboneWeights.Load(weights) });
        if (source.Items.Count < count / Places + 2)
            throw new ArgumentException($"'{folder}' has {source.Items.Count} pictures; {count} patches take {count / Places + 2}.");
        Tensor Patches(int index)
        {
            using var scope = NewDisposeScope();
            return detector.Extract(source.Read(index, preprocessing).ToTensor().unsqueeze(0)).flatten(1).t().contiguous()
                .MoveToOuterDisposeScope();
        }
        var queries = Patches(source.Items.Count - 1);
        var vectors = empty([count, queries.shape[1]], ScalarType.Float16);
        for (var (i, at) = (0, 0L); at < count; i++)
        {
            using var scope = NewDisposeScope();
            var rows = Patches(i);
            rows = rows.narrow(0, 0, Math.Min(rows.shape[0], count - at));
            vectors.narrow(0, at, rows.shape[0]).copy_(rows);
            at += rows.shape[0];
        }
        return (vectors, queries);
    }

    private static Tensor Plain(Tensor queries, Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var least = full([queries.shape[0], 1], float.PositiveInfinity);
        foreach (var start in Enumerable.Range(0, (int)((vectors.shape[0] + 9_999) / 10_000)).Select(i => i * 10_000L))
        {
            using var chunk = NewDisposeScope();
            var rows = vectors.narrow(0, start, Math.Min(10_000, vectors.shape[0] - start)).to(ScalarType.Float32);
            least.copy_(minimum(least, cdist(queries, rows).amin([1], keepdim: true)));
        }
        return least.MoveToOuterDisposeScope();
    }

    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
