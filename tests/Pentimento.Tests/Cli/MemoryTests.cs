using System.Globalization;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

/// <summary>How much memory cleaning takes, in a process of its own.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MemoryTests()
    {
        var options = new Dictionary<string, int> { ["b"] = 48 };
        var network = Architectures.Create("convolutional", new ImageShape(3, 28, 28), options);
        network.Initialise(3);
        using var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
        model.Save(_folder["m.pent"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_that_would_not_fit_is_cleaned_within_the_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the peak.");
        const int height = 4000, width = 6000; // in float32, before and after: 576 MB, beside 250 MB for the process itself
        Large("a.tif", height, width);
        var (code, peak, error) = Clean("a.tif", "600MB");
        Assert.Equal((0, ""), (code, error));
        Assert.InRange(peak, 100_000_000, 600_000_000);
        using var result = ImageRowReader.Open(_folder["out/a.tif"], new ImageReadOptions { Channels = null });
        Assert.Equal(new ImageShape(3, height, width), result.Shape);
    }

    [Fact]
    public void Too_little_memory_is_one_line_that_says_the_least()
    {
        ImageFile.Write(_folder["a.png"], TestModels.Noise(3, 30, 20));
        var (code, _, error) = Clean("a.png", "20MB");
        new CommandRun(code, "", error).AssertFailed(
            ExitCode.BadInput, "The memory of 20 MB is too little: with this model the least is ");
        Assert.False(File.Exists(_folder["out/a.png"]));
    }

    [Fact]
    public void A_picture_for_which_the_memory_is_too_little_fails_and_the_others_are_cleaned()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the peak.");
        ImageFile.Write(_folder["in/small.png"], TestModels.Noise(3, 30, 20));
        using (var wide = Imaging.Pictures.Vips(Imaging.Pictures.Slopes(3, 3000, 12000)))
            wide.Pngsave(_folder["in/large.png"], interlace: true, compression: 1);
        var (code, _, error) = Clean("in", "520MB");
        new CommandRun(code, "", error).AssertFailed(ExitCode.BadInput, "large.png: cleaning 12000×3000 pixels takes at least ");
        Assert.True(File.Exists(_folder["out/small.png"]));
        Assert.False(File.Exists(_folder["out/large.png"]));
    }

    private (int Code, long Peak, string Error) Clean(string picture, string memory)
    {
        const string script = """
            "$@" & child=$!
            while [ -e /proc/$child/status ]; do grep VmHWM /proc/$child/status 2>/dev/null; sleep 0.02; done
            wait $child
            """;
        var command = ProcessTests.Start(_folder.Path, "/bin/sh",
        [
            "-c", script, "sh", ProcessTests.Command, "denoise", _folder[picture], "--model", _folder["m.pent"],
            "--out", _folder["out"], "--memory", memory,
        ]);
        var (code, output, error) = ProcessTests.Finish(command);
        var peaks = output.Split('\n').Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1])
            .Select(kilobytes => long.Parse(kilobytes, CultureInfo.InvariantCulture));
        return (code, 1024 * peaks.DefaultIfEmpty().Max(), error);
    }

    private void Large(string name, int height, int width)
    {
        using var stream = File.Create(_folder[name]);
        using var writer = new ImageRowWriter(stream, name, new ImageShape(3, height, width), 8, null, false);
        byte[] values = [.. Enumerable.Range(0, 150 * width).Select(i => (byte)(i * 7 / 50))];
        var rows = new RasterImage(new ImageShape(3, 50, width), values);
        for (var top = 0; top < height; top += 50) writer.Write(rows);
        writer.Complete();
    }
}
