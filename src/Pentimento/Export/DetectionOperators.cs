using Pentimento.Detection;

namespace Pentimento.Export;

/// <summary>What <see cref="ReconstructionDetector"/> makes of a reconstruction, as ONNX operators.</summary>
internal static class DetectionOperators
{
    /// <summary>Adds the outputs "anomaly_map", "score", "p_value" and "anomalous".</summary>
    /// <param name="graph">What they are added to.</param>
    /// <param name="calibration">The scores of normal images, and the threshold.</param>
    /// <param name="image">The preprocessed image: (N, C, H, W).</param>
    /// <param name="reconstruction">What the network made of it: (N, C, H, W).</param>
    /// <param name="height">The name or number of the rows.</param>
    /// <param name="width">The name or number of the columns.</param>
    public static void Add(
        OnnxGraph graph, Calibration calibration, string image, string reconstruction, string height, string width)
    {
        var difference = graph.Add("Sub", [reconstruction, image]);
        var errors = graph.Add("Mul", [difference, difference]);
        var map = graph.Add("ReduceMean", [errors, graph.Numbers(1)], ("keepdims", 0L)); // (N, H, W)
        var score = graph.Add("ReduceMean", [Double(graph, errors), graph.Numbers(1, 2, 3)], ("keepdims", 0L)); // (N)
        var threshold = graph.Numbers("threshold", [calibration.Threshold]);
        var anomalous = graph.Add("GreaterOrEqual", [score, threshold]);
        graph.Output(score, "score", OnnxType.Double, "batch");
        graph.Output(PValue(graph, calibration, score), "p_value", OnnxType.Double, "batch");
        graph.Output(anomalous, "anomalous", OnnxType.Bool, "batch");
        graph.Output(map, "anomaly_map", OnnxType.Float, "batch", height, width);
    }

    /// <summary>(1 + #{normal scores ≥ score}) / (n + 1).</summary>
    private static string PValue(OnnxGraph graph, Calibration calibration, string score)
    {
        double[] scores = [.. calibration.NormalScores];
        var normal = graph.Numbers("normal_scores", scores, scores.Length);
        var column = graph.Add("Unsqueeze", [score, graph.Numbers(1)]); // (N, 1)
        var above = Double(graph, graph.Add("GreaterOrEqual", [normal, column])); // (N, n)
        var count = graph.Add("ReduceSum", [above, graph.Numbers(1)], ("keepdims", 0L)); // (N)
        var one = graph.Numbers("1.0", [1.0]);
        return graph.Add("Div", [graph.Add("Add", [count, one]), graph.Numbers("ranks", [scores.Length + 1.0])]);
    }

    private static string Double(OnnxGraph graph, string value) => graph.Add("Cast", [value], ("to", (long)OnnxType.Double));
}
