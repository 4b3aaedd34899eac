using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pentimento.Imaging;

namespace Pentimento.Samples;

public static class RunExported
{
    public static double Run(string onnx, string picture)
    {
        // Any decoder will do: planes of red, green and blue, from 0 to 1.
        RasterImage image = ImageFile.Read(picture);
        var (channels, height, width) = image.Shape;
        var planes = new float[image.Shape.Count];
        image.CopyTo(planes);

        using var session = new InferenceSession(onnx);
        var input = new DenseTensor<float>(planes, [1, channels, height, width]);
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", input)]);
        double score = outputs.Single(o => o.Name == "score").AsEnumerable<double>().Single();
        bool isAnomalous = outputs.Single(o => o.Name == "anomalous").AsEnumerable<bool>().Single();
        Console.WriteLine($"score {score:G3}: " + (isAnomalous ? "does not belong" : "belongs"));
        return score;
    }
}
