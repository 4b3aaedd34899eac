using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>Measures how well a model gives back clean images, and reports it.</summary>
public static class ReconstructionEvaluation
{
    private const int Shown = 8, ShownExtremes = 4;

    /// <summary>Evaluates a model on some images.</summary>
    /// <param name="model">To reconstruct or denoise.</param>
    /// <param name="images">Preprocessed as the model wants it.</param>
    /// <param name="indices">Which of them; at least one.</param>
    /// <param name="noise">Put on the input, or null.</param>
    /// <param name="seed">The seed of noise, examples and intervals.</param>
    /// <param name="context">What else the report says.</param>
    /// <exception cref="ArgumentException">There are no images, or they are not what the network takes.</exception>
    public static EvaluationResult Run(
        ModelBundle model, ImageDataset images, IReadOnlyList<int> indices, Noise? noise, int seed, ReportContext context)
    {
        if (indices.Count == 0) throw new ArgumentException("There are no images to evaluate on.");
        using var network = InferenceNetwork.Of(model.Network);
        var batches = new NoisyBatches(images, indices, noise, seed, images.HasOneShape ? BatchSize(images.Shape) : 1, network.Device);
        var measured = ReconstructionMeasurement.Of((input, clean) => Answer(model.Task, network, batches, input, clean), batches);
        var bootstrap = new BootstrapOptions { Seed = seed };
        QualityRow[] quality =
        [
            Row("MSE", f => f.Mse, higherIsBetter: false),
            Row("PSNR", f => f.Psnr, unit: "dB"),
            .. measured.Any(m => double.IsNaN(m.Output.Ssim)) ? [] : new[] { Row("SSIM", f => f.Ssim) }, // pictures may be of many sizes
        ];
        FinalMetric[] figures =
        [
            .. quality.Select(q => new FinalMetric(q.Name.ToLowerInvariant(), q.Output.Estimate, q.Output.Lower, q.Output.Upper)),
            .. quality.Where(q => q.Noisy is not null)
                .Select(q => (q.Name, Noisy: q.Noisy!.Value))
                .Select(q => new FinalMetric(
                    $"noisy {q.Name.ToLowerInvariant()}", q.Noisy.Estimate, q.Noisy.Lower, q.Noisy.Upper)),
        ];
        int[] byError = [.. Enumerable.Range(0, measured.Count).OrderBy(i => measured[i].Output.Mse)];
        var random = new SeededRandom(seed);
        int[] order = [.. Enumerable.Range(0, measured.Count)];
        random.Shuffle<int>(order);
        string[] remarks = model.Network.TakesNoiseLevel && noise is not null
            ? [$"{model.Network.Architecture} was told the level of the noise on each image."] : [];
        var extremes = Math.Min(ShownExtremes, measured.Count / 2);
        var examples = Render(order.Take(Shown));
        var page = new ReconstructionReport
        {
            Title = context.Title,
            Subtitle = $"{model.Network.Architecture} network, {model.Network.ParameterCount:N0} parameters, " +
                $"on {images.Source.Name}",
            Lead = noise is null ? null
                : $"From {quality[1].Noisy!.Value.Estimate:F1} dB to {quality[1].Output.Estimate:F1} dB: " +
                    $"noise {noise} on {measured.Count:N0} images.",
            Quality = quality,
            TestImages = measured.Count,
            Losses = context.Losses,
            Examples = examples,
            Best = Render(byError.Take(extremes)),
            Worst = Render(byError.Reverse().Take(extremes)),
            Classes = images.Labels.Count > 1
                ? ClassTable.Of(
                    [.. measured.Select(m => images.Items[m.Index].Label)], [.. measured.Select(m => m.Output.Mse)], bootstrap)
                : [],
            Options = context.Options,
            Origin = context.Origin,
        }.ToPage();
        return new EvaluationResult(model.Task, images.Source.Name, measured.Count, figures, [.. remarks], page, examples);

        QualityRow Row(
            string name, Func<ImageQualityFigures, double> figure, string? unit = null, bool higherIsBetter = true) => new(
            name, Mean(measured.Select(m => figure(m.Output))),
            noise is null ? null : Mean(measured.Select(m => figure(m.Noisy!.Value))), unit, higherIsBetter);

        // A perfect copy has an infinite PSNR; it counts as 100 dB, so that a mean exists.
        Interval Mean(IEnumerable<double> values) => Bootstrap.Mean([.. values.Select(v => Math.Min(v, 100))], bootstrap);

        ImageCase[] Render(IEnumerable<int> positions) =>
            [.. positions.Select(position => Case(images, model.Task, network, batches, position, measured[position]))];
    }

    /// <summary>
    /// What the model makes of some images. A denoised picture is a picture again: its values are within [0, 1].
    /// </summary>
    private static Tensor Answer(ModelTask task, InferenceNetwork network, NoisyBatches batches, Tensor input, Tensor clean)
    {
        var sigma = network.Network.TakesNoiseLevel ? batches.Level(clean, input) : null;
        var output = network.Run(input, sigma);
        return task == ModelTask.Denoise ? output.clamp(0, 1) : output;
    }

    private static ImageCase Case(
        ImageDataset images, ModelTask task, InferenceNetwork network, NoisyBatches batches, int position,
        ReconstructionMeasurement measured)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (indices, clean, input) = batches.Read(batches.BatchOf(position));
        var i = Array.IndexOf(indices, measured.Index);
        var output = Answer(task, network, batches, input.narrow(0, i, 1), clean.narrow(0, i, 1))[0];
        var item = images.Items[measured.Index];
        return new ImageCase(item.Id,
        [
            new("original", RasterImage.FromTensor(clean[i])),
            .. measured.Noisy is { } noisy
                ? new CaseImage[] { new("noisy", RasterImage.FromTensor(input[i]), $"{noisy.Psnr:F1} dB") } : [],
            new("output", RasterImage.FromTensor(output), $"{measured.Output.Psnr:F1} dB"),
        ], item.Label);
    }

    private static int BatchSize(ImageShape shape) => (int)Math.Clamp(2_000_000 / shape.Count, 1, 100);
}
