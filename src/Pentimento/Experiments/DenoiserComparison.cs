using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>What denoisers are compared on: clean pictures with added noise, or noisy pictures with their clean ones.</summary>
public sealed record DenoiserComparisonOptions
{
    /// <summary>Model files or names of shipped models, one or more; see <see cref="DenoiserChoice.Load"/>.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The clean pictures: a path or a known name. All of them are measured on; none may have been trained on.</summary>
    public required string Clean { get; init; }

    /// <summary>
    /// A folder of noisy pictures, named as the clean ones; null adds <see cref="Noises"/> to the clean ones.
    /// </summary>
    public string? Noisy { get; init; }

    /// <summary>The noise, one kind after the other; Gaussian of 0 leaves the pictures as they are.</summary>
    public IReadOnlyList<Noise> Noises { get; init; } = [];

    /// <summary>Measures on so many pictures, evenly spread over the set; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether colour pictures are made grey.</summary>
    public bool Grey { get; init; }

    /// <summary>See <see cref="DenoiserOptions.Ensemble"/>; of every model. The default value is 1.</summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>The seed of noise and intervals. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";
}

/// <summary>One denoiser under one noise, in figures; each a mean over pictures with its 95 % interval.</summary>
/// <param name="Noise">The noise as text, or the name of the folder of noisy pictures.</param>
/// <param name="Model">The model's file name, or "noisy" for the pictures as they come.</param>
/// <param name="Parameters">Of its network; 0 for the noisy pictures.</param>
/// <param name="Psnr">
/// In dB, for a peak of 1, of values clipped to [0, 1] but not rounded; noisy pictures are not clipped.
/// </param>
/// <param name="Ssim">Structural similarity; not a number for pictures below 11 pixels.</param>
/// <param name="ImagesPerSecond">Not a number for the noisy pictures.</param>
/// <param name="NoiseLeft">The level that <see cref="NoiseEstimate"/> finds, on the 0–255 scale.</param>
/// <param name="ColourShift">
/// How far the mean of a picture's channel is from the clean picture's, on the 0–255 scale: of each picture its worst channel, and
/// of these the median.
/// </param>
/// <param name="WorstColourShift">The same for the worst picture.</param>
public sealed record DenoiserRow(
    string Noise, string Model, long Parameters, Interval Psnr, Interval Ssim, Interval ImagesPerSecond, Interval NoiseLeft,
    double ColourShift, double WorstColourShift)
{
    /// <summary>See <see cref="DenoiserOptions.Ensemble"/>; 1 for the noisy pictures.</summary>
    public int Ensemble { get; init; } = 1;
}

/// <summary>
/// Runs denoisers over the same pictures with the same noise, as they run on files. Models that take the noise level are told it
/// where it is the one fixed level of Gaussian noise, as published figures are measured; else they estimate it.
/// </summary>
public static class DenoiserComparison
{
    private const string AsTheyCome = "noisy";

