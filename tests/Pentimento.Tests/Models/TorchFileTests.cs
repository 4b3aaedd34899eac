using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class TorchFileTests : IDisposable
{
    private static readonly Lazy<Dictionary<string, string>> s_files = new(() => JsonSerializer.Deserialize<Dictionary<string, string>>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "torch_state.json")))!); // see torch_state.py
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, int? length = null)
    {
        var bytes = Convert.FromHexString(s_files.Value[name]);
        File.WriteAllBytes(_folder["state.pth"], bytes[..(length ?? bytes.Length)]);
        return _folder["state.pth"];
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("stream")]
    [InlineData("wrapped")]
    public void Tensors_come_back_with_their_views_types_and_shapes(string name)
    {
        var tensors = TorchFile.Read(Write(name));
        Assert.Equal(["count", "half", "weight"], tensors.Keys.Order());
        Assert.Equal([2, 2], tensors["weight"].shape);
        Assert.Equal([2f, 4, 3, 5], tensors["weight"].contiguous().data<float>().ToArray());
        Assert.Equal(ScalarType.Float16, tensors["half"].dtype);
        Assert.Equal([0.5f, -2, 65504], tensors["half"].to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(1L << 40, tensors["count"].item<long>());
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    [Fact]
    public void A_packed_pickle_is_refused_before_it_is_unpacked()
    {
        using (var zip = new ZipArchive(File.Create(_folder["bomb.pth"]), ZipArchiveMode.Create))
        using (var pickle = zip.CreateEntry("archive/data.pkl", CompressionLevel.Fastest).Open())
            for (var i = 0; i < 100; i++) pickle.Write(new byte[1 << 20]);
        var e = Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["bomb.pth"]));
        Assert.StartsWith(_folder["bomb.pth"], e.Message, StringComparison.Ordinal);
        Assert.Contains("its data.pkl is compressed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_asks_for_code_is_refused_and_none_is_run()
    {
        var e = Assert.Throws<InvalidDataException>(() => TorchFile.Read(Write("code")));
        Assert.Contains(_folder["state.pth"], e.Message, StringComparison.Ordinal);
        Assert.Contains("posix.system", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("beyond", "reaches beyond")]
    [InlineData("missing", "has no data/2")]
    public void A_file_that_claims_more_than_it_has_is_refused(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => TorchFile.Read(Write(name))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ctorch._utils\n_rebuild_parameter\n)R.", "odd tensor")] // a parameter of nothing
    [InlineData("(U\u0007storagectorch\nFloatStorage\nNU\u0003cpuK\u0001tQ.", "odd storage")] // one without a name
    [InlineData( // a size of none
        "ctorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0001tQ" +
        "K\u0000N\u0085K\u0001\u0085tR.",
        "odd tensor")]
    public void Calls_with_odd_arguments_are_refused_in_one_line(string pickle, string reason)
    {
        using (var zip = ZipFile.Open(_folder["state.pth"], ZipArchiveMode.Create))
        using (var stream = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
            stream.Write(Encoding.Latin1.GetBytes(pickle));
        var e = Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["state.pth"]));
        Assert.StartsWith($"{_folder["state.pth"]}: not a state dictionary", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("stream")]
    public void Wherever_a_file_is_cut_it_is_refused_in_one_line(string name)
    {
        var whole = s_files.Value[name].Length / 2;
        for (var length = 0; length < whole; length += 7)
        {
            var e = Assert.Throws<InvalidDataException>(() => TorchFile.Read(Write(name, length)));
            Assert.StartsWith($"{_folder["state.pth"]}: not a state dictionary", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Whatever_byte_is_changed_the_file_is_read_or_refused()
    {
        var bytes = Convert.FromHexString(s_files.Value["stream"]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x5A;
            File.WriteAllBytes(_folder["state.pth"], changed);
            try
            {
                foreach (var tensor in TorchFile.Read(_folder["state.pth"]).Values) tensor.Dispose();
            }
            catch (InvalidDataException)
            {
            }
        }
    }
}
