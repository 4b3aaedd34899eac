using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Tensors of any shapes as one vector: how many there are, the shape of each, then their values. Shapes are exact below 2²⁴.
/// </summary>
internal static class PackedTensors
{
    /// <summary>Packs float32 tensors.</summary>
    /// <returns>(D), float32; the caller's dispose scope owns it.</returns>
    public static Tensor Pack(IReadOnlyList<Tensor> tensors)
    {
        float[] header = [tensors.Count, .. tensors.SelectMany(t => t.shape.Prepend(t.dim()).Select(size => (float)size))];
        return cat([tensor(header), .. tensors.Select(t => t.flatten())]);
    }

    /// <summary>The tensors again, as views; the caller's dispose scope owns them.</summary>
    public static Tensor[] Unpack(Tensor packed)
    {
        var at = 0L;
        long Next() => (long)packed[at++].item<float>();
        var shapes = new long[Next()][];
        for (var i = 0; i < shapes.Length; i++)
        {
            shapes[i] = new long[Next()];
            for (var k = 0; k < shapes[i].Length; k++) shapes[i][k] = Next();
        }
        return
        [
            .. shapes.Select(shape =>
            {
                var size = shape.Aggregate(1L, (all, side) => all * side);
                at += size;
                return packed.narrow(0, at - size, size).reshape(shape);
            }),
        ];
    }
}
