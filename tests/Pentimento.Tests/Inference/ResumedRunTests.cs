using System.Text.Json;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Models;

namespace Pentimento.Tests.Inference;

/// <summary>What a second run over the same files does, by the sidecars of the first.</summary>
public sealed class ResumedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ResumedRunTests()
    {
        Picture("in/a.png", 1);
        Picture("in/b.tif", 2);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_done_and_unchanged_is_skipped_without_a_word_and_not_touched()
    {
        Assert.Equal("2 done", Run().Describe());
        var before = File.GetLastWriteTimeUtc(_folder["out/a.png"]);
        var again = Run();
        Assert.Equal("0 done, 2 skipped", again.Describe());
        Assert.All(again.Files, file => Assert.Null(file.Reason));
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder["out/a.png"]));
    }

    [Fact]
    public void A_changed_original_is_cleaned_again()
    {
        Run();
        Picture("in/a.png", 3);
        var again = Run();
        Assert.Equal("1 done, 1 skipped", again.Describe());
        Assert.Equal(FileOutcome.Done, again.Files[0].Outcome);
        Assert.Equal("0 done, 2 skipped", Run().Describe());
    }

    [Fact]
    public void Other_settings_or_another_model_clean_all_again()
    {
        Run();
        Assert.Equal("2 done", Run(new DenoiserOptions { Blend = 0.5 }).Describe());
        Assert.Equal("2 done", Run(new DenoiserOptions { Ensemble = 2 }).Describe());
        Assert.Equal("0 done, 2 skipped", Run(new DenoiserOptions { Ensemble = 2 }).Describe());
        Assert.Equal("2 done", Run().Describe());
        Assert.Equal("2 done", Run(model: TestModels.Convolutional(ModelTask.Reconstruct, 3)).Describe());
        var tiled = Run(new DenoiserOptions { TileSize = 20 }, TestModels.Convolutional(ModelTask.Reconstruct, 3));
        Assert.Equal("0 done, 2 skipped", tiled.Describe());
    }

    [Fact]
    public void A_result_that_was_changed_or_made_by_others_is_left_alone_and_said()
    {
        Run();
        File.WriteAllText(_folder["out/a.png"], "retouched");
        File.Delete(_folder["out/b.tif.json"]);
        var again = Run();
        Assert.Equal("0 done, 2 skipped", again.Describe());
        Assert.Contains("changed since it was made", again.Files[0].Reason, StringComparison.Ordinal);
        Assert.Contains("has no sidecar", again.Files[1].Reason, StringComparison.Ordinal);
        Assert.Equal("retouched", File.ReadAllText(_folder["out/a.png"]));
        Assert.Equal("2 done", Run(overwrite: true).Describe());
        Assert.Equal(3, ImageFile.Read(_folder["out/a.png"]).Shape.Channels);
    }

    [Fact]
    public void What_a_killed_run_left_is_done_again_and_its_temporary_files_are_deleted()
    {
        Run();
        File.Delete(_folder["out/a.png"]); // killed between sidecar and picture
        File.Delete(_folder["out/b.tif"]); // killed before the sidecar
        File.Delete(_folder["out/b.tif.json"]);
        string Temporary(string name, string extension) =>
            _folder[$"out/{AtomicFile.TemporaryStart(name)}{Guid.NewGuid():N}{extension}"];
        File.WriteAllText(Temporary("b.tif", ".tif"), "half a pic");
        File.WriteAllText(Temporary("b.tif.json", ".json"), "half a side");
        File.WriteAllText(Temporary("c.tif", ".tif"), "of another run");
        File.WriteAllText(_folder["out/.pentimento.lock"], ""); // its lock went with the process
        Assert.Equal("2 done", Run().Describe());
        var hidden = Assert.Single(Directory.GetFiles(_folder["out"], ".*"));
        Assert.StartsWith(AtomicFile.TemporaryStart("c.tif"), Path.GetFileName(hidden), StringComparison.Ordinal);
        Assert.Equal(5, Directory.GetFiles(_folder["out"]).Length);
    }

    [Fact]
    public void Two_runs_into_one_folder_are_refused()
    {
        Directory.CreateDirectory(_folder["out"]);
        using (FolderLock.Take(_folder["out"]))
            Assert.Contains("Another run", Assert.Throws<IOException>(() => Run()).Message, StringComparison.Ordinal);
        Assert.Equal("2 done", Run().Describe());
    }

    [Fact]
    public void The_sidecar_tells_how_a_result_was_made()
    {
        Run(new DenoiserOptions { TileSize = 20, Blend = 0.25 });
        var json = JsonElement.Parse(File.ReadAllText(_folder["out/b.tif.json"]));
        string Text(string part, string name) => json.GetProperty(part).GetProperty(name).GetString()!;
        int Number(string part, string name) => json.GetProperty(part).GetProperty(name).GetInt32();
        Assert.Equal(ContentHash.OfFile(_folder["in/b.tif"]), Text("input", "sha256"));
        Assert.Equal(ContentHash.OfFile(_folder["out/b.tif"]), Text("output", "sha256"));
        Assert.Equal((31, 24), (Number("picture", "width"), Number("picture", "height")));
        Assert.Equal((3, 8), (Number("picture", "channels"), Number("picture", "bitDepth")));
        Assert.Equal("convolutional", Text("model", "architecture"));
        Assert.Equal(64, Text("model", "sha256").Length);
        Assert.Equal(0.25, json.GetProperty("settings").GetProperty("blend").GetDouble());
        Assert.Equal((6, 20), (Number("tiles", "count"), Number("tiles", "size")));
        Assert.Equal(JsonValueKind.Number, json.GetProperty("noiseBefore").GetProperty("level").ValueKind);
        Assert.Equal(JsonValueKind.String, json.GetProperty("noiseAfter").GetProperty("kind").ValueKind);
        var (before, after) = (ImageFile.Read(_folder["in/b.tif"]), ImageFile.Read(_folder["out/b.tif"]));
        for (var c = 0; c < 3; c++)
        {
            double[] residual = [.. before.Samples8!.Zip(after.Samples8!, (a, b) => (a - b) / 255.0).Where((_, i) => i % 3 == c)];
            var mean = residual.Average();
            var deviation = Math.Sqrt(residual.Average(r => (r - mean) * (r - mean)));
            Assert.Equal(mean, json.GetProperty("residual").GetProperty("mean")[c].GetDouble(), 3);
            Assert.Equal(deviation, json.GetProperty("residual").GetProperty("standardDeviation")[c].GetDouble(), 3);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"format\":1}")]
    [InlineData("[1, 2]")]
    public void A_sidecar_that_is_none_is_as_if_there_were_none(string text)
    {
        Run();
        File.WriteAllText(_folder["out/a.png.json"], text);
        Assert.Contains("has no sidecar", Run().Files[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_model_is_that_of_its_file()
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["m.pent"]);
        using var loaded = ModelBundle.Load(_folder["m.pent"]);
        Assert.Equal(ContentHash.OfFile(_folder["m.pent"]), loaded.FileHash);
        Assert.Equal(loaded.FileHash, model.FileHash);
    }

    private void Picture(string name, int seed) => ImageFile.Write(_folder[name], TestModels.Noise(3, 24, 31, seed: seed));

    private FileBatchResult<DenoisedFile> Run(DenoiserOptions? options = null, ModelBundle? model = null, bool overwrite = false)
    {
        using var denoiser = new Denoiser(model ?? TestModels.Convolutional(ModelTask.Denoise, 3), options);
        return DenoiseRun.Run(
            denoiser, [_folder["in"]], new DenoiseRunOptions { OutputFolder = _folder["out"], Overwrite = overwrite },
            cancellation: TestContext.Current.CancellationToken);
    }
}
