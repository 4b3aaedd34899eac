using System.Text.Json.Serialization;
using Pentimento.Imaging;

namespace Pentimento.Training;

/// <summary>How the learning rate changes over a run.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays as it is.</summary>
    Constant,

    /// <summary>It falls to zero along half a cosine (Loshchilov and Hutter, 2017; arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>
    /// It rises from 1/25 over the first 30 % of the steps and falls to 1/10,000 (Smith, 2018; arXiv:1803.09820).
    /// </summary>
    OneCycle,
}

/// <summary>How gradients become new weights.</summary>
public enum Optimizer
{
    /// <summary>Adam; with weight decay AdamW (arXiv:1412.6980, arXiv:1711.05101).</summary>
    Adam,

    /// <summary>
    /// Muon (kellerjordan.github.io/posts/muon): updates of weight matrices are made orthogonal; Adam for all else.
    /// </summary>
    Muon,
}

/// <summary>The type in which layers compute. Weights, statistics, optimizer state and losses are float32 always.</summary>
public enum Precision
{
    /// <summary>32 bit.</summary>
    Float32,

    /// <summary>16 bit with the range of float32; several times faster on CPUs with AVX512-BF16 or AMX and on GPUs.</summary>
    BFloat16,

    /// <summary>
    /// Whichever trains faster on this machine, <see cref="BFloat16"/> only where it saves 15 % or more. Measured once for each
    /// network and size, and remembered.
    /// </summary>
    Auto,
}

/// <summary>The loss: a weighted sum of terms, each a mean over all values of a batch.</summary>
/// <param name="Mse">Weight of the mean squared error. The default value is 1.</param>
/// <param name="L1">Weight of the mean absolute error. The default value is 0.</param>
/// <param name="Ssim">Weight of 1 − SSIM; images must be 11 pixels or more on a side. The default value is 0.</param>
/// <param name="Psnr">
/// Weight of what each image's PSNR lacks of 60 dB, after which nothing is won: an image with little noise counts as much as one
/// with a lot, where the errors themselves would hardly count (as in NAFNet: Chen et al., 2022; arXiv:2204.04676). The default
/// value is 0.
/// </param>
/// <param name="Colour">
/// Weight of the absolute error of each channel's mean over an image, so that colours do not drift. The default value is 0.
/// </param>
public sealed record LossWeights(double Mse = 1, double L1 = 0, double Ssim = 0, double Psnr = 0, double Colour = 0)
{
    internal const double PerfectPsnr = 60; // decibels

    /// <summary>The mean squared error and nothing else, whatever its weight.</summary>
    internal bool IsMse => this with { Mse = 0 } == new LossWeights(0);

    internal bool IsValid => new[] { Mse, L1, Ssim, Psnr, Colour } is var all && all.All(w => w >= 0) && all.Sum() > 0;
}

