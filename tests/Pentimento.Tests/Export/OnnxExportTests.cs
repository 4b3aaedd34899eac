using System.Text.Json;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Export;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Tests.Inference;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Export;

public sealed class OnnxExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trained_detector_gives_the_same_scores_p_values_and_decisions()
    {
        using var scope = NewDisposeScope();
        using var images = ImageDataset.Open("fashion-mnist-sample");
        var (training, calibration, test) = (Indices(0, 500), Indices(500, 200), Indices(700, 100));
        var network = Architectures.Create("feed-forward", images.Shape);
        network.Initialise(1);
        var options = new TrainingOptions { Epochs = 2, BatchSize = 50 };
        new Trainer(network, new TrainingData(images, training, calibration), options).Run();
        using var inference = InferenceNetwork.Of(network);
        var scores = ReconstructionDetector.Scores(inference, images.Read(calibration));
        using var model = Detector(network, images.Preprocessing, Calibration.ForFalseAlarmRate(scores, 0.1));
        using var session = Export(model);

        var pictures = images.Read(test).DetachFromDisposeScope();
        using var answer = session.Run(pictures);
        var expected = ReconstructionDetector.Scores(inference, pictures);
        var known = Calibration.ForFalseAlarmRate(scores, 0.1);
        Assert.InRange(expected.Count(known.IsAnomalous), 1, 60);
        AssertNear(expected, answer.Values<double>("score"));
        Assert.Equal(expected.Select(known.PValue), answer.Values<double>("p_value"));
        Assert.Equal(expected.Select(known.IsAnomalous), answer.Values<bool>("anomalous"));
        using var noGradient = no_grad();
        Assert.True(answer.Tensor("output").allclose(network.forward(pictures), 0, 1e-4));
        pictures.Dispose();
    }

    [Fact]
    public void A_detector_brings_pictures_to_its_size_itself()
    {
        using var scope = NewDisposeScope();
        foreach (var channels in new[] { 1, 3 })
        {
            using var detector = TestModels.Detector(channels); // shorter side to 24, middle 20×20
            using var model = TestModels.Convolutional(
                ModelTask.Detect, channels, new Preprocessing { Resize = 24, Crop = 20, Channels = channels });
            model.Parts[Calibration.PartName] = detector.Calibration.ToJson();
            using var session = Export(model);
            foreach (var (height, width) in new[] { (60, 45), (24, 30), (17, 90) })
            {
                var picture = TestModels.Noise(3, height, width);
                var verdict = detector.Detect(picture);
                using var answer = session.Run(picture.ToTensor().unsqueeze(0));
                // Where pictures are resized, one level of 255 in less than 1 % of the values.
                Assert.Equal(verdict.AnomalyScore, answer.Values<double>("score")[0], 1e-3 * verdict.AnomalyScore);
                var map = answer.Tensor("anomaly_map");
                Assert.Equal([1L, 20, 20], map.shape);
                Assert.Equal(map.mean().item<float>(), answer.Values<double>("score")[0], 1e-5);
            }
        }
    }

    [Fact]
    public void The_anomaly_map_and_the_score_of_a_picture_that_is_not_resized_are_those_of_Pentimento()
    {
        using var scope = NewDisposeScope();
        using var detector = TestModels.Detector();
        using var model = TestModels.Convolutional(ModelTask.Detect, 3, detector.Preprocessing);
        model.Parts[Calibration.PartName] = detector.Calibration.ToJson();
        using var session = Export(model);
        var picture = TestModels.Noise(3, 24, 31);
        using var answer = session.Run(picture.ToTensor().unsqueeze(0));
        var verdict = detector.Judge(detector.Preprocessing.Apply(picture), out var map);
        Assert.True(answer.Tensor("anomaly_map").squeeze(0).allclose(map!, 0, 1e-4));
        Assert.Equal(verdict.AnomalyScore, answer.Values<double>("score")[0], 1e-6);
        Assert.Equal(verdict.PValue, answer.Values<double>("p_value")[0]);
        Assert.Equal(verdict.IsAnomalous, answer.Values<bool>("anomalous")[0]);
    }

    /// <summary>Errors that are powers of two, so that scores are equal to known ones and to the threshold to the last bit.</summary>
    [Fact]
    public void A_score_equal_to_known_ones_counts_them_all_and_one_at_the_threshold_is_anomalous()
    {
        using var scope = NewDisposeScope();
        var calibration = new Calibration(ThresholdRule.FalseAlarmRate, 0.1, 0.25, [0.0625, 0.25, 0.25, 0.25, 1, 4, 4]);
        var graph = new OnnxGraph();
        var image = graph.Input("image", OnnxType.Float, "batch", "channels", "height", "width");
        DetectionOperators.Add(graph, calibration, image, graph.Add("Mul", [image, graph.Numbers("2.0f", [2f])]), "height", "width");
        using var session = OnnxSession.Of(graph);
        // The "reconstruction" is twice the image, so that its error is the image's square: 0, 1/16, 1/4, 1, 4 and 16.
        float[] values = [0, 0.25f, 0.5f, 1, 2, 4];
        using var answer = session.Run(tensor(values, [6, 1, 1, 1]).expand(6, 2, 3, 4));
        Assert.Equal([0, 0.0625, 0.25, 1, 4, 16], answer.Values<double>("score"));
        Assert.Equal([8 / 8.0, 8 / 8.0, 7 / 8.0, 4 / 8.0, 3 / 8.0, 1 / 8.0], answer.Values<double>("p_value"));
        Assert.Equal([false, false, true, true, true, true], answer.Values<bool>("anomalous"));
        Assert.Equal(answer.Values<double>("score").Select(calibration.PValue), answer.Values<double>("p_value"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_denoiser_cleans_pictures_of_any_size_as_they_are(int channels)
    {
        using var scope = NewDisposeScope();
        // Its preprocessing is that of the training; denoising does without.
        using var model = TestModels.Convolutional(
            ModelTask.Denoise, channels, new Preprocessing { Resize = 28, Crop = 28, Channels = channels });
        using var session = Export(model);
        using var denoiser = new Denoiser(model);
        foreach (var (height, width) in new[] { (28, 28), (50, 41) })
        {
            var images = ExportedNetworks.Images(2, new ImageShape(channels, height, width));
            using var answer = session.Run(images);
            for (var i = 0; i < 2; i++)
                Assert.True(answer.Tensor("output")[i].allclose(denoiser.Denoise(images[i]), 0, 1e-4));
        }
    }

    [Fact]
    public void A_denoiser_of_one_size_brings_pictures_to_it()
    {
        using var scope = NewDisposeScope();
        var network = ExportedNetworks.Create("feed-forward", new ImageShape(1, 16, 16));
        using var model =
            new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Resize = 20, Crop = 16, Channels = 1 });
        using var session = Export(model);
        var picture = TestModels.Noise(1, 20, 33);
        using var answer = session.Run(picture.ToTensor().unsqueeze(0));
        using var noGradient = no_grad();
        var expected = network.forward(model.Preprocessing.Apply(picture).ToTensor().unsqueeze(0));
        Assert.True(answer.Tensor("output").allclose(expected, 0, 1e-4));
    }

    [Fact]
    public void A_network_of_one_size_refuses_what_is_resized_to_another()
    {
        using var scope = NewDisposeScope();
        var network = ExportedNetworks.Create("feed-forward", new ImageShape(1, 16, 24));
        using var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Resize = 16, Channels = 1 });
        using var session = Export(model);
        session.Run(ExportedNetworks.Images(1, new ImageShape(1, 32, 48))).Dispose();
        Assert.Throws<Microsoft.ML.OnnxRuntime.OnnxRuntimeException>( // 24×16 has as many values
            () => session.Run(ExportedNetworks.Images(1, new ImageShape(1, 48, 32))));
    }

    [Fact]
    public void The_file_says_where_it_comes_from()
    {
        var preprocessing = new Preprocessing { Resize = 24, Crop = 20, ToSrgb = true };
        using (var model = TestModels.Convolutional(ModelTask.Detect, 3, preprocessing))
        {
            model.Parts[Calibration.PartName] = Calibration.ForFalseAlarmRate([1, 2, 3], 0.3).ToJson();
            model.Save(_folder["model.pent"]);
        }
        var written = OnnxExport.Write(_folder["model.pent"], _folder["model.onnx"]);
        Assert.Equal(new FileInfo(_folder["model.onnx"]).Length, written.Bytes);
        Assert.Equal("image: float (batch, channels, height, width)", Assert.Single(written.Inputs).ToString());
        Assert.Equal(
            [
                "output: float (batch, 3, 20, 20)", "score: double (batch)", "p_value: double (batch)",
                "anomalous: bool (batch)", "anomaly_map: float (batch, 20, 20)",
            ],
            written.Outputs.Select(o => o.ToString()));

        using var session = new OnnxSession(File.ReadAllBytes(_folder["model.onnx"]));
        var metadata = session.Metadata;
        Assert.Equal(written.Metadata, metadata);
        Assert.Equal(ContentHash.OfFile(_folder["model.pent"]), metadata["model_sha256"]);
        Assert.Equal("detect", metadata["task"]);
        Assert.Equal("convolutional", metadata["architecture"]);
        Assert.Equal(
            preprocessing, JsonSerializer.Deserialize<Preprocessing>(metadata["preprocessing"], JsonSerializerOptions.Web));
        Assert.Equal("shorter side to 24, centre crop 20×20, RGB", metadata["preprocessing_in_graph"]);
        Assert.Contains("sRGB", metadata["image"], StringComparison.Ordinal);
        var calibration = JsonElement.Parse(metadata["calibration"]);
        Assert.Equal(Math.BitIncrement(3.0), calibration.GetProperty("threshold").GetDouble());
        Assert.Equal("falseAlarmRate", calibration.GetProperty("rule").GetString());
    }

    [Fact]
    public void A_network_that_is_told_the_noise_level_has_it_as_an_input()
    {
        var network = ExportedNetworks.Create("unet", new ImageShape(3, 16, 16), ("width", 8), ("sigma", 1));
        using var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
        var written = OnnxExport.Write(model, _folder["model.onnx"]);
        Assert.Equal(
            ["image: float (batch, 3, height, width)", "sigma: float (batch)"], written.Inputs.Select(i => i.ToString()));
        Assert.Contains("standard deviation", written.Metadata["sigma"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_model_is_the_same_file()
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 1);
        OnnxExport.Write(model, _folder["a.onnx"]);
        OnnxExport.Write(model, _folder["b.onnx"]);
        Assert.Equal(ContentHash.OfFile(_folder["a.onnx"]), ContentHash.OfFile(_folder["b.onnx"]));
    }

    [Fact]
    public void A_detector_that_computes_with_more_than_its_network_says_that_it_cannot()
    {
        using var model = TestModels.Convolutional(ModelTask.Detect, 1);
        model.Parts["memory-bank.safetensors"] = [1];
        var e = Assert.Throws<NotSupportedException>(() => OnnxExport.Write(model, _folder["model.onnx"]));
        Assert.Contains("memory-bank.safetensors", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void More_than_2_GB_are_refused_before_anything_is_read()
    {
        var graph = new OnnxGraph();
        graph.Input("image", OnnxType.Float, "batch");
        var weights = empty([600_000_000], ScalarType.Float32, META);
        graph.Output(graph.Add("Add", ["image", graph.Weights("weights", () => weights)]), "output", OnnxType.Float, "batch");
        using var stream = new MemoryStream();
        var e = Assert.Throws<NotSupportedException>(
            () => OnnxFile.Write(stream, graph, "test", "0", new Dictionary<string, string>()));
        Assert.Equal("The model would take 2.4 GB; an ONNX file holds at most 2.1 GB.", e.Message);
        Assert.Equal(0, stream.Length);
    }

    private static int[] Indices(int first, int count) => [.. Enumerable.Range(first, count)];

    private static ModelBundle Detector(Network network, Preprocessing preprocessing, Calibration calibration) =>
        new(ModelTask.Detect, network, preprocessing) { Parts = { [Calibration.PartName] = calibration.ToJson() } };

    private OnnxSession Export(ModelBundle model)
    {
        OnnxExport.Write(model, _folder["model.onnx"]);
        return new OnnxSession(File.ReadAllBytes(_folder["model.onnx"]));
    }

    private static void AssertNear(double[] expected, double[] given)
    {
        Assert.Equal(expected.Length, given.Length);
        foreach (var (e, g) in expected.Zip(given)) Assert.Equal(e, g, 1e-5 * e);
    }
}
