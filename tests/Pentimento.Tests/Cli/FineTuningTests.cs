using System.Text.Json.Nodes;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

public sealed class FineTuningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _data, _model;

    public FineTuningTests()
    {
        _data = CommandRun.Pictures(_folder["pictures"]);
        _model = _folder["first.pent"];
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Training["run"] = "the first run";
        model.Save(_model);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_training_starts_from_the_weights_of_a_model_and_says_so()
    {
        var run = Train("out", "--learning-rate", "1e-9", "--steps", "1");
        run.Done();
        using (var before = ModelBundle.Load(_model))
        using (var after = ModelBundle.Load(_folder["out/model.pent"]))
        {
            Assert.Equal(before.Network.Options.Values, after.Network.Options.Values);
            foreach (var ((name, old), (_, now)) in before.Network.named_parameters().Zip(after.Network.named_parameters()))
                Assert.True((old - now).abs().max().item<float>() < 1e-6, name);
        }
        var from = JsonNode.Parse(File.ReadAllText(_folder["out/experiment.json"]))!["from"]!;
        Assert.Equal(("first.pent", "the first run"), ((string)from["model"]!, (string)from["run"]!));
        Assert.Contains("| started from | model first.pent, sha256 ", File.ReadAllText(_folder["out/model.md"]),
            StringComparison.Ordinal);
        Assert.Contains("first.pent", Run("inspect", _folder["out/model.pent"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Fine_tuning_begins_where_the_model_was_and_not_anew()
    {
        string[] same = ["--noise", "0.2", "--batch-size", "8"];
        Train("long", [.. same, "--learning-rate", "0.01", "--epochs", "20"]).Done();
        var good = FirstLoss("tuned", _folder["long/model.pent"]);
        Assert.True(good < 0.7 * FirstLoss("fresh", _model), $"{good}");

        double FirstLoss(string output, string model)
        {
            var run = CommandRun.Of(_folder.Path, ["train", "denoise", "--data", _data, "--from", model, "--size", "16",
                "--epochs", "1", "--out", _folder[output], .. same, "--json"]);
            return run.Json.GetProperty("epochs")[0].GetProperty("trainLoss").GetDouble();
        }
    }

    [Fact]
    public void A_resumed_run_needs_its_start_no_more_once_it_has_a_checkpoint()
    {
        using (var stop = new StopAtFile(_folder["out/checkpoint.safetensors"]))
        {
            var run = CommandRun.Of(_folder.Path, stop.Token, [.. Arguments("out", _model), "--epochs", "200", "--steps", "600"]);
            Assert.Equal(ExitCode.Interrupted, run.Code);
        }
        File.Delete(_model);
        var resumed = Run("train", "denoise", "--resume", _folder["out"]);
        resumed.Done();
        using var model = ModelBundle.Load(_folder["out/model.pent"]);
        Assert.Equal("the first run", (string)model.Training["from"]!["run"]!);
    }

    [Fact]
    public void A_network_may_start_from_a_shallower_one_and_computes_what_that_does()
    {
        var shape = new ImageShape(3, 16, 16);
        var small = Architectures.Create("unet", shape, new Dictionary<string, int> { ["width"] = 8, ["levels"] = 2 });
        small.Initialise(3);
        using (var model = new ModelBundle(ModelTask.Denoise, small, new Preprocessing { Resize = 16, Crop = 16 }))
            model.Save(_folder["small.pent"]);
        string[] more = ["--set", "blocks=3", "middle=3", "refine=1", "--learning-rate", "1e-12", "--epochs", "1", "--steps", "1"];
        var run = Run([.. Arguments("deep", _folder["small.pent"]), .. more]);
        run.Done();
        using var before = ModelBundle.Load(_folder["small.pent"]);
        using var after = ModelBundle.Load(_folder["deep/model.pent"]);
        var grown = after.Network.Options.Values;
        Assert.Equal((3, 3, 1, 8), (grown["blocks"], grown["middle"], grown["refine"], grown["width"]));
        Assert.True(after.Network.ParameterCount > before.Network.ParameterCount);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var image = rand(1, 3, 33, 20);
        Assert.True((before.Network.forward(image) - after.Network.forward(image)).abs().max().item<float>() < 1e-5);
        Run([.. Arguments("wide", _folder["small.pent"]), "--set", "width=16"])
            .AssertFailed(ExitCode.BadInput, "has the option width=8; it cannot become 16");
        Run([.. Arguments("shallow", _folder["deep/model.pent"]), "--set", "blocks=1"])
            .AssertFailed(ExitCode.BadInput, "has the option blocks=3; it cannot become 1");
    }

    [Theory]
    [InlineData("'first.pent' has the network convolutional; a training that starts from it cannot make a unet", "--architecture", "unet")]
    [InlineData("'first.pent' has the option b=8; it cannot become 4", "--set", "b=4")]
    [InlineData("The network convolutional of 'first.pent' has no option 'z'", "--set", "z=4")]
    [InlineData("'first.pent' takes images of 3 channels; it cannot learn from grey ones", "--grey")]
    public void What_does_not_go_with_the_model_is_one_line(string message, params string[] more) =>
        Train("out", more).AssertFailed(ExitCode.BadInput, message.Replace("first.pent", _model, StringComparison.Ordinal));

    [Fact]
    public void A_network_of_one_size_says_which()
    {
        var network = Architectures.Create("feed-forward", new ImageShape(3, 20, 20));
        network.Initialise(1);
        using (var model = new ModelBundle(ModelTask.Reconstruct, network, new Preprocessing { Resize = 20, Crop = 20 }))
            model.Save(_folder["fixed.pent"]);
        string[] train = ["train", "reconstruct", "--data", _data, "--from", _folder["fixed.pent"], "--epochs", "1", "--out"];
        Run([.. train, _folder["a"], "--size", "16"]).AssertFailed(ExitCode.BadInput, "takes images of 3×20×20; those of");
        Run([.. train, _folder["b"]]).Done(); // the size is the model's
    }

    [Fact]
    public void A_missing_model_and_what_is_no_model_are_one_line()
    {
        Run([.. Arguments("out", _folder["none.pent"])]).AssertFailed(ExitCode.BadInput, "There is no model");
        File.WriteAllText(_folder["text.pent"], "text");
        Run([.. Arguments("out", _folder["text.pent"])]).AssertFailed(ExitCode.BadInput, "text.pent");
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private string[] Arguments(string output, string model) =>
        ["train", "denoise", "--data", _data, "--from", model, "--size", "16", "--out", _folder[output]];

    private CommandRun Train(string output, params string[] more) =>
        Run([.. Arguments(output, _model), .. more.Contains("--epochs") ? more : [.. more, "--epochs", "1"]]);

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);
}
