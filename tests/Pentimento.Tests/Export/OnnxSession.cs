using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pentimento.Export;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Pentimento.Tests.Export;

/// <summary>ONNX Runtime, the independent reader of what is exported.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxSession(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL; // what must fail is thrown as well
        _session = new InferenceSession(model, options);
    }

    /// <summary>A graph of one input and whatever is added to it, as a session.</summary>
    public static OnnxSession Of(OnnxGraph graph)
    {
        using var stream = new MemoryStream();
        OnnxFile.Write(stream, graph, "test", "0", new Dictionary<string, string>());
        return new OnnxSession(stream.ToArray());
    }

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Runs it on images.</summary>
    /// <param name="images">(N, C, H, W), float32.</param>
    /// <param name="sigma">(N), for networks that are told the noise level.</param>
    public OnnxAnswer Run(Tensor images, Tensor? sigma = null) =>
        new(_session.Run(sigma is null ? [Value("image", images)] : [Value("image", images), Value("sigma", sigma)]));

    public void Dispose() => _session.Dispose();

    private static NamedOnnxValue Value(string name, Tensor tensor)
    {
        using var cpu = tensor.cpu().contiguous();
        return NamedOnnxValue.CreateFromTensor(
            name, new DenseTensor<float>(cpu.data<float>().ToArray(), [.. cpu.shape.Select(n => (int)n)]));
    }
}

/// <summary>The outputs of one run.</summary>
internal sealed class OnnxAnswer(IDisposableReadOnlyCollection<DisposableNamedOnnxValue> values) : IDisposable
{
    public T[] Values<T>(string name) => [.. values.First(v => v.Name == name).AsEnumerable<T>()];

    public Tensor Tensor(string name)
    {
        var dense = values.First(v => v.Name == name).AsTensor<float>();
        return tensor(dense.ToArray(), [.. dense.Dimensions.ToArray().Select(n => (long)n)]);
    }

    public IEnumerable<string> Names => values.Select(v => v.Name);

    public void Dispose() => values.Dispose();
}
