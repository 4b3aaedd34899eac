using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

/// <summary>What does not depend on how many threads there are, in processes of their own.</summary>
public sealed class ThreadCountTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("unet", "1")]
    [InlineData("nafnet", "8")]
    public void A_cleaned_picture_is_the_same_to_the_bit(string architecture, string ensemble)
    {
        ImageFile.Write(_folder["a.png"], TestModels.Noise(3, 60, 82, bitDepth: 16)); // 16 bit: JPEG or 8 would hide much
        SaveModel(architecture);
        Clean("1", ensemble);
        Clean("2", ensemble);
        Assert.Equal(File.ReadAllBytes(_folder["1/a.png"]), File.ReadAllBytes(_folder["2/a.png"]));
    }

    private void SaveModel(string architecture)
    {
        using var network = Architectures.Create(architecture, new ImageShape(3, 32, 32));
        using (no_grad())
        using (var generator = new Generator(1))
            foreach (var parameter in network.parameters()) parameter.uniform_(-0.1, 0.1, generator);
        using var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
        model.Save(_folder["m.pent"]);
    }

    private void Clean(string threads, string ensemble)
    {
        var (code, _, error) = ProcessTests.Finish(ProcessTests.Start(
            _folder.Path, ProcessTests.Command,
            ["denoise", _folder["a.png"], "--model", _folder["m.pent"], "--out", _folder[threads], "--ensemble", ensemble],
            info => info.Environment["OMP_NUM_THREADS"] = threads));
        Assert.Equal((ExitCode.Done, ""), (code, error));
    }
}
