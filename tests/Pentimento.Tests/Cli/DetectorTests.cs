using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Pentimento.Cli;
using Pentimento.Detection;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Detection;
using Pentimento.Tests.Models;

namespace Pentimento.Tests.Cli;

/// <summary>Detectors from the command line: train, use, measure.</summary>
public sealed class DetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Detectors.Names.Where(name => name != "reconstruction")];

    public DetectorTests()
    {
        Write("normal", SmallSets.Pictures(24));
        Write("strange", SmallSets.Pictures(6, strange: true));
        Write("others", SmallSets.Pictures(6, strange: true, seed: 40));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string folder, RasterImage[] pictures)
    {
        for (var i = 0; i < pictures.Length; i++) ImageFile.Write(_folder[$"{folder}/{i:D2}.png"], pictures[i]);
    }

    private string Weights()
    {
        if (File.Exists(_folder["weights.safetensors"])) return _folder["weights.safetensors"];
        using var backbone = RandomBackbone.Create("squeezenet1_1");
        using var stream = File.Create(_folder["weights.safetensors"]);
        Safetensors.Write(stream, backbone.state_dict());
        return _folder["weights.safetensors"];
    }

    private CommandRun Train(string name, params string[] more)
    {
        var facts = Detectors.Facts(name);
        return CommandRun.Of(_folder.Path, [
            "train", "detect", "--data", _folder["normal"], "--detector", name, "--size", "48", "--false-alarms", "10%",
            "--out", _folder["run"], "--overwrite", .. facts.NeedsBackbone ? new[] { "--backbone", Weights() } : [],
            .. facts.NeedsKnownOthers ? new[] { "--known-others", _folder["others"] } : [],
            .. facts.HasBank ? new[] { "--bank-size", "100" } : [],
            .. facts.Trains ? new[] { "--steps", $"{SmallSets.Steps(name)}" } : [], .. more]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_detector_is_trained_measured_and_used(string name)
    {
        var trained = Train(name, "--anomalous", _folder["strange"], "--json");
        trained.Done();
        var auroc = Figure(trained.Json.GetProperty("evaluation"), "auroc");
        Assert.True(auroc >= 0.9, $"AUROC {auroc}");
        Assert.True(File.Exists(trained.Json.GetProperty("report").GetString()));

        // The same figures from the model file, on the images that were held out.
        var model = trained.Json.GetProperty("model").GetString()!;
        var evaluated = CommandRun.Of(_folder.Path,
            "evaluate", model, "--data", _folder["normal"], "--anomalous", _folder["strange"], "--out", _folder["e.html"], "--json");
        evaluated.Done();
        Assert.Equal(
            trained.Json.GetProperty("evaluation").GetProperty("figures").GetRawText().Replace(" ", "", StringComparison.Ordinal),
            evaluated.Json.GetProperty("figures").GetRawText().Replace(" ", "", StringComparison.Ordinal));

        // The same scores to the bit from command line and library.
        using var detector = AnomalyDetector.Load(model);
        var scored = CommandRun.Of(_folder.Path, "detect", _folder["strange"], "--model", model, "--json");
        foreach (var image in scored.Json.GetProperty("images").EnumerateArray())
        {
            var verdict = detector.Detect(ImageFile.Read(image.GetProperty("path").GetString()!));
            Assert.Equal(verdict.AnomalyScore, image.GetProperty("anomalyScore").GetDouble());
            Assert.Equal(verdict.PValue, image.GetProperty("pValue").GetDouble());
            Assert.Equal(JsonNamingPolicy.CamelCase.ConvertName(verdict.Answer.ToString()), image.GetProperty("answer").GetString());
            Assert.Equal(3, image.GetProperty("nearest").GetArrayLength());
            Assert.EndsWith(".png", image.GetProperty("nearest")[0].GetProperty("id").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scores_are_the_same_to_the_bit_in_training_evaluation_and_library(string name)
    {
        var facts = Detectors.Facts(name);
        var options = new ExperimentOptions
        {
            Task = ModelTask.Detect,
            Data = _folder["normal"],
            Size = 48,
            FalseAlarmRate = 0.1,
            Detector = new DetectorOptions
            {
                Name = name,
                BankSize = 100,
                Steps = facts.Trains ? 3 : null,
                Backbones = facts.NeedsBackbone ? [Weights()] : [],
                KnownOthers = facts.NeedsKnownOthers ? [_folder["others"]] : [],
            },
        };
        using var data = ExperimentData.Open(options, cancel: TestContext.Current.CancellationToken);
        using var fitted = DetectorTraining.Fit(options, data, null, TestContext.Current.CancellationToken);
        var training = DetectionMeasurement.Of(fitted, data, TestContext.Current.CancellationToken);
        fitted.ToBundle().Save(_folder["model.pent"]);
        using var loaded = AnomalyDetector.Load(_folder["model.pent"]);
        var evaluation = DetectionMeasurement.Of(loaded, data, TestContext.Current.CancellationToken);
        Assert.NotEmpty(training);
        Assert.Equal(training.Select(m => m.Score), evaluation.Select(m => m.Score));
        Assert.Equal(training.Select(m => m.Score), training.Select(
            m => loaded.Detect(ImageFile.Read(data.Images.FileOf(m.Index)!)).AnomalyScore));
    }

    [Theory]
    [InlineData("patchcore", "max")]
    [InlineData("reconstruction", "trimmed")]
    public void Pictures_of_many_shapes_are_looked_at_whole_in_crops_from_training_to_report(string name, string fusion)
    {
        foreach (var (i, picture) in SmallSets.Pictures(4, seed: 12, side: 120).Index())
            ImageFile.Write(_folder[$"normal/wide{i}.png"], CenterCrop.Apply(picture, 60 + i, 120));
        string[] given = name == "reconstruction" ? ["--detector", name, "--steps", "5"] : ["--detector", name, "--bank-size", "100"];
        var trained = CommandRun.Of(_folder.Path, [
            "train", "detect", "--data", _folder["normal"], "--anomalous", _folder["strange"], "--size", "32", "--crops", "2",
            "--fuse", fusion,
            "--out", _folder["run"], .. given, .. name == "reconstruction" ? [] : new[] { "--backbone", Weights() }, "--json"]);
        Assert.Equal((ExitCode.Done, ""), (trained.Code, trained.Code == ExitCode.Done ? "" : trained.Error));
        var model = trained.Json.GetProperty("model").GetString()!;
        var evaluated = CommandRun.Of(_folder.Path,
            "evaluate", model, "--data", _folder["normal"], "--anomalous", _folder["strange"], "--out", _folder["e.html"], "--json");
        Assert.Equal(
            trained.Json.GetProperty("evaluation").GetProperty("figures").GetRawText().Replace(" ", "", StringComparison.Ordinal),
            evaluated.Json.GetProperty("figures").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        using var detector = AnomalyDetector.Load(model);
        var scored = CommandRun.Of(
            _folder.Path, "detect", _folder["normal"], "--model", model, "--report", _folder["r"], "--raw-maps", _folder["raw"], "--json");
        Assert.Equal((ExitCode.Done, ""), (scored.Code, scored.Code == ExitCode.Done ? "" : scored.Error));
        foreach (var image in scored.Json.GetProperty("images").EnumerateArray())
            Assert.Equal(
                detector.Detect(ImageFile.Read(image.GetProperty("path").GetString()!)).AnomalyScore,
                image.GetProperty("anomalyScore").GetDouble());
        Assert.Contains("It saw the whole picture, its shorter side at 48 pixels", File.ReadAllText(
            Directory.EnumerateFiles(_folder["r/pictures"]).First()), StringComparison.Ordinal);
        Assert.Contains(
            fusion == "max" ? "highest of the crops" : "without the lowest and highest fifth",
            CommandRun.Of(_folder.Path, "inspect", model).Output, StringComparison.Ordinal);
        if (name == "reconstruction")
            Assert.Contains(
                "in several crops", CommandRun.Of(_folder.Path, "export", model, "--onnx", _folder["m.onnx"]).Error,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Crops_that_cannot_be_are_refused_in_one_line()
    {
        string[] train = ["train", "detect", "--data", _folder["normal"], "--detector", "descriptors", "--out", _folder["run"]];
        CommandRun.Of(_folder.Path, [.. train, "--fuse", "max"]).AssertFailed(ExitCode.BadInput, "--fuse goes with --crops");
        CommandRun.Of(_folder.Path, [.. train, "--crops", "0"]).AssertFailed(ExitCode.BadInput, "must be 1 to 64");
        CommandRun.Of(_folder.Path, "train", "detect", "--data", _folder["normal"], "--crops", "2", "--epochs", "1")
            .AssertFailed(ExitCode.BadInput, "does not go with --crops");
    }

    [Fact]
    public void Detectors_are_compared_on_crops_and_what_they_look_at_is_kept()
    {
        ImageFile.Write(_folder["normal/wide.png"], CenterCrop.Apply(SmallSets.Pictures(1, seed: 9, side: 120)[0], 60, 120));
        string[] Compare() =>
        [
            .. CommandRun.Of(
                _folder.Path, "compare-detectors", "--normal", _folder["normal"], "--other", _folder["strange"],
                "--detectors", "descriptors",
                "--size", "32", "--crops", "2", "--features", _folder["kept"], "--json").Json.GetProperty("rows").EnumerateArray()
                .Select(row => row.GetProperty("auroc").GetRawText()),
        ];
        var first = Compare();
        Assert.Equal(2, Directory.GetFiles(_folder["kept"]).Length);
        Assert.Equal(first, Compare());
    }

    [Fact]
    public void All_three_answers_are_printed_and_written_with_the_nearest_normal_pictures()
    {
        Train("descriptors").Done();
        var model = _folder["run/model.pent"];
        var run = CommandRun.Of(
            _folder.Path, "detect", _folder["strange"], _folder["normal"], "--model", model, "--csv", _folder["scores.csv"]);
        run.Done();
        Assert.Contains("does not belong", run.Output, StringComparison.Ordinal);
        Assert.Contains("it cannot be told", run.Output, StringComparison.Ordinal);
        Assert.Contains("most like", run.Output, StringComparison.Ordinal);
        using var detector = AnomalyDetector.Load(model);
        using var csv = CsvReader.FromFile(_folder["scores.csv"], new CsvReaderOptions { HasHeader = true });
        var answers = new HashSet<string>();
        while (csv.Read())
        {
            answers.Add(csv.GetString("answer"));
            var score = double.Parse(csv.GetString("anomaly_score"), CultureInfo.InvariantCulture);
            Assert.Equal(csv.GetString("answer"), JsonNamingPolicy.CamelCase.ConvertName($"{detector.Calibration.Answer(score)}"));
            Assert.Equal(3, csv.GetString("nearest").Split(" | ").Length);
        }
        Assert.Contains("doesNotBelong", answers);
        Assert.Contains("belongs", answers);
    }

    [Fact]
    public void Inspect_says_what_a_detector_is_made_of()
    {
        Train("patchcore").Done();
        var run = CommandRun.Of(_folder.Path, "inspect", _folder["run/model.pent"]);
        run.Done();
        foreach (var part in new[] { "patchcore", "squeezenet1_1", "100 patches", "normal examples", "at most 10 % false alarms" })
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_memory_bank_fills_its_budget_and_says_what_it_keeps()
    {
        string[] command =
        [
            "train", "detect", "--data", _folder["normal"], "--detector", "patchcore", "--backbone", Weights(), "--size", "48",
            "--out", _folder["run"],
        ];
        var bank = CommandRun.Of(_folder.Path, [.. command, "--memory", "400kB", "--json"]).Json.GetProperty("bank");
        Assert.InRange(bank.GetProperty("bytes").GetInt64(), 380_000, 400_000);
        Directory.Delete(_folder["run"], recursive: true);
        var run = CommandRun.Of(_folder.Path, [.. command, "--bank-share", "10%"]);
        Assert.Matches(@"memory bank +[\d,]+ of [\d,]+ patches \((9\.9\d|10(\.[01]\d?)?) %\), [\d.]+ (kB|MB)", run.Output);
        CommandRun.Of(_folder.Path, "detect", _folder["strange"], "--model", _folder["run/model.pent"]).Done();
        Directory.Delete(_folder["run"], recursive: true);
        CommandRun.Of(_folder.Path, [.. command, "--bank-size", "500", "--memory", "100kB"])
            .AssertFailed(ExitCode.BadInput, "more than the 100 kB allowed");
        Assert.False(File.Exists(_folder["run/model.pent"]));
    }

    [Fact]
    public void Maps_are_written_as_overlays_and_as_numbers_or_refused_in_one_line()
    {
        Train("patchcore").Done();
        var run = CommandRun.Of(_folder.Path, "detect", _folder["strange/00.png"], "--model", _folder["run/model.pent"],
            "--maps", _folder["maps"], "--raw-maps", _folder["raw"]);
        run.Done();
        Assert.True(File.Exists(_folder["maps/00.png.overlay.png"]) && File.Exists(_folder["raw/00.png.map.tif"]));
        Directory.Delete(_folder["run"], recursive: true);
        Train("descriptors").Done();
        CommandRun.Of(_folder.Path, "detect", _folder["strange"], "--model", _folder["run/model.pent"], "--maps", _folder["maps"])
            .AssertFailed(ExitCode.BadInput, "looks at pictures as a whole");
    }

    [Fact]
    public void A_report_shows_the_most_similar_pictures_of_the_training_and_what_the_audit_of_the_model_says()
    {
        Train("descriptors").Done();
        var model = _folder["run/model.pent"];
        CommandRun.Of(_folder.Path, "detect", _folder["strange"], "--model", model, "--audit", _folder["audit"])
            .AssertFailed(ExitCode.BadInput, "--audit is for the report");
        CommandRun.Of(_folder.Path, "detect", _folder["strange"], "--model", model, "--report", _folder["r"], "--audit", _folder["audit"])
            .AssertFailed(ExitCode.BadInput, "There is no audit");
        var audit = CommandRun.Of(
            _folder.Path, "audit", "--normal", _folder["normal"], "--other", _folder["strange"], "--model", model,
            "--changed", "2", "--out", _folder["audit"]);
        audit.Done();
        Assert.Contains("held out of its training", audit.Output, StringComparison.Ordinal);
        File.WriteAllText(_folder["strange/bad.png"], "no picture");
        var run = CommandRun.Of(
            _folder.Path, "detect", _folder["strange"], "--model", model, "--report", _folder["r"], "--audit", _folder["audit"]);
        Assert.Equal(ExitCode.BadInput, run.Code); // one of them is no picture
        Assert.Contains("index.html", run.Output, StringComparison.Ordinal);
        var page = File.ReadAllText(_folder["r/pictures/001-00.png.html"]);
        Assert.Equal(7, page.Split("<img ").Length - 1); // itself and six others; this detector has no map
        Assert.DoesNotContain("not found", page, StringComparison.Ordinal);
        Assert.Contains("What the audit says", page, StringComparison.Ordinal);
        Assert.DoesNotContain("not of this model", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("patchcore")]
    [InlineData("autoencoder")]
    public void Sets_in_mvtecs_layout_get_pixel_figures(string name)
    {
        foreach (var (i, picture) in SmallSets.Pictures(12).Index()) ImageFile.Write(_folder[$"set/train/good/{i:D2}.png"], picture);
        foreach (var (i, picture) in SmallSets.Pictures(4, seed: 6).Index()) ImageFile.Write(_folder[$"set/test/good/{i}.png"], picture);
        byte[] mask = [.. Enumerable.Range(0, 48 * 48).Select(i => (byte)(i % 48 < 24 && i / 48 < 24 ? 255 : 0))];
        foreach (var (i, picture) in SmallSets.Pictures(4, strange: true).Index())
        {
            ImageFile.Write(_folder[$"set/test/noise/{i}.png"], picture);
            ImageFile.Write(_folder[$"set/ground_truth/noise/{i}_mask.png"], new RasterImage(new ImageShape(1, 48, 48), mask));
        }
        var run = CommandRun.Of(_folder.Path, ["train", "detect", "--data", _folder["set"], "--detector", name,
            .. name == "patchcore" ? new[] { "--backbone", Weights() } : ["--steps", "5"],
            "--size", "48", "--out", _folder["run"], "--json"]);
        run.Done();
        var evaluation = run.Json.GetProperty("evaluation");
        Assert.Equal(8, evaluation.GetProperty("images").GetInt32());
        if (name == "patchcore") Assert.Equal(1, Figure(evaluation, "auroc"));
        Assert.InRange(Figure(evaluation, "pixel auroc"), 0.7, 1);
        Assert.InRange(Figure(evaluation, "pro"), 0.3, 1);
    }

    [Theory]
    [InlineData("There is no detector 'nose'", "--detector", "nose")]
    [InlineData("give its weights", "--detector", "padim")]
    [InlineData("There are no weights 'nothing.pth'", "--detector", "padim", "--backbone", "nothing.pth")]
    [InlineData("needs examples of others", "--detector", "known-others", "--backbone", "x.pth")]
    [InlineData("has no use for --backbone", "--detector", "descriptors", "--backbone", "x.pth")]
    [InlineData("has no use for --known-others", "--detector", "descriptors", "--known-others", ".")]
    [InlineData("has no use for --bank-size", "--bank-size", "100")]
    [InlineData("--epochs is for an auto-encoder", "--detector", "descriptors", "--epochs", "3")]
    [InlineData("at most 1", "--detector", "patchcore", "--backbone", "x.pth", "--bank-share", "120%")]
    [InlineData("it takes a size such as 1.5GB", "--detector", "patchcore", "--backbone", "x.pth", "--memory", "much")]
    [InlineData("has no use for --memory", "--detector", "descriptors", "--memory", "1GB")]
    [InlineData("The bank size is 0", "--detector", "patchcore", "--backbone", "x.pth", "--bank-size", "0")]
    public void Options_that_do_not_go_together_are_refused_in_one_line(string reason, params string[] options) =>
        CommandRun.Of(_folder.Path, ["train", "detect", "--data", _folder["normal"], "--out", _folder["run"], .. options])
            .AssertFailed(ExitCode.BadInput, reason);

    private static double Figure(JsonElement evaluation, string name) => evaluation.GetProperty("figures").EnumerateArray()
        .Single(f => f.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();
}
