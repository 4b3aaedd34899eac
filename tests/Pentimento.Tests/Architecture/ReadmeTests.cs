using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Samples;

namespace Pentimento.Tests.Architecture;

/// <summary>What the README shows is compiled, and runs.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_snippet_of_the_README_is_part_of_a_sample()
    {
        var root = Root();
        var samples = Directory.GetFiles(Path.Combine(root, "samples"), "*.cs", SearchOption.AllDirectories)
            .Select(f => Lines(File.ReadAllText(f))).ToArray();
        var snippets = CodeBlock().Matches(File.ReadAllText(Path.Combine(root, "README.md")))
            .Select(m => Lines(m.Groups[1].Value)).ToArray();
        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.Contains(samples, sample => sample.Contains(snippet, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_denoiser_trained_by_the_sample_cleans_a_picture_by_the_sample()
    {
        for (var i = 0; i < 12; i++) ImageFile.Write(_folder[$"{i}.png"], Picture(i));
        TrainDenoiser.Run(_folder.Path, _folder["model.pent"], epochs: 1);
        DenoisePicture.Run(_folder["model.pent"], _folder["3.png"], _folder["clean.png"]);
        Assert.Equal(new ImageShape(3, 70, 90), ImageFile.Read(_folder["clean.png"]).Shape);
    }

    [Fact]
    public void A_detector_judges_a_picture_by_the_sample_and_by_that_for_ONNX_Runtime()
    {
        ImageFile.Write(_folder["picture.png"], Picture(1));
        var network = Architectures.Create("convolutional", new ImageShape(3, 64, 64));
        network.Initialise(1);
        using (var model = new ModelBundle(ModelTask.Detect, network, new Preprocessing { Resize = 64, Crop = 64 })
        {
            Parts =
            {
                [Pentimento.Detection.Calibration.PartName] =
                    Pentimento.Detection.Calibration.ForFalseAlarmRate([1e-9, 2e-9, 3e-9], 0.3).ToJson(),
            },
        })
            model.Save(_folder["model.pent"]);
        var verdict = DetectPicture.Run(_folder["model.pent"], _folder["picture.png"]);
        Assert.True(verdict.IsAnomalous);
        Pentimento.Export.OnnxExport.Write(_folder["model.pent"], _folder["model.onnx"]);
        var score = RunExported.Run(_folder["model.onnx"], _folder["picture.png"]);
        Assert.Equal(verdict.AnomalyScore, score, 1e-3 * verdict.AnomalyScore);
    }

    private static RasterImage Picture(int seed)
    {
        var random = new Pentimento.Data.SeededRandom(seed);
        return new RasterImage(new ImageShape(3, 70, 90),
            [.. Enumerable.Range(0, 3 * 70 * 90).Select(_ => (byte)random.Next(256))]);
    }

    /// <summary>The text without indentation, so that a snippet may stand at another depth.</summary>
    private static string Lines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    [GeneratedRegex("```csharp\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
