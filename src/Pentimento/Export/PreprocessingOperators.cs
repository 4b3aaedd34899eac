using Pentimento.Imaging;

namespace Pentimento.Export;

/// <summary>
/// <see cref="Preprocessing"/> as ONNX operators, for images of any size: grey or colour, then size, then the middle.
/// </summary>
/// <remarks>
/// Greying and resizing round to 8 bits, as they do for 8-bit images. Greying and cutting then give the same values; ONNX's own
/// antialiased Resize, with the weights outside the image left out, gives Pillow's pixels but for one level in less than 1 %
/// of the values (measured with ONNX Runtime 1.31, which computes the weights in single precision).
/// </remarks>
internal static class PreprocessingOperators
{
    /// <summary>Adds it.</summary>
    /// <param name="graph">What it is added to.</param>
    /// <param name="preprocessing">What to do. A change of colour profile is left to the caller, who has the file.</param>
    /// <param name="image">The value that goes in: (N, 1 or 3, H, W), float in [0, 1].</param>
    /// <returns>The value that comes out: (N, C, H, W), float in [0, 1].</returns>
    public static string Add(OnnxGraph graph, Preprocessing preprocessing, string image)
    {
        image = preprocessing.Channels == 1 ? Grey(graph, image) : Colour(graph, image);
        return AddSize(graph, preprocessing, image);
    }

    /// <summary>Adds the parts that change the size: the channels stay.</summary>
    /// <inheritdoc cref="Add"/>
    public static string AddSize(OnnxGraph graph, Preprocessing preprocessing, string image)
    {
        if (preprocessing.Resize is { } shorter) image = Resize(graph, image, shorter);
        return preprocessing.Crop is { } side ? Crop(graph, image, side) : image;
    }

    /// <summary>Grey is repeated; another number of channels than 1 or 3 does not fit and is an error.</summary>
    private static string Colour(OnnxGraph graph, string image) => graph.Add("Expand", [image, graph.Numbers(1, 3, 1, 1)]);

    /// <summary>(19595 R + 38470 G + 7471 B + 32768) / 65536, whole numbers below 2²⁴ and so exact in single precision.</summary>
    private static string Grey(OnnxGraph graph, string image)
    {
        var colours = graph.Numbers("luma", [19595, 38470, 7471], 1, 3, 1, 1);
        var weighted = graph.Add("Mul", [Levels(graph, Colour(graph, image)), colours]);
        var sum = graph.Add("ReduceSum", [weighted, graph.Numbers(1)]); // (N, 1, H, W)
        var rounded = graph.Add("Add", [sum, graph.Numbers("32768", [32768f])]);
        var luma = graph.Add("Floor", [graph.Add("Div", [rounded, graph.Numbers("65536", [65536f])])]);
        var channels = graph.Add("Shape", [image], ("start", 1L), ("end", 2L));
        var isGrey = graph.Add("Equal", [channels, graph.Numbers(1)]);
        var first = graph.Add("Slice", [image, graph.Numbers(0), graph.Numbers(1), graph.Numbers(1)]);
        return graph.Add("Where", [isGrey, first, graph.Add("Div", [luma, White(graph)])]);
    }

    private static string Resize(OnnxGraph graph, string image, int shorter)
    {
        var size = Size(graph, image);
        var scaled = graph.Add("Mul", [size, graph.Numbers(shorter)]);
        var target = graph.Add("Div", [scaled, graph.Add("ReduceMin", [size])]); // whole numbers: truncated, as torchvision does
        var samples = graph.Add("Cast", [Levels(graph, image)], ("to", (long)OnnxType.UInt8));
        var resized = graph.Add(
            "Resize", [samples, "", "", target],
            ("mode", "linear"), ("antialias", 1L), ("exclude_outside", 1L), ("axes", new[] { 2L, 3L }));
        return graph.Add("Div", [graph.Add("Cast", [resized], ("to", (long)OnnxType.Float)), White(graph)]);
    }

    /// <summary>As torchvision: black around what is too small, then the middle, whose place rounds halves to even.</summary>
    private static string Crop(OnnxGraph graph, string image, int side)
    {
        string axes = graph.Numbers(2, 3), zero = graph.Numbers(0), target = graph.Numbers(side);
        var missing = graph.Add("Max", [graph.Add("Sub", [target, Size(graph, image)]), zero]);
        var before = graph.Add("Div", [missing, graph.Numbers(2)]);
        var pads = graph.Add("Concat", [before, graph.Add("Sub", [missing, before])], ("axis", 0L));
        var padded = graph.Add("Pad", [image, pads, "", axes]);
        var surplus = graph.Add("Cast", [graph.Add("Sub", [Size(graph, padded), target])], ("to", (long)OnnxType.Float));
        var half = graph.Add("Round", [graph.Add("Mul", [surplus, graph.Numbers("0.5", [0.5f])])]);
        var start = graph.Add("Cast", [half], ("to", (long)OnnxType.Int64));
        return graph.Add("Slice", [padded, start, graph.Add("Add", [start, target]), axes]);
    }

    /// <summary>(H, W).</summary>
    private static string Size(OnnxGraph graph, string image) => graph.Add("Shape", [image], ("start", 2L), ("end", 4L));

    /// <summary>[0, 1] to the nearest of 0, 1, …, 255.</summary>
    private static string Levels(OnnxGraph graph, string image)
    {
        var nearest = graph.Add("Round", [graph.Add("Mul", [image, White(graph)])]);
        return graph.Add("Clip", [nearest, graph.Numbers("black", [0f]), White(graph)]);
    }

    private static string White(OnnxGraph graph) => graph.Numbers("white", [255f]);
}
