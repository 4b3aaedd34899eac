using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>The batch loader alone: from JPEG files of 2000×1500 pixels, or from decoded images in memory.</summary>
internal sealed class Loading : Workload
{
    private const int Files = 16;
    private readonly DirectoryInfo? _folder;
    private readonly ImageSource _source;
    private readonly ImageDataset _images;
    private readonly BatchLoader _loader;

    public Loading(Job job, bool fromFiles)
    {
        if (fromFiles) _folder = Write();
        _source = _folder is null ? Images.Source(job, Images.Count(job)) : ImageSource.Open(_folder.FullName);
        _images = new ImageDataset(_source, !fromFiles ? null : new ImageDatasetOptions
        {
            MemoryBudget = 0,
            Preprocessing = new Preprocessing { Resize = job.Side, Crop = job.Side, Channels = 3 },
        });
        BatchSize = Math.Min(job.BatchSize, _images.Count);
        // Several batches an epoch: they are what is made side by side.
        int[] indices = [.. Enumerable.Range(0, 16 * _images.Count).Select(i => i % _images.Count)];
        _loader = new BatchLoader(_images, indices, new() { BatchSize = BatchSize, DropLast = true });
    }

    public override int BatchSize { get; }

    public override void Run(int steps)
    {
        for (int epoch = 0, step = 0; step < steps; epoch++)
            foreach (var batch in _loader.Epoch(epoch))
                using (batch)
                    if (++step == steps) break;
    }

    public override void Dispose()
    {
        _loader.Dispose();
        _images.Dispose();
        _source.Dispose();
        _folder?.Delete(recursive: true);
    }

    private static DirectoryInfo Write()
    {
        var folder = Directory.CreateTempSubdirectory("pentimento-bench-");
        using var scope = NewDisposeScope();
        for (var i = 0; i < Files; i++)
        {
            // Clouds with grain: a JPEG of some 700 kB, as a scan is.
            var clouds = nn.functional.interpolate(
                rand(1, 3, 30, 40), [1500, 2000], mode: InterpolationMode.Bilinear, align_corners: false);
            var picture = (clouds + 0.03 * randn(1, 1, 1500, 2000)).clamp(0, 1).squeeze(0);
            ImageFile.Write(Path.Combine(folder.FullName, $"{i}.jpg"), RasterImage.FromTensor(picture, 8));
        }
        return folder;
    }
}
