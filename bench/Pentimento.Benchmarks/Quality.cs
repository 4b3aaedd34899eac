using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Runs;
using Pentimento.Training;

namespace Pentimento.Benchmarks;

/// <summary>
/// What a type costs in quality: the same training in float32 and in bfloat16, on the sample that comes with Pentimento, with several
/// seeds; test PSNR of models 1 and 2, and AUROC of a detector.
/// </summary>
internal static class Quality
{
    private const string Sample = "fashion-mnist-sample";
    private static readonly int[] s_seeds = [1, 2, 3];

    private static readonly (string What, string Figure, ExperimentOptions Options)[] s_trainings =
    [
        ("model 1, 10 epochs: PSNR, dB", "psnr", new ExperimentOptions
        {
            Task = ModelTask.Reconstruct, Data = Sample, Training = new TrainingOptions { Epochs = 10 },
        }),
        ("model 2, noise 0.2, 5 epochs: PSNR, dB", "psnr", new ExperimentOptions
        {
            Task = ModelTask.Denoise, Data = Sample, Training = new TrainingOptions { Epochs = 5, Noise = new GaussianNoise(0.2) },
        }),
        ("trousers against the rest, code of 16, 60 epochs: AUROC", "auroc", new ExperimentOptions
        {
            Task = ModelTask.Detect, Data = Sample, NormalLabels = ["Trouser"], Architecture = "feed-forward",
            ArchitectureOptions = new Dictionary<string, int> { ["code"] = 16 },
            Training = new TrainingOptions { Epochs = 60, BatchSize = 50 },
        }),
    ];

    /// <summary>The means over the seeds, and the largest difference of any seed.</summary>
    public static IEnumerable<(string What, double Float32, double BFloat16, double Largest)> Compare()
    {
        var folder = Directory.CreateTempSubdirectory("pentimento-bench-");
        try
        {
            var store = RunStore.Open(Path.Combine(folder.FullName, "runs.db"));
            foreach (var (what, figure, options) in s_trainings)
            {
                var pairs = s_seeds.Select(seed => (
                    Exact: Result(options, seed, Precision.Float32), Coarse: Result(options, seed, Precision.BFloat16))).ToArray();
                yield return (what, pairs.Average(p => p.Exact), pairs.Average(p => p.Coarse),
                    pairs.Max(p => Math.Abs(p.Exact - p.Coarse)));

                double Result(ExperimentOptions given, int seed, Precision precision)
                {
                    var training = given.Training with { Seed = seed, Precision = precision };
                    var experiment = new Experiment(given with { Training = training }, store, "benchmark");
                    return experiment.Run(Path.Combine(folder.FullName, $"{figure}-{seed}-{precision}-{given.Task}")).Evaluation![figure];
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
