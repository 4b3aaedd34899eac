using System.Diagnostics;
using System.Runtime.InteropServices;
using Pentimento.Imaging;
using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>How a network computes: in which type, and with which memory layout.</summary>
/// <param name="Precision">The type; never <see cref="Precision.Auto"/>.</param>
/// <param name="ChannelsLast">Whether activations lie channels-last.</param>
internal readonly record struct ComputeForm(Precision Precision, bool ChannelsLast)
{
    /// <summary>A form that is less exact, or less plain, must be this much faster.</summary>
    private const double WorthACoarserType = 0.85, WorthAnotherLayout = 0.95;

    /// <summary>
    /// Values of the images that are measured with on a CPU: enough for the speed to be that of a whole batch. A GPU is given the
    /// whole batch.
    /// </summary>
    private const long MeasuredValues = 1 << 18;

    /// <summary>
    /// Options in which nothing is left open: what they leave open takes the form that trains the fastest here.
    /// </summary>
    /// <param name="network">On the device to train on; its weights and statistics are left as they are.</param>
    /// <param name="shape">The shape of the images.</param>
    /// <param name="options">Options; <see cref="Precision.Auto"/> and a missing layout are what is open.</param>
    public static TrainingOptions Resolve(Network network, ImageShape shape, TrainingOptions options)
    {
        Precision[] precisions = options.Precision == Precision.Auto
            ? [Precision.Float32, Precision.BFloat16] : [options.Precision];
        // A layout is a matter of planes: without a convolution there are none.
        bool[] layouts = options.ChannelsLast is { } given ? [given]
            : network.parameters().Any(p => p.dim() == 4) ? [false, true] : [false];
        ComputeForm[] forms = [.. from precision in precisions from layout in layouts select new ComputeForm(precision, layout)];
        var fastest = forms.Length == 1 ? forms[0] : SpeedMemory.Fastest(
            $"train {network.Architecture} {string.Join(' ', network.Options.Values.Select(o => $"{o.Key}={o.Value}"))} " +
            $"on {options.BatchSize} × {shape} on {network.parameters().First().device}, " +
            $"{string.Join(" or ", precisions)}, {string.Join(" or ", layouts.Select(l => l ? "channels last" : "planes"))}",
            () => Measure(network, shape, options, forms));
        return options with { Precision = fastest.Precision, ChannelsLast = fastest.ChannelsLast };
    }

    /// <summary>The images in this form: cast, and laid out.</summary>
    public Tensor Prepare(Tensor images)
    {
        if (Precision == Precision.BFloat16) images = images.to(ScalarType.BFloat16);
        return ChannelsLast ? ActivationLayout.ToChannelsLast(images) : images;
    }

    private static ComputeForm Measure(Network network, ImageShape shape, TrainingOptions options, ComputeForm[] forms)
    {
        using var scope = NewDisposeScope();
        var state = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var training = network.training;
        network.train();
        var device = network.parameters().First().device;
        var count = device.type == DeviceType.CPU ? Math.Clamp(MeasuredValues / shape.Count, 1, options.BatchSize) : options.BatchSize;
        var images = rand([count, shape.Channels, shape.Height, shape.Width], device: device);
        var best = forms[0];
        var bestTime = double.MaxValue;
        foreach (var form in forms)
        {
            var worth = (form.Precision == best.Precision ? 1 : WorthACoarserType)
                * (form.ChannelsLast == best.ChannelsLast ? 1 : WorthAnotherLayout);
            var time = Time(network, images, form, options.Loss, bestTime);
            if (time < bestTime * worth) (best, bestTime) = (form, time);
        }
        network.zero_grad();
        using (no_grad())
            foreach (var (name, tensor) in network.state_dict()) tensor.copy_(state[name]);
        network.train(training);
        return best;
    }

    /// <summary>The shortest of some steps, in seconds; the first one only warms up, and shows a hopeless form.</summary>
    private static double Time(Network network, Tensor images, ComputeForm form, LossWeights weights, double best)
    {
        using var parameters = new ParameterBuffer(network, form.ChannelsLast);
        using var dense = DenseGradient.For(network, form.Precision, weights);
        var shortest = double.MaxValue;
        for (var i = 0; i < 4 && (i == 0 || shortest < 4 * best || shortest == double.MaxValue); i++)
        {
            using var scope = NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            try
            {
                Step().item<float>(); // waits for the device
            }
            catch (ExternalException e) when (e.Message.Contains("out of memory", StringComparison.Ordinal))
            {
                return double.MaxValue; // too large for a GPU, where another form may fit
            }
            if (i > 0) shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return shortest;

        Tensor Step()
        {
            if (dense is not null) return dense.Compute(images, images);
            var loss = Objective.Loss(weights, network.forward(form.Prepare(images)).to(ScalarType.Float32), images);
            loss.backward();
            return loss;
        }
    }
}
