using System.Text.Json.Nodes;
using Pentimento.Cli;
using Pentimento.Inference;
using Pentimento.Models;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExportTests()
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["model.pent"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_writes_the_file_and_says_what_goes_in_and_out()
    {
        var run = Run("export", _folder["model.pent"], "--onnx", _folder["new/model.onnx"]);
        run.Done();
        Assert.Contains("image: float (batch, 3, height, width)", run.Output, StringComparison.Ordinal);
        Assert.Contains("output: float (batch, 3, height, width)", run.Output, StringComparison.Ordinal);
        Assert.Equal(["model.onnx"], Directory.GetFiles(_folder["new"]).Select(f => Path.GetFileName(f)));
        var json = Run("export", _folder["model.pent"], "--onnx", _folder["new/model.onnx"], "--json").Json;
        Assert.Equal(new FileInfo(_folder["new/model.onnx"]).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal("denoise", json.GetProperty("metadata").GetProperty("task").GetString());
    }

    [Fact]
    public void The_model_is_not_replaced_by_its_export()
    {
        var before = File.ReadAllBytes(_folder["model.pent"]);
        Run("export", _folder["model.pent"], "--onnx", Path.Combine(_folder.Path, ".", "model.pent"))
            .AssertFailed(ExitCode.BadInput, "would replace the model itself");
        Run("export", _folder["model.pent"], "--out", Path.Combine(_folder.Path, ".", "model.pent"))
            .AssertFailed(ExitCode.BadInput, "would replace the model itself");
        if (!OperatingSystem.IsWindows()) // links need rights there
        {
            using var elsewhere = new TemporaryFolder();
            Directory.CreateSymbolicLink(elsewhere["link"], _folder.Path);
            Run("export", _folder["model.pent"], "--out", elsewhere["link/model.pent"], "--weights", "fp16")
                .AssertFailed(ExitCode.BadInput, "would replace the model itself");
        }
        Assert.Equal(before, File.ReadAllBytes(_folder["model.pent"]));
    }

    [Fact]
    public void Where_no_file_can_be_written_it_is_one_line() =>
        Run("export", _folder["model.pent"], "--onnx", _folder.Path).AssertFailed(ExitCode.Failed, "it is a folder");

    [Fact]
    public void A_copy_with_16_bit_weights_takes_half_the_space_and_cleans_almost_the_same()
    {
        var run = Run("export", _folder["model.pent"], "--out", _folder["small.pent"], "--weights", "fp16");
        run.Done();
        Assert.Contains("storedAs", run.Output, StringComparison.Ordinal);
        using var full = Denoiser.Load(_folder["model.pent"]);
        using var small = Denoiser.Load(_folder["small.pent"]);
        Assert.True(small.Model.Network.parameters().All(p => p.dtype == ScalarType.Float32));
        using var scope = NewDisposeScope();
        using var image = TestModels.Noise(3, 20, 30).ToTensor();
        Assert.InRange((full.Denoise(image) - small.Denoise(image)).abs().max().item<float>(), 1e-7, 0.01);
        Assert.Contains("| weights stored as | float16 |", Run("inspect", _folder["small.pent"], "--card").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_says_nothing_of_the_folders_of_the_machine_that_trained_it()
    {
        using (var model = ModelBundle.Load(_folder["model.pent"]))
        {
            model.Training["command"] = $"pentimento train denoise --data {_folder.Path} --out here";
            model.Training["options"] = new JsonObject { ["data"] = _folder.Path };
            model.Save(_folder["model.pent"]);
        }
        var run = Run("export", _folder["model.pent"], "--out", _folder["copy.pent"]);
        Assert.Equal(ExitCode.Done, run.Code);
        using var copy = ModelBundle.Load(_folder["copy.pent"]);
        var name = Path.GetFileName(_folder.Path);
        Assert.Equal($"pentimento train denoise --data {name} --out here", copy.Training["command"]!.GetValue<string>());
        Assert.DoesNotContain(_folder.Path, copy.Training.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_half_the_bits_cannot_hold_are_an_error()
    {
        using (var model = ModelBundle.Load(_folder["model.pent"]))
        {
            using (no_grad()) model.Network.parameters().First().fill_(1e6);
            model.Save(_folder["large.pent"]);
        }
        Run("export", _folder["large.pent"], "--out", _folder["small.pent"], "--weights", "fp16").AssertFailed(
            ExitCode.BadInput, "values that Float16 cannot hold");
        Assert.False(File.Exists(_folder["small.pent"]));
    }

    [Theory]
    [InlineData("Export to what?")]
    [InlineData("another extension than .pent", "--out", "small.zip")]
    [InlineData("Export to what?", "--out", "small.pent", "--onnx", "model.onnx")]
    [InlineData("--weights goes with --out", "--onnx", "model.onnx", "--weights", "fp16")]
    public void Exports_that_are_none_are_one_line(string message, params string[] more) =>
        Run(["export", _folder["model.pent"], .. more]).AssertFailed(ExitCode.BadInput, message);

    [Fact]
    public void What_is_no_model_is_one_line()
    {
        File.WriteAllText(_folder["text.pent"], "no model");
        Run("export", _folder["text.pent"], "--onnx", _folder["model.onnx"]).AssertFailed(ExitCode.BadInput, "text.pent");
        Assert.False(File.Exists(_folder["model.onnx"]));
    }

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);
}
