using Pentimento.Detection;
using Pentimento.Imaging;

namespace Pentimento.Samples;

public static class DetectPicture
{
    public static Verdict Run(string model, string picture)
    {
        using var detector = AnomalyDetector.Load(model);
        Verdict verdict = detector.Detect(ImageFile.Read(picture));
        Console.WriteLine($"score {verdict.AnomalyScore:G3}, p = {verdict.PValue:G2}: " +
            (verdict.IsAnomalous ? "does not belong" : "belongs"));
        return verdict;
    }
}
