using System.Text.Json.Nodes;
using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

/// <summary>Checkpoints that are whole files, and yet none of the run.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 3,
        BatchSize = 10,
        Patience = 3,
        ChannelsLast = false,
    };
    private readonly TemporaryFolder _folder = new();
    private readonly GradientImages _source = new(30);
    private readonly ImageDataset _images;

    public CheckpointTests() => _images = new ImageDataset(_source);

    public void Dispose()
    {
        _images.Dispose();
        _source.Dispose();
        _folder.Dispose();
    }

    private Network Create()
    {
        var network = Architectures.Create("convolutional", _images.Shape, new Dictionary<string, int> { ["a"] = 2, ["b"] = 2 });
        network.Initialise(1);
        return network;
    }

    private TrainingResult Train(TrainingOptions? options = null, bool resume = false, double? start = null)
    {
        using var network = Create();
        if (start is { } value)
            using (no_grad()) network.parameters().First().fill_(value);
        var data = new TrainingData(_images, [.. Enumerable.Range(0, 25)], [.. Enumerable.Range(25, 5)]);
        return new Trainer(network, data, options ?? s_options).Run(_folder.Path, resume);
    }

    /// <summary>Changes the checkpoint of a run, resumes it, and gives the error back.</summary>
    private string Refused(Action<Dictionary<string, Tensor>, JsonObject> change)
    {
        Train();
        var path = _folder[Checkpoint.FileName];
        using (NewDisposeScope())
        {
            var (tensors, metadata) = Safetensors.Read(path);
            var state = JsonNode.Parse(metadata["state"])!.AsObject();
            change(tensors, state);
            metadata["state"] = state.ToJsonString();
            using var stream = File.Create(path);
            Safetensors.Write(stream, tensors, metadata);
        }
        var message = Assert.Throws<InvalidDataException>(() => Train(resume: true)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    public static TheoryData<string> Tensors
    {
        get
        {
            using var network = Architectures.Create("convolutional", new ImageShape(1, 28, 28), new Dictionary<string, int> { ["a"] = 2 });
            var weights = network.state_dict().Keys.ToArray();
            return [.. weights.Select(name => $"network.{name}"), $"best.{weights[0]}", "adam.first_moment", "adam.second_moment"];
        }
    }

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_tensor_of_another_shape_or_type_or_none_is_named(string name)
    {
        Action<Dictionary<string, Tensor>>[] changes =
        [
            tensors => tensors[name] = zeros(tensors[name].numel() == 1 ? 2 : 1), // one value would be spread over all
            tensors => tensors[name] = cat([tensors[name].flatten(), tensors[name].flatten()]),
            tensors => tensors[name] = tensors[name].to(ScalarType.Float64),
            tensors => tensors.Remove(name),
        ];
        foreach (var change in changes)
            Assert.Contains($"'{name}'", Refused((tensors, _) => change(tensors)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Step", "-1")]
    [InlineData("Step", "1000000")]
    [InlineData("Epoch", "-1")]
    [InlineData("Epoch", "7")]
    [InlineData("StepInEpoch", "-1")]
    [InlineData("StepInEpoch", "99")]
    [InlineData("LossesInEpoch", "[1,2,3,4,5,6,7,8,9]")]
    [InlineData("LossesInEpoch", "null")]
    [InlineData("Epochs", "null")]
    [InlineData("Epochs", "[]")]
    [InlineData("Epochs", "[null,null,null]")]
    [InlineData("BestEpoch", "-4")]
    [InlineData("Ended", "false")] // at the last step: it would go on for ever
    [InlineData("Ended", "\"no\"")]
    public void A_state_that_no_such_run_can_have_is_refused(string name, string value) =>
        Refused((_, state) => state[name] = JsonNode.Parse(value));

    [Fact]
    public void A_loss_that_is_no_number_at_a_checkpoint_is_said_and_the_checkpoint_before_stays()
    {
        var options = s_options with { CheckpointSteps = 1 };
        Train(options);
        var before = File.ReadAllBytes(_folder[Checkpoint.FileName]);
        var error = Assert.Throws<InvalidOperationException>(() => Train(options, start: double.NaN));
        Assert.Equal("The loss is NaN in epoch 1; try a lower learning rate or gradient clipping.", error.Message);
        Assert.Equal(before, File.ReadAllBytes(_folder[Checkpoint.FileName]));
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void Checkpoints_that_a_fuzzer_has_changed_end_in_one_line()
    {
        var random = new SeededRandom(3);
        Train();
        var path = _folder[Checkpoint.FileName];
        var whole = File.ReadAllBytes(path);
        for (var i = 0; i < 60; i++)
        {
            var bytes = whole.ToArray();
            for (var n = 0; n < 3; n++) bytes[random.Next(i % 2 == 0 ? 2000 : bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes);
            try
            {
                Train(resume: true);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }
}