/// <summary>What a training run does. Every default is the reference experiments' value where they have one.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training images. The default value is 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Stops after so many steps, or null for no limit but <see cref="Epochs"/>. The default value is null.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Images per step. The default value is 100.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>The highest learning rate. The default value is 1e-3.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the learning rate changes. The default value is <see cref="LearningRateSchedule.Constant"/>.</summary>
    public LearningRateSchedule Schedule { get; init; }

    /// <summary>The optimizer. The default value is <see cref="Optimizer.Adam"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // checkpoints from before it existed stay valid
    public Optimizer Optimizer { get; init; }

    /// <summary>Decoupled weight decay: above 0 makes Adam AdamW (arXiv:1711.05101). The default value is 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Gradients with a larger Euclidean norm are scaled down to it; null for none. The default value is null.</summary>
    public double? GradientClip { get; init; }

    /// <summary>Keeps a moving average of the weights with this decay per step and returns it; null for none.</summary>
    public double? EmaDecay { get; init; }

    /// <summary>The loss. The default value is the mean squared error.</summary>
    public LossWeights Loss { get; init; } = new();

    /// <summary>
    /// What the network learns to give back. The default value is <see cref="Supervision.Clean"/>; with the others the images are
    /// noisy as they are, and <see cref="Noise"/> is null.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // checkpoints from before it existed stay valid
    public Supervision Supervision { get; init; }

    /// <summary>
    /// Noise put on the input, fresh in every step, with the clean image as target; null trains to reproduce the input.
    /// </summary>
    public Noise? Noise { get; init; }

    /// <summary>
    /// Stops after so many epochs in which the validation loss did not fall, and returns the best epoch's weights.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>The seed of weights, order and noise. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>The type in which layers compute. The default value is <see cref="Precision.Float32"/>.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether activations lie channels-last in memory. The default value is null: as is faster, which is measured once for each
    /// network and size, and remembered.
    /// </summary>
    public bool? ChannelsLast { get; init; }

    /// <summary>Writes a checkpoint every so many steps, or null for every minute; always after an epoch.</summary>
    public int? CheckpointSteps { get; init; }

    /// <summary>
    /// Reproduces a fault of the reference: after the first epoch's validation the network stays in evaluation mode, so batch
    /// normalisation keeps using the statistics of the first epoch. The default value is false.
    /// </summary>
    public bool FreezeBatchStatisticsAfterFirstEpoch { get; init; }

    /// <summary>Checks all options together.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists every one.</exception>
    public void ThrowIfInvalid()
    {
        List<string> problems = [];
        Check(Epochs >= 1, $"epochs is {Epochs}; it must be 1 or more");
        Check(MaxSteps is null or >= 1, $"steps is {MaxSteps}; it must be 1 or more");
        Check(BatchSize >= 1, $"batch size is {BatchSize}; it must be 1 or more");
        Check(LearningRate is > 0 and < 10, $"learning rate is {LearningRate}; it must be above 0 and below 10");
        Check(WeightDecay is >= 0 and < 1, $"weight decay is {WeightDecay}; it must be 0 or more and below 1");
        Check(WeightDecay == 0 || Optimizer == Optimizer.Adam, "weight decay is for Adam");
        Check(GradientClip is null or > 0, $"gradient clip is {GradientClip}; it must be above 0");
        Check(EmaDecay is null or (> 0 and < 1), $"EMA decay is {EmaDecay}; it must be between 0 and 1");
        Check(Loss.IsValid,
            $"loss weights are {Loss}; none may be negative, and one must be above 0");
        problems.AddRange(Noise?.Faults ?? []);
        Check(Supervision == Supervision.Clean || Noise is null, "noise is added to clean images alone; these are noisy as " +
            "they are");
        Check(Patience is null or >= 1, $"patience is {Patience}; it must be 1 or more");
        Check(CheckpointSteps is null or >= 1, $"checkpoint steps is {CheckpointSteps}; it must be 1 or more");
        if (problems.Count > 0) throw new ArgumentException($"Training options: {string.Join("; ", problems)}.");

        void Check(bool holds, string problem)
        {
            if (!holds) problems.Add(problem);
        }
    }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="steps">All steps of the run.</param>
    public double LearningRateAt(long step, long steps)
    {
        const double start = 1 / 25.0, end = 1e-4, rise = 0.3;
        var t = Math.Clamp(step / (double)Math.Max(1, steps), 0, 1);
        return LearningRate * Schedule switch
        {
            LearningRateSchedule.Cosine => HalfCosine(1, 0, t),
            LearningRateSchedule.OneCycle when t < rise => HalfCosine(start, 1, t / rise),
            LearningRateSchedule.OneCycle => HalfCosine(1, end, (t - rise) / (1 - rise)),
            _ => 1,
        };

        static double HalfCosine(double from, double to, double t) => to + (from - to) * (1 + Math.Cos(Math.PI * t)) / 2;
    }
}
