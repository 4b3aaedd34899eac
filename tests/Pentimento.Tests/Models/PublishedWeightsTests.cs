using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

/// <summary>Weights whose names number the convolutions of a stack.</summary>
public sealed class PublishedWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PublishedWeightsTests()
    {
        var options = new Dictionary<string, int> { ["depth"] = 3, ["width"] = 4 };
        using var network = Architectures.Create("dncnn", new ImageShape(1, 16, 16), options);
        network.Initialise(1);
        Write("good", network.state_dict());
        Write("far", network.state_dict().ToDictionary(
            entry => entry.Key.Replace("model.4.", "model.99999999999.", StringComparison.Ordinal), entry => entry.Value));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var stream = File.Create(_folder[$"{name}.safetensors"]);
        Safetensors.Write(stream, tensors);
    }

    [Fact]
    public void Depth_width_and_channels_are_read_off_the_shapes()
    {
        var (network, _) = PublishedWeights.Load(_folder["good.safetensors"], "dncnn");
        using (network)
        {
            Assert.Equal(1, network.Input.Channels);
            Assert.Equal((3, 4), (network.Options.Values["depth"], network.Options.Values["width"]));
        }
    }

    [Fact]
    public void Other_channels_than_those_of_the_shapes_are_refused()
    {
        var e = Assert.Throws<InvalidDataException>(() => PublishedWeights.Load(_folder["good.safetensors"], "dncnn", channels: 3));
        Assert.Contains("for images of 1 channels, not 3", e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["good.safetensors"], e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_no_stack_reaches_is_no_name_of_a_convolution()
    {
        var e = Assert.Throws<InvalidDataException>(() => PublishedWeights.Load(_folder["far.safetensors"], "dncnn"));
        Assert.Contains("'model.99999999999.", e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["far.safetensors"], e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.4.weight")]
    [InlineData("model.0.weight")]
    [InlineData("model.4.bias")]
    public void A_tensor_without_dimensions_is_no_convolution(string name)
    {
        var (tensors, _) = Safetensors.Read(_folder["good.safetensors"]);
        tensors[name].Dispose();
        tensors[name] = tensor(1f);
        Write("scalar", tensors);
        foreach (var tensor in tensors.Values) tensor.Dispose();
        foreach (var (architecture, columns) in new[] { ("dncnn", false), ("ffdnet", true) })
        {
            var e = Assert.Throws<InvalidDataException>(
                () => PublishedWeights.Load(_folder["scalar.safetensors"], architecture, columnOrder: columns));
            Assert.StartsWith(_folder["scalar.safetensors"], e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_the_shapes_ask_for_out_of_range_is_the_files_fault()
    {
        Write("wide", new Dictionary<string, Tensor>
        {
            ["0.weight"] = zeros(2000, 1, 3, 3),
            ["0.bias"] = zeros(2000),
            ["1.weight"] = zeros(1, 2000, 3, 3),
            ["1.bias"] = zeros(1),
        });
        var e = Assert.Throws<InvalidDataException>(() => PublishedWeights.Load(_folder["wide.safetensors"], "dncnn"));
        Assert.Contains("width is 2000; it must be 1 to 1024", e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["wide.safetensors"], e.Message, StringComparison.Ordinal);
    }
}
