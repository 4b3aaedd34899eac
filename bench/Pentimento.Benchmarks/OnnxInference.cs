using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Pentimento.Export;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Benchmarks;

/// <summary>The exported network under ONNX Runtime, with its own defaults.</summary>
internal sealed class OnnxInference : Workload
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pentimento-bench-");
    private readonly InferenceSession _session;
    private readonly OrtValue _images;

    public OnnxInference(Job job)
    {
        BatchSize = job.BatchSize;
        var path = Path.Combine(_folder.FullName, "model.onnx");
        using (var model = new ModelBundle(ModelTask.Denoise, PentimentoInference.Trained(job), new Preprocessing()))
            OnnxExport.Write(model, path);
        _session = new InferenceSession(path);
        using var images = Images.Random(job, BatchSize);
        _images = OrtValue.CreateTensorValueFromMemory(
            MemoryMarshal.Cast<byte, float>(images.bytes).ToArray(), [BatchSize, job.Channels, job.Side, job.Side]);
    }

    public override int BatchSize { get; }

    public override void Run(int steps)
    {
        using var options = new RunOptions();
        for (var step = 0; step < steps; step++) _session.Run(options, ["image"], [_images], ["output"]).Dispose();
    }

    public override void Dispose()
    {
        _images.Dispose();
        _session.Dispose();
        _folder.Delete(recursive: true);
    }
}
