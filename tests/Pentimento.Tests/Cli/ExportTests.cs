using Pentimento.Cli;
using Pentimento.Models;
using Pentimento.Tests.Inference;

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
        Assert.Equal(ExitCode.Done, run.Code);
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
        Assert.Equal(before, File.ReadAllBytes(_folder["model.pent"]));
    }

    [Fact]
    public void Where_no_file_can_be_written_it_is_one_line() =>
        Run("export", _folder["model.pent"], "--onnx", _folder.Path).AssertFailed(ExitCode.Failed, "it is a folder");

    [Fact]
    public void What_is_no_model_is_one_line()
    {
        File.WriteAllText(_folder["text.pent"], "no model");
        Run("export", _folder["text.pent"], "--onnx", _folder["model.onnx"]).AssertFailed(ExitCode.BadInput, "text.pent");
        Assert.False(File.Exists(_folder["model.onnx"]));
    }

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);
}
