using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>Workloads by name, as one process tells another: "train|bf16|model 2|256".</summary>
internal static class Workloads
{
    public static string NameOf(string kind, string how, Job job) => $"{kind}|{how}|{job.Model}|{job.Side}";

    public static Workload Create(string name)
    {
        if (name.Split('|') is not [var kind, var how, var model, var side])
            throw new ArgumentException($"There is no workload '{name}'.");
        var job = new Job(model, int.Parse(side));
        // The plain loops must run in a process that Pentimento has changed nothing in.
        if (how != "plain") Architectures.Register<ConvolutionalWithRelu>();
        return (kind, how) switch
        {
            ("train", "plain") => new PlainLoop.Training(job),
            ("train", "float32") => new PentimentoTraining(job, Precision.Float32),
            ("train", "bf16") => new PentimentoTraining(job, Precision.BFloat16),
            ("train", "auto") => new PentimentoTraining(job, Precision.Auto),
            ("infer", "plain") => new PlainLoop.Inference(job),
            ("infer", "float32") => new PentimentoInference(job, ScalarType.Float32),
            ("infer", "bf16") => new PentimentoInference(job, ScalarType.BFloat16),
            ("infer", "onnx") => new OnnxInference(job),
            ("load", "files") => new Loading(job, fromFiles: true),
            ("load", "memory") => new Loading(job, fromFiles: false),
            ("matmul", "float32") => new Ceiling(convolution: false, ScalarType.Float32),
            ("matmul", "bf16") => new Ceiling(convolution: false, ScalarType.BFloat16),
            ("convolution", "float32") => new Ceiling(convolution: true, ScalarType.Float32),
            ("convolution", "bf16") => new Ceiling(convolution: true, ScalarType.BFloat16),
            _ => throw new ArgumentException($"There is no workload '{name}'."),
        };
    }
}
