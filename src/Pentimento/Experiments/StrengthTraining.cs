using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>What a <see cref="StrengthTraining"/> does.</summary>
/// <param name="Noise">One of its choices is put on each piece of a picture; every eighth piece stays clean.</param>
/// <param name="Examples">How many pieces of pictures.</param>
/// <param name="Seed">Determines all that is random.</param>
public sealed record StrengthTrainingOptions(Noise Noise, int Examples = 1500, int Seed = 42);

/// <summary>How well the estimate does on pieces that it did not learn from.</summary>
/// <param name="Examples">How many there were.</param>
/// <param name="Gain">Decibels that the denoiser gains over the noisy pieces, told the estimate.</param>
/// <param name="Regret">Decibels less than it would have gained at the best strength that was tried.</param>
/// <param name="WorstTenth">The regret that a tenth of them reach or pass.</param>
/// <param name="CleanFound">The share of clean pieces in which none was found.</param>
public sealed record StrengthResult(int Examples, double Gain, double Regret, double WorstTenth, double CleanFound);

/// <summary>
/// Teaches a denoiser's model to know the strength that it should be told: pieces of clean pictures get noise, the denoiser is told
/// several multiples of the true strength, and the one that brings the least error is what a small network learns to see in the piece.
/// </summary>
public sealed class StrengthTraining
{
    private const int Side = 256, Tried = 128, CleanEvery = 8, TestEvery = 7, Hidden = 24, Steps = 4000;
    private static readonly double[] s_multiples = [0.5, 0.7, 0.85, 1, 1.2, 1.5, 2];
    private readonly ModelBundle _model;
    private readonly StrengthTrainingOptions _options;

    /// <summary>A training for a model.</summary>
    /// <param name="model">A denoiser of two noise levels; its part is replaced. Not disposed.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="ArgumentException">The model is told no two levels, or the options are out of range.</exception>
    public StrengthTraining(ModelBundle model, StrengthTrainingOptions options)
    {
        if (model.Network is not { NoiseLevels: 2, AnySize: true, Input.Channels: 3 })
            throw new ArgumentException("The model is not told the strength of brightness and colour (sigma=2), which could be learned.");
        if (options.Examples < 64) throw new ArgumentException($"{options.Examples} examples are too few; it takes 64 or more.");
        if (options.Noise.Faults.FirstOrDefault() is { } fault) throw new ArgumentException($"Noise: {fault}.");
        (_model, _options) = (model, options);
    }

