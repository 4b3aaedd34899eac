using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>A trained network as the denoiser and the detector run it.</summary>
internal sealed class PentimentoInference : Workload
{
    private readonly Network _network;
    private readonly InferenceNetwork _inference;
    private readonly Tensor _images;

    public PentimentoInference(Job job, ScalarType type)
    {
        BatchSize = job.BatchSize;
        _network = Trained(job);
        _inference = InferenceNetwork.Of(_network, new InferenceOptions { Type = type });
        _images = Images.Random(job, BatchSize);
    }

    public override int BatchSize { get; }

    /// <summary>A network with drawn weights; what they are does not matter for speed.</summary>
    public static Network Trained(Job job)
    {
        var network = Architectures.Create(job.Architecture, new ImageShape(job.Channels, job.Side, job.Side));
        network.Initialise(1);
        network.eval();
        return network;
    }

    public override void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            _inference.Run(_images);
        }
    }

    public override void Dispose()
    {
        _inference.Dispose();
        _network.Dispose();
    }
}
