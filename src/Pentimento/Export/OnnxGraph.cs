using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Export;

/// <summary>The type of a value, by its number in ONNX.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int64 = 7,
    Bool = 9,
    Double = 11,
}

/// <summary>One operator with what goes in. Its output has its name.</summary>
internal sealed record OnnxNode(
    string Name, string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<(string Name, object Value)> Attributes);

/// <summary>A constant: weights, or numbers that operators take.</summary>
/// <param name="Name">As operators refer to it.</param>
/// <param name="Type">Of its values.</param>
/// <param name="Shape">Empty for a single number.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Read">Gives the values, little-endian; called when the file is written.</param>
internal sealed record OnnxConstant(string Name, OnnxType Type, IReadOnlyList<long> Shape, long Length, Func<byte[]> Read);

/// <summary>An input or output of the whole graph; a dimension is a number, or a name where it may be any.</summary>
internal sealed record OnnxValue(string Name, OnnxType Type, IReadOnlyList<string> Dimensions);

/// <summary>A graph of ONNX operators while it is put together: <see cref="Add"/> one, and give its name to the next.</summary>
internal sealed class OnnxGraph
{
    /// <summary>The version of the default operator set that the operators are meant in (ONNX 1.15, November 2023).</summary>
    public const int OperatorSet = 20;

    private readonly Dictionary<string, int> _count = [];
    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, OnnxConstant> _constants = [];
    private readonly List<OnnxValue> _inputs = [], _outputs = [];

    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    public IReadOnlyCollection<OnnxConstant> Constants => _constants.Values;

    public IReadOnlyList<OnnxValue> Inputs => _inputs;

    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>Declares an input of the graph.</summary>
    /// <returns>Its name.</returns>
    public string Input(string name, OnnxType type, params IReadOnlyList<string> dimensions)
    {
        _inputs.Add(new OnnxValue(name, type, dimensions));
        return name;
    }

    /// <summary>Declares an output of the graph, and gives it a value.</summary>
    public void Output(string value, string name, OnnxType type, params IReadOnlyList<string> dimensions)
    {
        _nodes.Add(new OnnxNode(name, "Identity", [value], []));
        _outputs.Add(new OnnxValue(name, type, dimensions));
    }

    /// <summary>Adds an operator.</summary>
    /// <param name="name">Its name in the standard, as in "Conv".</param>
    /// <param name="inputs">The values that go in.</param>
    /// <param name="attributes">Names and values: long, float, string or long[].</param>
    /// <returns>The name of its output.</returns>
    public string Add(string name, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var number = _count[name] = _count.GetValueOrDefault(name) + 1;
        var node = new OnnxNode($"{name}_{number}", name, inputs, attributes);
        _nodes.Add(node);
        return node.Name;
    }

    /// <summary>A tensor as a constant.</summary>
    /// <param name="name">The same name is the same constant.</param>
    /// <param name="values">Gives it, on any device: now for its shape, and once more when the file is written.</param>
    /// <returns>The name.</returns>
    public string Weights(string name, Func<Tensor> values)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var shape = values().shape;
        return Constant(name, OnnxType.Float, shape, sizeof(float) * shape.Aggregate(1L, (a, b) => a * b), () => Bytes(values));
    }

    /// <summary>Whole numbers as a constant.</summary>
    public string Numbers(params long[] values) =>
        Constant($"[{string.Join(", ", values)}]", OnnxType.Int64, [values.Length], values);

    /// <summary>Numbers in single precision as a constant.</summary>
    public string Numbers(string name, float[] values, params long[] shape) => Constant(name, OnnxType.Float, shape, values);

    /// <summary>Numbers in double precision as a constant.</summary>
    public string Numbers(string name, double[] values, params long[] shape) => Constant(name, OnnxType.Double, shape, values);

    private static byte[] Bytes(Func<Tensor> values)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return values().detach().to(ScalarType.Float32).cpu().contiguous().bytes.ToArray();
    }

    private string Constant<T>(string name, OnnxType type, IReadOnlyList<long> shape, T[] values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes<T>(values).ToArray();
        return Constant(name, type, shape, bytes.Length, () => bytes);
    }

    private string Constant(string name, OnnxType type, IReadOnlyList<long> shape, long length, Func<byte[]> read)
    {
        _constants.TryAdd(name, new OnnxConstant(name, type, shape, length, read));
        return name;
    }
}
