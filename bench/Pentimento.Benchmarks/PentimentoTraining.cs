using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Benchmarks;

/// <summary>The trainer as it is: its loader, noise, optimizer and book-keeping included.</summary>
internal sealed class PentimentoTraining : Workload
{
    private readonly ImageSource _source;
    private readonly ImageDataset _images;
    private readonly Network _network;
    private readonly TrainingOptions _options;

    public PentimentoTraining(Job job, Precision precision)
    {
        _source = Images.Source(job, Images.Count(job));
        _images = new ImageDataset(_source);
        _network = Architectures.Create(job.Architecture, _images.Shape);
        _network.Initialise(1);
        _options = new TrainingOptions
        {
            BatchSize = job.BatchSize,
            Noise = job.Noise is { } factor ? new GaussianNoise(factor) : null,
            Precision = precision,
        };
    }

    public override int BatchSize => _options.BatchSize;

    public override void Run(int steps)
    {
        var data = new TrainingData(_images, [.. Enumerable.Range(0, _images.Count / BatchSize * BatchSize)], []);
        var epochs = 1 + steps * BatchSize / _images.Count;
        new Trainer(_network, data, _options with { Epochs = epochs + 1, MaxSteps = steps }).Run();
    }

    public override void Dispose()
    {
        _network.Dispose();
        _images.Dispose();
        _source.Dispose();
    }
}
