using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using NetVips;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Tests.Imaging;

namespace Pentimento.Tests.Inference;

public sealed class DetectRunTests : IDisposable
{
    private readonly Pentimento.Tests.TemporaryFolder _folder = new();
    private readonly ReconstructionDetector _detector = TestModels.Detector();

    public DetectRunTests()
    {
        for (var i = 0; i < 6; i++)
            ImageFile.Write(_folder[$"in/{i}.png"], TestModels.Noise(3, 30 + i, 41, bitDepth: i % 2 == 0 ? 8 : 16, seed: i));
        File.WriteAllText(_folder["in/3.png"], "no image");
    }

    public void Dispose()
    {
        _detector.Dispose();
        _folder.Dispose();
    }

    private FileBatchResult<ScoredFile> Run(DetectRunOptions? options = null) =>
        DetectRun.Run(_detector, [_folder["in"]], options, cancellation: TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scores_are_those_of_the_detector_to_the_bit_and_a_bad_file_has_none(bool withMaps)
    {
        var result = Run(withMaps ? new DetectRunOptions { OverlayFolder = _folder["o"], MapFolder = _folder["m"] } : null);
        Assert.Equal("5 done, 1 failed", result.Describe());
        Assert.Equal(Enumerable.Range(0, 6).Select(i => _folder[$"in/{i}.png"]), result.Files.Select(file => file.Path));
        foreach (var file in result.Files.Where(file => file.Outcome == FileOutcome.Done))
            Assert.Equal(_detector.Detect(ImageFile.Read(file.Path)), file.Verdict);
        var failed = result.Files[3];
        Assert.Null(failed.Verdict);
        Assert.Contains("3.png", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_raw_map_is_the_anomaly_map_to_the_bit()
    {
        var result = Run(new DetectRunOptions { MapFolder = _folder["maps"] });
        var file = result.Files[1];
        Assert.Equal(_folder["maps/1.png.map.tif"], file.Map);
        Assert.Null(file.Overlay);
        using var map = Image.NewFromFile(file.Map!);
        using var expected = _detector.AnomalyMap(ImageFile.Read(file.Path));
        Assert.Equal((20, 20, Enums.BandFormat.Float), (map.Width, map.Height, map.Format));
        Assert.Equal(expected!.data<float>().ToArray(), map.WriteToMemory<float>());
        Assert.Equal(5, Directory.GetFileSystemEntries(_folder["maps"]).Length);
    }

    [Fact]
    public void The_overlay_is_the_drawn_map()
    {
        var file = Run(new DetectRunOptions { OverlayFolder = _folder["overlays"] }).Files[2];
        var original = ImageFile.Read(file.Path);
        using var map = _detector.AnomalyMap(original);
        var expected = AnomalyOverlay.Draw(
            _detector.Preprocessing.Apply(original), map!.data<float>().ToArray(), _detector.Calibration.Threshold);
        Assert.Equal(0, Pictures.LargestDifference(expected, ImageFile.Read(file.Overlay!)));
    }

    [Fact]
    public void The_csv_table_reads_back_to_the_bit()
    {
        var odd = new ScoredFile("a \"b\", c\nd é.png", FileOutcome.Done, null, new Verdict(1.0 / 3, 2e-17, true));
        var files = Run().Files.Append(odd).ToArray();
        ScoreTable.WriteCsv(_folder["scores.csv"], files);
        using var csv = CsvReader.FromFile(_folder["scores.csv"], new CsvReaderOptions { HasHeader = true });
        foreach (var file in files)
        {
            Assert.True(csv.Read());
            Assert.Equal(file.Path, csv.GetString("path"));
            Assert.Equal(file.Outcome == FileOutcome.Done ? "done" : "failed", csv.GetString("outcome"));
            Assert.Equal(file.Reason ?? "", csv.GetString("reason"));
            if (file.Verdict is not { } verdict)
            {
                Assert.Equal("", csv.GetString("anomaly_score") + csv.GetString("p_value") + csv.GetString("is_anomalous"));
                continue;
            }
            Assert.Equal(verdict.AnomalyScore, double.Parse(csv.GetString("anomaly_score"), CultureInfo.InvariantCulture));
            Assert.Equal(verdict.PValue, double.Parse(csv.GetString("p_value"), CultureInfo.InvariantCulture));
            Assert.Equal(verdict.IsAnomalous ? "true" : "false", csv.GetString("is_anomalous"));
        }
        Assert.False(csv.Read());
    }

    [Fact]
    public void The_json_table_has_the_threshold_and_every_file()
    {
        var files = Run().Files;
        ScoreTable.WriteJson(_folder["scores.json"], files, _detector.Calibration);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["scores.json"], Encoding.UTF8));
        Assert.Equal(_detector.Calibration.Threshold, json.RootElement.GetProperty("threshold").GetDouble());
        Assert.Equal("falseAlarmRate", json.RootElement.GetProperty("rule").GetString());
        var images = json.RootElement.GetProperty("images").EnumerateArray().ToArray();
        Assert.Equal(files.Select(file => file.Path), images.Select(image => image.GetProperty("path").GetString()));
        Assert.Equal(files[0].Verdict!.AnomalyScore, images[0].GetProperty("anomalyScore").GetDouble());
        Assert.Equal(JsonValueKind.Null, images[3].GetProperty("anomalyScore").ValueKind);
        Assert.Equal("failed", images[3].GetProperty("outcome").GetString());
    }

    [Fact]
    public void A_table_never_takes_the_place_of_an_image()
    {
        Assert.Throws<ArgumentException>(() => ScoreTable.WriteCsv(_folder["in/0.png"], []));
        var scan = new ScoredFile(_folder["in/a.scan"], FileOutcome.Failed, "damaged", null);
        Assert.Throws<ArgumentException>(() => ScoreTable.WriteCsv(_folder["in/../in/a.scan"], [scan]));
        Assert.Throws<ArgumentException>(() => ScoreTable.WriteJson(_folder["in/a.scan"], [scan], _detector.Calibration));
    }

    [Fact]
    public void Cancelling_ends_after_the_file_at_hand()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new TestModels.Progress<FileProgress>(report =>
        {
            if (report is { Finished: 2, Result: not null }) cancellation.Cancel();
        });
        var result = DetectRun.Run(_detector, [_folder["in"]], null, progress, cancellation.Token);
        Assert.Equal("2 done, cancelled", result.Describe());
    }
}
