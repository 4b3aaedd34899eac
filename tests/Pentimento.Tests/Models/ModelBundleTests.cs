using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class ModelBundleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.pent"];

    public void Dispose() => _folder.Dispose();

    private void Save()
    {
        var network = Architectures.Create("convolutional", new ImageShape(1, 28, 28));
        network.Initialise(1);
        using var bundle = new ModelBundle(ModelTask.Detect, network, new Preprocessing { Resize = 28, Crop = 28, Channels = 1 })
        {
            Training = new JsonObject { ["seed"] = 1 },
            Parts = { ["calibration.json"] = "{}"u8.ToArray() },
        };
        bundle.Save(Model);
    }

    [Fact]
    public void Everything_comes_back()
    {
        Save();
        using var bundle = ModelBundle.Load(Model);
        Assert.Equal(ModelTask.Detect, bundle.Task);
        Assert.Equal(new Preprocessing { Resize = 28, Crop = 28, Channels = 1 }, bundle.Preprocessing);
        Assert.Equal(1, (int)bundle.Training["seed"]!);
        Assert.Equal("{}"u8.ToArray(), bundle.Parts["calibration.json"]);
        Assert.False(bundle.Network.training);
    }

    [Fact]
    public void The_same_model_is_the_same_file()
    {
        Save();
        var first = File.ReadAllBytes(Model);
        Save();
        Assert.Equal(first, File.ReadAllBytes(Model));
    }

    [Fact]
    public void Every_flipped_byte_is_noticed_or_harmless()
    {
        Save();
        var original = File.ReadAllBytes(Model);
        using var scope = NewDisposeScope();
        var harmless = 0;
        for (var at = 0; at < original.Length; at += 97)
        {
            var damaged = original.ToArray();
            damaged[at] ^= 0x41;
            File.WriteAllBytes(Model, damaged);
            try
            {
                using var bundle = ModelBundle.Load(Model);
                harmless++; // file dates and the like
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(Model, e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }
        Assert.InRange(harmless, 0, original.Length / 97 / 20);
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        Save();
        var bytes = File.ReadAllBytes(Model);
        File.WriteAllBytes(Model, bytes[..(bytes.Length / 2)]);
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.StartsWith($"{Model}: not a usable model", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_format_version_is_refused()
    {
        Save();
        ReplaceInManifest("\"format\": 1", "\"format\": 7");
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.Contains("format version 7; this Pentimento reads version 1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_larger_than_its_weights_is_refused()
    {
        Save();
        ReplaceInManifest("\"a\": 16", "\"a\": 15");
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.Contains("weights 'conv1.weight' have the shape (16, 1, 3, 3), not (15, 1, 3, 3)", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("There is no model 'nowhere.pent'.",
            Assert.Throws<FileNotFoundException>(() => ModelBundle.Load("nowhere.pent")).Message);

    [Theory]
    [InlineData("\"a\": 16", "\"a\": 4096", "has more weights than the")]
    [InlineData("\"a\": 16", "\"a\": 65536", "it must be 1 to 4096")]
    [InlineData("\"crop\": 28", "\"crop\": 16384", "it must be 1 to 4096")]
    [InlineData("\"crop\": 28", "\"crop\": 0", "it must be 1 to 4096")]
    [InlineData("\"resize\": 28", "\"resize\": 16384", "it must be 1 to 4096")]
    [InlineData("\"channels\": 1", "\"channels\": 3", "images of 1 channels, and its preprocessing gives 3")]
    [InlineData("\"channels\": 1", "\"channels\": 3000", "neither 1 (grey) nor 3")]
    [InlineData("\"task\": \"detect\"", "\"task\": 7", "could not be converted")]
    [InlineData("\"seed\": 1", "\"seed\": 1, \"seed\": 2", "seed")]
    [InlineData("\"input\": [", "\"input\": [2147483647, ", "three sizes")]
    public void Parts_that_do_not_go_together_are_one_line_and_little_memory(string old, string with, string reason)
    {
        Save();
        ReplaceInManifest(old, with);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.StartsWith($"{Model}: not a usable model", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 << 20);
    }

    [Fact]
    public void Weights_that_are_not_numbers_are_refused_when_the_model_is_opened()
    {
        var network = Architectures.Create("convolutional", new ImageShape(1, 28, 28));
        network.Initialise(1);
        using (no_grad()) network.state_dict()["norm1.running_var"][0].fill_(float.NaN);
        using (var bundle = new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Channels = 1 })) bundle.Save(Model);
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.Contains("'norm1.running_var' has values that are not finite", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_one_size_and_a_preprocessing_of_another_are_refused()
    {
        var network = Architectures.Create("feed-forward", new ImageShape(1, 28, 28));
        network.Initialise(1);
        using (var bundle = new ModelBundle(ModelTask.Denoise, network, new Preprocessing { Resize = 32, Crop = 32, Channels = 1 }))
            bundle.Save(Model);
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.Contains("takes images of 28×28, and its preprocessing gives 32×32", e.Message, StringComparison.Ordinal);
    }

    private void ReplaceInManifest(string old, string with)
    {
        using var zip = ZipFile.Open(Model, ZipArchiveMode.Update);
        var entry = zip.GetEntry("manifest.json")!;
        string text;
        using (var reader = new StreamReader(entry.Open())) text = reader.ReadToEnd();
        Assert.Contains(old, text, StringComparison.Ordinal);
        entry.Delete();
        using var stream = zip.CreateEntry("manifest.json", CompressionLevel.NoCompression).Open();
        stream.Write(Encoding.UTF8.GetBytes(text.Replace(old, with, StringComparison.Ordinal)));
    }
}
