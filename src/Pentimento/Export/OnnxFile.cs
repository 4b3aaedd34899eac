using System.Globalization;

namespace Pentimento.Export;

/// <summary>
/// Writes the ONNX format: a protocol buffers message whose field numbers are a public standard
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal static class OnnxFile
{
    // The version of the format that came with the operator set; ONNX Runtime 1.17 (January 2024) and later read it.
    private const int FormatVersion = 9;
    private const long Largest = int.MaxValue;

    /// <summary>Writes a graph.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="graph">With its inputs and outputs.</param>
    /// <param name="name">What the graph is called.</param>
    /// <param name="version">Of this program.</param>
    /// <param name="metadata">Names and texts.</param>
    /// <exception cref="NotSupportedException">The file would be larger than the format allows.</exception>
    public static void Write(
        Stream stream, OnnxGraph graph, string name, string version, IReadOnlyDictionary<string, string> metadata)
    {
        var model = Model(graph, name, version, metadata);
        if (model.Size > Largest)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"The model would take {model.Size / 1e9:0.0} GB; an ONNX file holds at most {Largest / 1e9:0.0} GB."));
        model.WriteTo(stream);
    }

    // ModelProto: 1 ir_version, 2 producer_name, 3 producer_version, 7 graph, 8 opset_import, 14 metadata_props
    private static ProtobufMessage Model(
        OnnxGraph graph, string name, string version, IReadOnlyDictionary<string, string> metadata) => new ProtobufMessage()
        .Add(1, FormatVersion)
        .Add(2, "Pentimento")
        .Add(3, version)
        .Add(7, Message(graph, name))
        .Add(8, new ProtobufMessage().Add(1, "").Add(2, OnnxGraph.OperatorSet)) // OperatorSetIdProto: 1 domain, 2 version
        .Add(14, metadata, (m, field, entry) => m.Add(field, new ProtobufMessage().Add(1, entry.Key).Add(2, entry.Value)));

    // GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output
    private static ProtobufMessage Message(OnnxGraph graph, string name) => new ProtobufMessage()
        .Add(1, graph.Nodes, (m, field, node) => m.Add(field, Message(node)))
        .Add(2, name)
        .Add(5, graph.Constants, (m, field, constant) => m.Add(field, Message(constant)))
        .Add(11, graph.Inputs, (m, field, value) => m.Add(field, Message(value)))
        .Add(12, graph.Outputs, (m, field, value) => m.Add(field, Message(value)));

    // NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute
    private static ProtobufMessage Message(OnnxNode node) => new ProtobufMessage()
        .Add(1, node.Inputs, (m, field, input) => m.Add(field, input))
        .Add(2, node.Name)
        .Add(3, node.Name)
        .Add(4, node.Operator)
        .Add(5, node.Attributes, (m, field, attribute) => m.Add(field, Message(attribute.Name, attribute.Value)));

    // AttributeProto: 1 name, 2 f, 3 i, 4 s, 8 ints, 20 type (1 float, 2 int, 3 string, 7 ints)
    private static ProtobufMessage Message(string name, object value)
    {
        var message = new ProtobufMessage().Add(1, name);
        return value switch
        {
            float number => message.Add(2, number).Add(20, 1),
            long number => message.Add(3, number).Add(20, 2),
            string text => message.Add(4, text).Add(20, 3),
            long[] numbers => message.Add(8, numbers, (m, field, number) => m.Add(field, number)).Add(20, 7),
            _ => throw new ArgumentException($"The attribute {name} is a {value.GetType().Name}."),
        };
    }

    // TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data
    private static ProtobufMessage Message(OnnxConstant constant) => new ProtobufMessage()
        .Add(1, constant.Shape, (m, field, size) => m.Add(field, size))
        .Add(2, (long)constant.Type)
        .Add(8, constant.Name)
        .Add(9, constant.Length, constant.Read);

    // ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor_type; TypeProto.Tensor: 1 elem_type, 2 shape; TensorShapeProto: 1 dim
    private static ProtobufMessage Message(OnnxValue value)
    {
        var shape = new ProtobufMessage().Add(1, value.Dimensions, (m, field, d) => m.Add(field, Dimension(d)));
        var tensor = new ProtobufMessage().Add(1, (long)value.Type).Add(2, shape);
        return new ProtobufMessage().Add(1, value.Name).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    // TensorShapeProto.Dimension: 1 dim_value, 2 dim_param
    private static ProtobufMessage Dimension(string dimension) =>
        long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new ProtobufMessage().Add(1, size) : new ProtobufMessage().Add(2, dimension);
}