    /// <summary>Compares.</summary>
    /// <param name="options">What on.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    /// <returns>For each noise the noisy pictures, and then the models in their order.</returns>
    /// <exception cref="ArgumentException">
    /// Options are missing or out of range, or a model is not made to clean pictures.
    /// </exception>
    /// <exception cref="InvalidDataException">A model or a picture is damaged, or has no partner.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static IReadOnlyList<DenoiserRow> Run(
        DenoiserComparisonOptions options, IProgress<ExperimentProgress>? progress = null, CancellationToken cancel = default)
    {
        if (options.Models.Count == 0) throw new ArgumentException("There are no models to compare.");
        if (options.Limit is < 1) throw new ArgumentException($"The limit is {options.Limit}; it must be 1 or more.");
        if (options.Noisy is null == (options.Noises.Count == 0))
            throw new ArgumentException("Which noise? Name either noise that is added, or a folder of noisy pictures.");
        foreach (var fault in options.Noises.Where(n => !IsNone(n)).SelectMany(n => n.Faults))
            throw new ArgumentException($"Noise: {fault}.");
        var device = ComputeDevice.Parse(options.Device);
        var denoising = new DenoiserOptions { Ensemble = options.Ensemble };
        foreach (var path in options.Models) DenoiserChoice.Load(path, denoising, device).Dispose(); // errors before the work
        progress?.Report(new ExperimentProgress("reading images"));
        using var images = Open(options, progress, cancel);
        var limit = Math.Min(options.Limit ?? images.Count, images.Count);
        int[] chosen = [.. Enumerable.Range(0, limit).Select(k => (int)((long)k * images.Count / limit))];
        Noise?[] noises = options.Noisy is null ? [.. options.Noises] : [null];
        return [.. noises.SelectMany(noise => Compare(options, noise, images, chosen, device, progress, cancel))];
    }

    private static bool IsNone(Noise noise) => noise is GaussianNoise { Factor: { IsFixed: true, From: 0 } };

    private static List<DenoiserRow> Compare(
        DenoiserComparisonOptions options, Noise? noise, ImageDataset images, int[] chosen, Device device,
        IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var level = noise is GaussianNoise { Factor: { IsFixed: true } factor } ? factor.From : (double?)null;
        var denoisers = new List<DenoiserChoice>();
        try
        {
            foreach (var path in options.Models)
            {
                var denoising = new DenoiserOptions { Ensemble = options.Ensemble };
                denoisers.Add(DenoiserChoice.Load(path, denoising, device));
                // A choice is asked as it is: it is to find out which noise there is.
                if (level is null || denoisers[^1] is not { White: null, Any.Model.Network.TakesNoiseLevel: true }) continue;
                denoisers[^1].Dispose();
                denoisers[^1] = DenoiserChoice.Load(path, denoising with { NoiseLevel = level }, device);
            }
            var (before, after) = (new Sums(), denoisers.ConvertAll(_ => new Sums()));
            var name = noise?.ToString() ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Noisy!));
            for (var k = 0; k < chosen.Length; k++)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Report(new ExperimentProgress($"{name}, picture: {k + 1}"));
                using var scope = NewDisposeScope();
                using var noGradient = no_grad();
                var (clean, noisy) = Read(images, chosen[k], noise, options.Seed);
                before.Add(noisy, clean, double.NaN);
                for (var m = 0; m < denoisers.Count; m++)
                {
                    if (k == 0) denoisers[m].Denoise(noisy, cancel).Dispose(); // the first run prepares
                    var start = Stopwatch.GetTimestamp();
                    var output = denoisers[m].Denoise(noisy, cancel);
                    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    after[m].Add(output.clamp(0, 1), clean, seconds);
                    output.Dispose();
                }
            }
            return
            [
                before.Row(name, AsTheyCome, 0, options.Seed),
                .. denoisers.Select((denoiser, m) => after[m].Row(
                    name, Path.GetFileNameWithoutExtension(options.Models[m]), denoiser.All.Sum(one => one.Model.Network.ParameterCount),
                    options.Seed) with { Ensemble = options.Ensemble }),
            ];
        }
        finally
        {
            foreach (var denoiser in denoisers) denoiser.Dispose();
        }
    }

    private static ImageDataset Open(
        DenoiserComparisonOptions options, IProgress<ExperimentProgress>? progress, CancellationToken cancel)
    {
        var source = options.Noisy is { } noisy ? PairedSource.Open(options.Clean, noisy) : ImageSource.Open(options.Clean);
        return ImageDataset.Own(
            source,
            opened => new ImageDatasetOptions
            {
                MixedSizes = true,
                Preprocessing = new Preprocessing { Channels = options.Grey ? 1 : opened.Channels },
            },
            Experiment.Decoding(progress), cancel);
    }

    /// <summary>(C, H, W) twice, on the CPU. Each picture has noise of its own, the same for all models.</summary>
    private static (Tensor Clean, Tensor Noisy) Read(ImageDataset images, int index, Noise? noise, int seed)
    {
        var read = images.Read([index]).MoveToOuterDisposeScope();
        if (noise is null)
        {
            var captures = read.chunk(PairedSource.Captures, 1);
            return (captures[0][0], captures[1][0]);
        }
        using var generator = new Generator(new SeededRandom(seed, index).NextUInt64());
        return (read[0], noise.AddTo(read, generator)[0]);
    }

    /// <summary>One figure a picture, of each kind.</summary>
    private sealed class Sums
    {
        private readonly List<double> _psnr = [], _ssim = [], _seconds = [], _noise = [], _shift = [];

        public void Add(Tensor image, Tensor clean, double seconds)
        {
            Tensor a = image.unsqueeze(0), b = clean.unsqueeze(0);
            _psnr.Add(Math.Min(100, ImageQuality.PsnrPerImage(a, b).item<float>())); // of a perfect copy it is infinite
            if (Math.Min(clean.shape[1], clean.shape[2]) >= ImageQuality.SsimWindow)
                _ssim.Add(ImageQuality.SsimPerImage(a, b).item<float>());
            _seconds.Add(seconds);
            _noise.Add(NoiseEstimate.Of(image).Level255);
            _shift.Add(255 * (image - clean).mean([1, 2], type: ScalarType.Float64).abs().max().item<double>());
        }

        public DenoiserRow Row(string noise, string model, long parameters, int seed)
        {
            var bootstrap = new BootstrapOptions { Seed = seed };
            var nothing = new Interval(double.NaN, double.NaN, double.NaN);
            var seconds = _seconds.TrueForAll(double.IsFinite) ? Bootstrap.Mean([.. _seconds], bootstrap) : nothing;
            return new DenoiserRow(noise, model, parameters, Bootstrap.Mean([.. _psnr], bootstrap),
                _ssim.Count > 0 ? Bootstrap.Mean([.. _ssim], bootstrap) : nothing,
                new Interval(1 / seconds.Estimate, 1 / seconds.Upper, 1 / seconds.Lower), Bootstrap.Mean([.. _noise], bootstrap),
                _shift.Order().ElementAt(_shift.Count / 2), _shift.Max());
        }
    }
}
