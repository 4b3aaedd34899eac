using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Export;

/// <summary>An input or output of an exported model.</summary>
/// <param name="Name">As programs refer to it.</param>
/// <param name="Type">As in "float".</param>
/// <param name="Dimensions">A number, or a name where it may be any, as in "batch".</param>
public sealed record ExportedValue(string Name, string Type, IReadOnlyList<string> Dimensions)
{
    /// <summary>As in "image: float (batch, 3, height, width)".</summary>
    public override string ToString() => $"{Name}: {Type} ({string.Join(", ", Dimensions)})";
}

/// <summary>What was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="OperatorSet">The version of ONNX's operators that a runtime must know.</param>
/// <param name="Inputs">What goes in.</param>
/// <param name="Outputs">What comes out.</param>
/// <param name="Metadata">What the file says of itself.</param>
public sealed record ExportedModel(
    string Path, long Bytes, int OperatorSet, IReadOnlyList<ExportedValue> Inputs, IReadOnlyList<ExportedValue> Outputs,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// Writes models in the ONNX format, for programs without Pentimento. The graph has the input "image", (N, C, H, W), float32 in
/// [0, 1], any number of images of one size, and the output "output", (N, C, H, W): what the network gives, not clipped.
/// </summary>
/// <remarks>
/// <para><b>Denoisers</b> take the channels of their network. Those for any size take images as they are; those of one size
/// bring them to it. Networks that are told the noise level have it as a second input "sigma", (N), on the [0, 1] scale.</para>
/// <para><b>Detectors</b> take grey or colour images of any size, and do all of their preprocessing but the change of colour
/// profile. Their further outputs are "score", "p_value" (double), "anomalous" (bool), each (N), and "anomaly_map", (N, H, W)
/// of the preprocessed size: what <see cref="ReconstructionDetector"/> says.</para>
/// </remarks>
public static class OnnxExport
{
    /// <summary>Exports a model file.</summary>
    /// <param name="modelPath">The model (.pent).</param>
    /// <param name="path">The file to write, atomically; an existing one is replaced.</param>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">The model is damaged.</exception>
    /// <exception cref="NotSupportedException">
    /// The network does something that ONNX, or this, has no words for; or the weights are larger than a file may be.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static ExportedModel Write(string modelPath, string path)
    {
        var real = new RealPath();
        if (real.Of(modelPath) == real.Of(path))
            throw new ArgumentException($"The ONNX file '{path}' would replace the model itself; give it another name.");
        using var model = ModelBundle.Load(modelPath);
        try
        {
            return Write(model, path, ContentHash.OfFile(modelPath));
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"{modelPath}: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{modelPath}: {e.Message}", e);
        }
    }

    /// <summary>Exports a model.</summary>
    /// <param name="model">Not disposed.</param>
    /// <param name="path">The file to write, atomically; an existing one is replaced.</param>
    /// <param name="sha256">That of the model's file, for the metadata; null where it has none.</param>
    /// <inheritdoc cref="Write(string, string)" path="/exception"/>
    public static ExportedModel Write(ModelBundle model, string path, string? sha256 = null)
    {
        var (graph, metadata) = Build(model, sha256);
        long bytes = 0;
        AtomicFile.Write(path, stream =>
        {
            OnnxFile.Write(stream, graph, model.Network.Architecture, OnnxMetadata.Version, metadata);
            bytes = stream.Length;
        });
        return new ExportedModel(
            path, bytes, OnnxGraph.OperatorSet, [.. graph.Inputs.Select(Public)], [.. graph.Outputs.Select(Public)], metadata);
    }

    private static (OnnxGraph Graph, IReadOnlyDictionary<string, string> Metadata) Build(ModelBundle model, string? sha256)
    {
        var calibration = CalibrationOf(model);
        var (network, preprocessing) = (model.Network, model.Preprocessing);
        preprocessing.Validate();
        var inGraph = calibration is not null || !network.AnySize ? preprocessing : null; // see Denoiser.KeepsSize
        var (inputSize, outputSize) = Sizes(network, inGraph);
        var channels = $"{network.Input.Channels}";

        var graph = new OnnxGraph();
        var image = graph.Input(
            "image", OnnxType.Float, "batch", calibration is null ? channels : "channels", inputSize.Height, inputSize.Width);
        if (calibration is not null) image = PreprocessingOperators.Add(graph, preprocessing, image);
        else if (inGraph is not null) image = PreprocessingOperators.AddSize(graph, preprocessing, image);
        if (!network.AnySize) image = OfOneSize(graph, network.Input, image);
        string[] level = !network.TakesNoiseLevel ? [] : network.NoiseLevels == 1 ? [graph.Input("sigma", OnnxType.Float, "batch")]
            : [graph.Input("sigma", OnnxType.Float, "batch", $"{network.NoiseLevels}")];
        var output = NetworkOperators.Write(graph, network, [image, .. level]);
        graph.Output(output, "output", OnnxType.Float, "batch", channels, outputSize.Height, outputSize.Width);
        if (calibration is not null)
            DetectionOperators.Add(graph, calibration, image, output, outputSize.Height, outputSize.Width);
        return (graph, OnnxMetadata.Of(model, calibration, inGraph, sha256));
    }

    private static Calibration? CalibrationOf(ModelBundle model)
    {
        if (model.Task != ModelTask.Detect) return null;
        if (model.Preprocessing.Window is not null)
            throw new NotSupportedException("The detector looks at pictures in several crops, which cannot be exported to ONNX.");
        if (model.Parts.Keys.FirstOrDefault(part => part.EndsWith(".safetensors", StringComparison.Ordinal)) is { } unknown)
            throw new NotSupportedException($"The detector computes with {unknown}, which cannot be exported to ONNX.");
        if (!model.Parts.TryGetValue(Calibration.PartName, out var json))
            throw new InvalidDataException("The model is made to detect, and has no calibration.");
        if (model.Preprocessing.Channels != model.Network.Input.Channels)
            throw new InvalidDataException(
                $"The preprocessing gives {model.Preprocessing.Channels} channels, and the network takes {model.Network.Input}.");
        if (model.Network.TakesNoiseLevel)
            throw new NotSupportedException(
                $"The network {model.Network.Architecture} estimates the noise of each image, which cannot be exported to ONNX.");
        return Calibration.FromJson(json);
    }

    /// <summary>The heights and widths that go in and come out: numbers where they are fixed.</summary>
    private static ((string Height, string Width) Input, (string Height, string Width) Output) Sizes(
        Network network, Preprocessing? preprocessing)
    {
        var (_, height, width) = network.Input;
        (string, string) any = ("height", "width"), trained = ($"{height}", $"{width}");
        if (preprocessing?.Crop is { } side)
            return network.AnySize || (side == height && side == width) ? (any, ($"{side}", $"{side}"))
                : throw new InvalidDataException(
                    $"The preprocessing cuts {side}×{side} pixels, and the network takes {height}×{width}.");
        if (preprocessing?.Resize is not null) return (any, network.AnySize ? ("output_height", "output_width") : trained);
        return network.AnySize ? (any, any) : (trained, trained);
    }

    /// <summary>Nothing for an image of the network's size; an error where the graph runs for any other.</summary>
    private static string OfOneSize(OnnxGraph graph, ImageShape shape, string image) =>
        graph.Add("Expand", [image, graph.Numbers(1, shape.Channels, shape.Height, shape.Width)]);

    private static ExportedValue Public(OnnxValue value) =>
        new(value.Name, value.Type.ToString().ToLowerInvariant(), value.Dimensions);
}
