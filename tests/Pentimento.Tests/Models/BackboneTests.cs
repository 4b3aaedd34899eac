using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class BackboneTests
{
    public static TheoryData<string> Names => [.. Backbones.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_stage_has_the_channels_and_about_the_places_that_it_says(string name)
    {
        using var scope = NewDisposeScope();
        using var backbone = RandomBackbone.Create(name);
        var stages = backbone.forward(rand(1, 3, 64, 96));
        Assert.Equal(backbone.Stages.Count, stages.Length);
        foreach (var (stage, values) in backbone.Stages.Zip(stages))
        {
            Assert.Equal(stage.Channels, values.shape[1]);
            Assert.InRange(values.shape[2], 64 / stage.Stride - 1, 64 / stage.Stride + 1);
            Assert.InRange(values.shape[3], 96 / stage.Stride - 1, 96 / stage.Stride + 1);
            Assert.True(values.isfinite().all().item<bool>());
            Assert.True(values.std().item<float>() > 0, stage.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_grey_image_counts_as_one_of_equal_channels(string name)
    {
        using var scope = NewDisposeScope();
        using var backbone = RandomBackbone.Create(name);
        var grey = rand(1, 1, 32, 32);
        Assert.True(backbone.forward(grey)[^1].equal(backbone.forward(grey.expand(-1, 3, -1, -1))[^1]).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_of_other_channels_or_too_small_are_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var backbone = RandomBackbone.Create(name);
        Assert.Throws<ArgumentException>(() => backbone.forward(rand(1, 2, 64, 64)));
        Assert.Throws<ArgumentException>(() => backbone.forward(rand(1, 3, 31, 64)));
    }

    [Fact]
    public void Weights_in_pytorchs_names_make_the_same_network_as_in_its_own()
    {
        // Torchvision's MobileNetV2 has its batch normalisation beside the convolutions; here it is folded in.
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var state = new Dictionary<string, Tensor>();
        void Block(string convolution, string norm, long outputs, long inputs, long kernel)
        {
            state[$"{convolution}.weight"] =
                randn([outputs, inputs, kernel, kernel], generator: generator) / Math.Sqrt(inputs * kernel * kernel);
            state[$"{norm}.weight"] = rand(outputs, generator: generator) + 0.5;
            state[$"{norm}.bias"] = randn(outputs, generator: generator) / 4;
            state[$"{norm}.running_mean"] = randn(outputs, generator: generator) / 4;
            state[$"{norm}.running_var"] = rand(outputs, generator: generator) + 0.5;
        }
        using var plain = RandomBackbone.Create("mobilenet_v2");
        var shapes = plain.state_dict();
        Block("features.0.0", "features.0.1", 32, 3, 3);
        for (var i = 0; i < 17; i++)
        {
            var (ours, theirs) = ($"blocks.{i}", $"features.{i + 1}.conv");
            var wide = shapes.TryGetValue($"{ours}.expand.weight", out var expand) ? 1 : 0;
            if (wide > 0) Block($"{theirs}.0.0", $"{theirs}.0.1", expand!.shape[0], expand.shape[1], 1);
            Block($"{theirs}.{wide}.0", $"{theirs}.{wide}.1", shapes[$"{ours}.depthwise.weight"].shape[0], 1, 3);
            var project = shapes[$"{ours}.project.weight"];
            Block($"{theirs}.{wide + 1}", $"{theirs}.{wide + 2}", project.shape[0], project.shape[1], 1);
        }
        Block("features.18.0", "features.18.1", 1280, 320, 1);
        Write(folder["mobilenet.safetensors"], state);

        using var loaded = BackboneWeights.Load(folder["mobilenet.safetensors"]);
        Assert.Equal(("mobilenet_v2", InputConvention.Torchvision), (loaded.RegisteredName, loaded.Convention));
        var image = rand([1, 3, 32, 32], generator: generator);
        var first = nn.functional.conv2d(
            (image - tensor(new[] { 0.485f, 0.456f, 0.406f }).reshape(1, 3, 1, 1))
                / tensor(new[] { 0.229f, 0.224f, 0.225f }).reshape(1, 3, 1, 1),
            state["features.0.0.weight"], strides: [2, 2], padding: [1, 1]);
        Tensor Norm(Tensor x, string name) => nn.functional.batch_norm(
            x, state[$"{name}.running_mean"], state[$"{name}.running_var"], state[$"{name}.weight"], state[$"{name}.bias"]);
        first = Norm(first, "features.0.1").clamp(0, 6);
        var block = nn.functional.conv2d(first, state["features.1.conv.0.0.weight"], padding: [1, 1], groups: 32);
        block = Norm(block, "features.1.conv.0.1").clamp(0, 6);
        block = Norm(nn.functional.conv2d(block, state["features.1.conv.1.weight"]), "features.1.conv.2");
        Assert.True(loaded.forward(image)[0].allclose(block, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void Weights_of_another_network_and_missing_ones_are_named()
    {
        using var folder = new TemporaryFolder();
        using var backbone = RandomBackbone.Create("squeezenet1_1");
        var state = backbone.state_dict();
        state.Remove("fire9.expand3x3.bias");
        Write(folder["a.safetensors"], state);
        var e = Assert.Throws<InvalidDataException>(() => BackboneWeights.Load(folder["a.safetensors"]));
        Assert.Contains("'fire9.expand3x3.bias'", e.Message, StringComparison.Ordinal);
        using var other = ones(2);
        Write(folder["b.safetensors"], new Dictionary<string, Tensor> { ["x"] = other });
        e = Assert.Throws<InvalidDataException>(() => BackboneWeights.Load(folder["b.safetensors"]));
        Assert.Contains("of no backbone that is known here", e.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => BackboneWeights.Load(folder["c.pth"]));
    }

    [Fact]
    public void A_denoisers_model_file_gives_its_encoder_whatever_its_size_and_others_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = new Dictionary<string, int> { ["width"] = 4, ["levels"] = 3 };
        var shape = new Pentimento.Imaging.ImageShape(3, 32, 32);
        var network = Architectures.Create("unet", shape, options);
        network.Initialise(2);
        using (var model = new ModelBundle(ModelTask.Denoise, network, new Pentimento.Imaging.Preprocessing()))
            model.Save(folder["a.pent"]);
        using var backbone = BackboneWeights.Load(folder["a.pent"]);
        Assert.Equal(("denoiser", InputConvention.Plain), (backbone.RegisteredName, backbone.Convention));
        Assert.Equal([(4, 2), (8, 4), (16, 8)], backbone.Stages.Select(stage => (stage.Channels, stage.Stride)));
        using var same = Backbones.Create("denoiser", backbone.Convention, backbone.Options);
        same.CopyWeights(backbone.state_dict());
        var image = rand(1, 3, 40, 36);
        Assert.All(backbone.forward(image).Zip(same.forward(image)), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));

        var other = Architectures.Create("dncnn", shape);
        other.Initialise(2);
        using (var model = new ModelBundle(ModelTask.Denoise, other, new Pentimento.Imaging.Preprocessing())) model.Save(folder["b.pent"]);
        Assert.Contains(
            "dncnn", Assert.Throws<InvalidDataException>(() => BackboneWeights.Load(folder["b.pent"])).Message, StringComparison.Ordinal);
    }

    private static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var stream = File.Create(path);
        Safetensors.Write(stream, tensors);
    }

    [Theory]
    [InlineData("squeezenet1_1-imagenet.safetensors", "squeezenet1_1")]
    [InlineData("mobilenet_v2-imagenet-dequantised.safetensors", "mobilenet_v2")]
    public void Published_weights_tell_textures_apart(string file, string name)
    {
        using var scope = NewDisposeScope();
        using var backbone = BackboneWeights.Load(SharedData.Find("weights", file));
        Assert.Equal(name, backbone.RegisteredName);
        var stripes = (arange(64) / 2).sin().mul(0.5).add(0.5).reshape(1, 1, 1, 64).expand(1, 3, 64, 64).contiguous();
        Tensor Of(Tensor image) => backbone.forward(image)[^1].mean([2, 3]).flatten();
        var (a, shifted, turned) = (Of(stripes), Of(stripes.roll(5, 3)), Of(stripes.transpose(2, 3).contiguous()));
        Assert.True((a - shifted).norm().item<float>() < (a - turned).norm().item<float>());
    }
}

/// <summary>Backbones with random weights that keep signals about as large as they are.</summary>
internal static class RandomBackbone
{
    public static Backbone Create(string name, ulong seed = 1)
    {
        var backbone = Backbones.Create(name, InputConvention.TensorFlow);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(seed);
        foreach (var (key, values) in backbone.state_dict())
            values.copy_(key.EndsWith("weight", StringComparison.Ordinal)
                ? randn(values.shape, generator: generator) * Math.Sqrt(2.0 / values[0].numel())
                : randn(values.shape, generator: generator) * 0.1);
        return backbone;
    }
}
