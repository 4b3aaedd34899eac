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
        ReplaceInManifest("\"a\": 16", "\"a\": 65536");
        var e = Assert.Throws<InvalidDataException>(() => ModelBundle.Load(Model));
        Assert.Contains("weights 'conv1.weight' have the shape (16, 1, 3, 3), not (65536, 1, 3, 3)", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("There is no model 'nowhere.pent'.",
            Assert.Throws<FileNotFoundException>(() => ModelBundle.Load("nowhere.pent")).Message);

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
