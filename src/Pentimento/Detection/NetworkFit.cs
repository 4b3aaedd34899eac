using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>Trains an auto-encoder on what a detector looks at in normal images.</summary>
internal static class NetworkFit
{
    /// <summary>Trains from random weights.</summary>
    /// <param name="architecture">The network, by name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="images">(C, H, W) or (1, C, H, W) each, of one shape, float32, on the CPU; not disposed.</param>
    /// <param name="training">What to do, but for the length.</param>
    /// <param name="steps">The length.</param>
    /// <param name="data">Seed, progress and cancellation.</param>
    /// <param name="device">Where the network trains and stays.</param>
    /// <returns>In evaluation mode, outside of any dispose scope; the caller disposes it.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The loss is no longer a number.</exception>
    public static Network Train(
        string architecture, IReadOnlyDictionary<string, int> options, IReadOnlyList<Tensor> images, TrainingOptions training,
        int steps, FitData data, Device device)
    {
        var set = new TensorImages(images);
        using var network = Architectures.Create(architecture, set.Shape, options);
        network.Initialise(data.Seed);
        network.to(device);
        var stepsAnEpoch = (set.Count - 1) / training.BatchSize + 1;
        var whole = training with { Seed = data.Seed, MaxSteps = steps, Epochs = (steps - 1) / stepsAnEpoch + 1 };
        new Trainer(network, new TrainingData(set, [.. Enumerable.Range(0, set.Count)], []), whole)
            .Run(progress: data.Progress is null ? null : new Share(data.Progress), cancel: data.Cancel);
        data.Cancel.ThrowIfCancellationRequested();
        return Restore(architecture, options, set.Shape, network.state_dict(), device);
    }

    /// <summary>
    /// A network with given weights, each in memory of its own: a trained network's lie side by side, where libtorch may compute them in
    /// another order, and a score would differ in its last digits from that of the same weights read from a file.
    /// </summary>
    /// <returns>In evaluation mode, outside of any dispose scope; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The weights are not the network's.</exception>
    public static Network Restore(
        string architecture, IReadOnlyDictionary<string, int> options, ImageShape shape, IReadOnlyDictionary<string, Tensor> weights,
        Device device)
    {
        var network = Architectures.Create(architecture, shape, options);
        try
        {
            network.LoadWeights(weights);
            network.to(device);
            network.eval();
            foreach (var tensor in network.parameters().Concat(network.buffers())) tensor.DetachFromDisposeScope();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private sealed class Share(IProgress<double> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(value.RunStep / (double)value.RunSteps);
    }
}