    /// <summary>Learns from pictures.</summary>
    /// <param name="folder">Clean pictures, in folders below too.</param>
    /// <param name="progress">Is told the share of the examples that are made.</param>
    /// <param name="cancellation">Looked at before each of them.</param>
    /// <exception cref="InvalidDataException">A picture cannot be read.</exception>
    /// <exception cref="ArgumentException">There are no pictures, or only small ones.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public StrengthResult Run(string folder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        string[] pictures = [.. new FolderListing(folder).ImagesBelow(folder)];
        if (pictures.Length == 0) throw new ArgumentException($"There are no pictures in '{folder}'.");
        using var network = InferenceNetwork.Of(_model.Network);
        List<Example> examples = [];
        for (var i = 0; examples.Count < _options.Examples && i < 4 * _options.Examples; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var random = new SeededRandom(_options.Seed, i);
            if (Make(pictures[(int)(random.NextUInt64() % (ulong)pictures.Length)], random, examples.Count, network) is { } made)
                examples.Add(made);
            progress?.Report(examples.Count / (double)_options.Examples);
        }
        if (examples.Count < 64) throw new ArgumentException("The pictures are too small to learn from.");
        Example[] test = [.. examples.Where((_, i) => i % TestEvery == 0)];
        var estimator = Fit([.. examples.Except(test)]);
        _model.Parts[StrengthEstimator.PartName] = estimator.ToJson();
        return Measure(estimator, test, network);
    }

    private sealed record Example(
        float[] Features, NoiseStrengths Best, bool IsWhite, bool IsClean, float[] Clean, float[] Noisy, double Error)
    {
        public double[] Target => [Log(Best.Brightness), Log(Best.Colour), IsWhite ? 1 : 0];

        private static double Log(double strength) => Math.Log(strength + StrengthEstimator.Offset);
    }

    /// <summary>One piece; null where the picture is too small.</summary>
    private Example? Make(string path, SeededRandom random, int number, InferenceNetwork network)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(random.NextUInt64());
        var picture = ImageFile.Read(path, new ImageReadOptions { Channels = 3 }).ToTensor();
        if (Math.Min(picture.shape[1], picture.shape[2]) < Tried) return null;
        long At(long side) => side <= Side ? 0 : (long)(random.NextUInt64() % (ulong)(side - Side + 1));
        var clean = picture.narrow(1, At(picture.shape[1]), Math.Min(Side, picture.shape[1]))
            .narrow(2, At(picture.shape[2]), Math.Min(Side, picture.shape[2])).unsqueeze(0);
        var isClean = number % CleanEvery == 0;
        var noise = isClean ? null : Choose(random.NextUInt64() / (double)ulong.MaxValue);
        var noisy = noise?.AddTo(clean, generator) ?? clean;
        var isWhite = noise is GaussianNoise { Shared: false };
        if (!isWhite) noisy = noisy.mul(255).round().div(255);
        var sample = new StrengthSample(3, (int)noisy.shape[2], (int)noisy.shape[3]);
        sample.Add(noisy.squeeze(0), 0, 0);
        if (sample.Features() is not { } features) return null;
        var truth = NoiseStrength.Of(noisy, clean).squeeze(0).data<float>().ToArray();
        var (wanted, given) = (Middle(clean), Middle(noisy));
        var (best, error) = isClean ? (default, 0) : Try(network, wanted, given, new(truth[0], truth[1]));
        return new(features, best, isWhite, isClean, [.. wanted.data<float>()], [.. given.data<float>()], error);
    }

    private static Tensor Middle(Tensor image) => image.narrow(2, (image.shape[2] - Tried) / 2, Tried)
        .narrow(3, (image.shape[3] - Tried) / 2, Tried).contiguous();

    private Noise Choose(double share)
    {
        if (_options.Noise is not NoiseMixture { Choices: var choices }) return _options.Noise;
        var left = share * choices.Sum(choice => choice.Weight);
        return choices.FirstOrDefault(choice => (left -= choice.Weight) < 0).Noise ?? choices[^1].Noise;
    }

    /// <summary>The multiple of the true strength that brings the least error, between those that were tried, and that error.</summary>
    private static (NoiseStrengths Best, double Error) Try(InferenceNetwork network, Tensor clean, Tensor noisy, NoiseStrengths truth)
    {
        var errors = s_multiples.Select(multiple => ErrorOf(network, clean, noisy, multiple * truth)).ToArray();
        var least = Array.IndexOf(errors, errors.Min());
        var multiple = Math.Log(s_multiples[least]);
        if (least > 0 && least < errors.Length - 1)
        {
            // The lowest point of the parabola through three errors, in decibels over the logarithm of the multiple.
            double x0 = Math.Log(s_multiples[least - 1]), x1 = multiple, x2 = Math.Log(s_multiples[least + 1]);
            double y0 = Math.Log(errors[least - 1]), y1 = Math.Log(errors[least]), y2 = Math.Log(errors[least + 1]);
            var (a, b) = ((x1 - x0) * (y1 - y2), (x1 - x2) * (y1 - y0));
            if (Math.Abs(a - b) > 1e-12) multiple = Math.Clamp(x1 - ((x1 - x0) * a - (x1 - x2) * b) / (2 * (a - b)), x0, x2);
        }
        return (Math.Exp(multiple) * truth, errors[least]);
    }

    private static double ErrorOf(InferenceNetwork network, Tensor clean, Tensor noisy, NoiseStrengths told)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var levels = tensor(new[] { (float)told.Brightness, (float)told.Colour }, [1, 2]);
        return (network.Run(noisy, levels).clamp(0, 1) - clean).square().mean().item<float>() + 1e-7;
    }

    private static StrengthEstimator Fit(IReadOnlyList<Example> examples)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var given = tensor(examples.SelectMany(example => example.Features).ToArray(), [examples.Count, StrengthSample.Count]);
        var target = tensor(examples.SelectMany(example => example.Target).Select(value => (float)value).ToArray(),
            [examples.Count, StrengthEstimator.Outputs]);
        var (mean, scale) = (given.mean([0]), given.std(0).clamp_min(1e-3));
        var x = ((given - mean) / scale).clamp(-StrengthEstimator.Farthest, StrengthEstimator.Farthest);
        var hidden = new Parameter(randn([Hidden, StrengthSample.Count], generator: generator) / Math.Sqrt(StrengthSample.Count));
        var output = new Parameter(randn([StrengthEstimator.Outputs, Hidden], generator: generator) / Math.Sqrt(Hidden));
        var (hiddenBias, outputBias) = (new Parameter(zeros(Hidden)), new Parameter(target.mean([0])));
        Parameter[] parameters = [hidden, output, hiddenBias, outputBias];
        using var adam = optim.AdamW(parameters, 0.003, weight_decay: 0.03);
        for (var step = 0; step < Steps; step++)
        {
            using var own = NewDisposeScope();
            foreach (var group in adam.ParamGroups) group.LearningRate = 0.003 * (1 - step / (double)Steps);
            var answer = x.matmul(hidden.t()).add(hiddenBias).tanh().matmul(output.t()) + outputBias;
            var loss = nn.functional.smooth_l1_loss(answer.narrow(1, 0, 2), target.narrow(1, 0, 2), beta: 0.3)
                + 0.2 * nn.functional.binary_cross_entropy_with_logits(answer.select(1, 2), target.select(1, 2));
            adam.zero_grad();
            loss.backward();
            adam.step();
        }
        float[][] Rows(Tensor matrix) => [.. matrix.detach().unbind().Select(row => row.data<float>().ToArray())];
        return new(new([.. mean.data<float>()], [.. scale.data<float>()], Rows(hidden), [.. hiddenBias.detach().data<float>()],
            Rows(output), [.. outputBias.detach().data<float>()]));
    }

    private static StrengthResult Measure(StrengthEstimator estimator, Example[] test, InferenceNetwork network)
    {
        List<double> gains = [], regrets = [];
        foreach (var example in test.Where(example => !example.IsClean))
        {
            using var scope = NewDisposeScope();
            var (clean, noisy) = (tensor(example.Clean, [1, 3, Tried, Tried]), tensor(example.Noisy, [1, 3, Tried, Tried]));
            var error = ErrorOf(network, clean, noisy, estimator.Of(example.Features).Strengths);
            var before = (noisy.clamp(0, 1) - clean).square().mean().item<float>() + 1e-7;
            gains.Add(10 * Math.Log10(before / error));
            regrets.Add(10 * Math.Log10(error / example.Error));
        }
        var spared = test.Where(example => example.IsClean).ToArray();
        var found = spared.Count(example => StrengthEstimator.IsNone(estimator.Of(example.Features).Strengths));
        regrets.Sort();
        return new(gains.Count, gains.Average(), regrets.Average(), regrets[(int)(0.9 * (regrets.Count - 1))],
            found / (double)Math.Max(1, spared.Length));
    }
}
