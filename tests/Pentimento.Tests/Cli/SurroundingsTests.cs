using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

/// <summary>A machine without a home that can be written to, without memory, and with the files that others have.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string NoHome
    {
        get
        {
            File.WriteAllText(_folder["occupied"], "");
            return _folder["occupied"];
        }
    }

    [Fact]
    public void Without_a_home_training_works_and_says_once_that_it_is_not_remembered()
    {
        var data = CommandRun.Pictures(_folder["pictures"]);
        var run = CommandRun.Of(
            NoHome, "train", "detect", "--data", data, "--detector", "descriptors", "--size", "16", "--out", _folder["out"]).Done();
        Assert.True(File.Exists(_folder["out/model.pent"]));
        var line = Assert.Single(
            run.Error.Split('\n'), l => l.StartsWith("pentimento: Cannot use the run store", StringComparison.Ordinal));
        Assert.Contains("will not be remembered", line, StringComparison.Ordinal);
        Assert.Contains("Set PENTIMENTO_HOME", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("runs", "show", "7f3a")]
    [InlineData("train", "denoise", "--resume", "7f3a")]
    public void Without_a_home_what_needs_the_runs_says_what_to_do(params string[] args) =>
        CommandRun.Of(NoHome, args).AssertFailed(ExitCode.Failed, "Set PENTIMENTO_HOME to a folder that can be written to.");

    [Theory]
    [InlineData("[enforce fail] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")]
    [InlineData("std::bad_alloc")]
    public void Memory_that_ran_out_is_one_line(string message)
    {
        foreach (var error in new Exception[] { new ExternalException(message + "\nframe #0"), new OutOfMemoryException() })
        {
            using var written = new StringWriter();
            Assert.Equal(ExitCode.Failed, Failure.Report(error, new Terminal(TextWriter.Null, written), CancellationToken.None));
            Assert.StartsWith("pentimento: there is not enough memory", written.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("unexpected", written.ToString(), StringComparison.Ordinal);
            Assert.Single(written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void Weights_that_PyTorch_has_saved_are_imported()
    {
        var settings = new Dictionary<string, int> { ["depth"] = 3, ["width"] = 8 };
        using var network = Architectures.Create("dncnn", new ImageShape(1, 32, 32), settings);
        network.Initialise(3);
        Save(network.state_dict(), _folder["real.pth"]);
        CommandRun.Of(_folder.Path, "import", _folder["real.pth"], "--architecture", "dncnn", "--out", _folder["m.pent"]).Done();
        using var model = ModelBundle.Load(_folder["m.pent"]);
        var imported = model.Network.state_dict();
        Assert.All(network.state_dict(), t => Assert.Equal(0f, t.Value.sub(imported[t.Key]).abs().max().item<float>()));
    }

    [Fact]
    public void A_file_that_is_only_called_so_is_refused_by_its_name()
    {
        File.WriteAllText(_folder["real.pth"], "no weights at all");
        CommandRun.Of(_folder.Path, "import", _folder["real.pth"], "--architecture", "dncnn", "--out", _folder["m.pent"])
            .AssertFailed(ExitCode.BadInput, "real.pth: not a state dictionary of PyTorch");
    }

    /// <summary>As torch.save does: a zip of a pickle and one file a storage.</summary>
    private static void Save(Dictionary<string, Tensor> state, string path)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        using var pickle = new MemoryStream();
        Text("\u0080\u0002}(");
        foreach (var (index, (name, tensor)) in state.Index())
        {
            Text($"U{(char)name.Length}{name}ctorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\n");
            Text($"U{(char)$"{index}".Length}{index}U\u0003cpu");
            Number(tensor.numel());
            Text("tQ");
            Number(0);
            foreach (var numbers in new[] { tensor.shape, tensor.stride() })
            {
                Text("(");
                foreach (var number in numbers) Number(number);
                Text("t");
            }
            Text("tR");
            using var data = zip.CreateEntry($"archive/data/{index}", CompressionLevel.NoCompression).Open();
            data.Write(tensor.contiguous().bytes);
        }
        Text("u.");
        using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        entry.Write(pickle.ToArray());

        void Text(string text) => pickle.Write(Encoding.Latin1.GetBytes(text));

        void Number(long number)
        {
            Span<byte> bytes = stackalloc byte[5];
            bytes[0] = (byte)'J';
            BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], (int)number);
            pickle.Write(bytes);
        }
    }
}
