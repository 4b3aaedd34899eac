using System.Text.Json;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

public sealed class CompareDenoisersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _clean;

    public CompareDenoisersTests()
    {
        _clean = CommandRun.Pictures(_folder["clean"], 3, side: 40);
        ImageFile.Write(Path.Combine(_clean, "wide.png"), TestModels.Noise(3, 20, 30));
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["a.pent"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_model_is_measured_under_every_noise_beside_the_noisy_pictures()
    {
        var run = Run(_folder["a.pent"], _folder["a.pent"], "--clean", _clean, "--sigma", "10", "25.5", "--noise", "0.5", "--json");
        run.Done();
        JsonElement[] rows = [.. run.Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["noisy", "a", "a", "noisy", "a", "a", "noisy", "a", "a"], rows.Select(r => r.GetProperty("model").GetString()));
        Assert.Equal(20, Psnr(rows[3]), 0.3); // 25.5 of 255
        Assert.Equal(Psnr(rows[4]), Psnr(rows[5])); // the same pictures, the same noise
        Assert.Equal("gaussian(0.5,clip)", rows[6].GetProperty("noise").GetString());
        Assert.True(rows[4].GetProperty("imagesPerSecond").GetProperty("estimate").GetDouble() > 0);
        var text = Run(_folder["a.pent"], "--clean", _clean, "--sigma", "25.5", "--limit", "2").Output;
        Assert.Contains("σ 25.5", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_that_come_along_are_found_by_name_and_shipped_is_all_of_them()
    {
        var clean = CommandRun.Pictures(_folder["few"], 1, side: 40);
        var run = Run("blind", "shipped", "--clean", clean, "--sigma", "25", "--json");
        run.Done();
        JsonElement[] rows = [.. run.Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["noisy", "blind", "shipped"], rows.Select(r => r.GetProperty("model").GetString()));
        Assert.True(rows[2].GetProperty("parameters").GetInt64() > 1.5 * rows[1].GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void Noisy_pictures_are_measured_against_the_clean_ones_of_their_names()
    {
        using (var generator = new Generator(1))
            foreach (var file in Directory.GetFiles(_clean))
            {
                using var scope = NewDisposeScope();
                ImageFile.Write(_folder[$"noisy/{Path.GetFileName(file)}"],
                    RasterImage.FromTensor(new GaussianNoise(0.1).AddTo(ImageFile.Read(file).ToTensor(), generator)));
            }
        var run = Run(_folder["a.pent"], "--clean", _clean, "--noisy", _folder["noisy"], "--json");
        run.Done();
        var noisy = run.Json.GetProperty("rows")[0];
        Assert.Equal("noisy", noisy.GetProperty("noise").GetString());
        Assert.InRange(Psnr(noisy), 19.5, 21.5);
        File.Delete(_folder["noisy/wide.png"]);
        Run(_folder["a.pent"], "--clean", _clean, "--noisy", _folder["noisy"]).AssertFailed(ExitCode.BadInput, "wide.png");
    }

    [Fact]
    public void What_is_done_to_clean_pictures_and_their_colours_is_measured_too()
    {
        using (var model = TestModels.Convolutional(ModelTask.Denoise, 3))
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            foreach (var parameter in model.Network.parameters()) parameter.zero_();
            model.Save(_folder["grey.pent"]);
        }
        var clean = CommandRun.Pictures(_folder["rough"], 3, noise: true, side: 40); // where there is no noise, means are kept
        var run = Run(_folder["grey.pent"], "--clean", clean, "--sigma", "0", "--json");
        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Code == 0 ? "" : run.Error));
        JsonElement[] rows = [.. run.Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal((0, 0), (Shift(rows[0], "colourShift"), Shift(rows[0], "worstColourShift")));
        double[] expected = [.. Directory.GetFiles(clean).Select(file =>
        {
            using var scope = NewDisposeScope();
            return 255 * ImageFile.Read(file).ToTensor().mean([1, 2]).max().item<float>();
        }).Order()];
        Assert.Equal(expected[expected.Length / 2], Shift(rows[1], "colourShift"), 0.01);
        Assert.Equal(expected[^1], Shift(rows[1], "worstColourShift"), 0.01);
        Assert.Contains("colour shift", Run(_folder["grey.pent"], "--clean", clean, "--sigma", "0").Output, StringComparison.Ordinal);

        static double Shift(JsonElement row, string name) => row.GetProperty(name).GetDouble();
    }

    [Fact]
    public void An_ensemble_is_named_in_the_table()
    {
        var run = Run(_folder["a.pent"], "--clean", _clean, "--sigma", "25.5", "--ensemble", "4", "--json");
        run.Done();
        Assert.Equal([1, 4], run.Json.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("ensemble").GetInt32()));
        var single = Run(_folder["a.pent"], "--clean", _clean, "--sigma", "25.5", "--json").Json.GetProperty("rows");
        Assert.Equal(Psnr(single[0]), Psnr(run.Json.GetProperty("rows")[0]));
        Assert.NotEqual(Psnr(single[1]), Psnr(run.Json.GetProperty("rows")[1]), 0.001);
        var text = Run(_folder["a.pent"], "--clean", _clean, "--sigma", "25.5", "--limit", "1", "--ensemble", "4").Output;
        Assert.Contains("ensemble", text, StringComparison.Ordinal);
        Run(_folder["a.pent"], "--clean", _clean, "--ensemble", "3").AssertFailed(ExitCode.BadInput, "--ensemble");
    }

    [Fact]
    public void What_cannot_be_compared_is_one_line()
    {
        Run(_folder["none.pent"], "--clean", _clean).AssertFailed(ExitCode.BadInput, "There is no model");
        Run(_folder["a.pent"], "--clean", _clean, "--sigma", "5", "--noisy", _clean).AssertFailed(ExitCode.BadInput, "leave --sigma");
        Run(_folder["a.pent"], "--clean", _clean, "--noise", "fog(1)").AssertFailed(ExitCode.BadInput, "fog");
        Run(_folder["a.pent"], "--clean", _clean, "--noise", "speckle(0)").AssertFailed(ExitCode.BadInput, "must be above 0");
        Run(_folder["a.pent"], "--clean", _clean, "--limit", "0").AssertFailed(ExitCode.BadInput, "limit is 0");
    }

    private static double Psnr(JsonElement row) => row.GetProperty("psnr").GetProperty("estimate").GetDouble();

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, ["compare-denoisers", .. args]);
}
