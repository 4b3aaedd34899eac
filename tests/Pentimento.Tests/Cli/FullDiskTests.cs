using Pentimento.Cli;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Inference;

namespace Pentimento.Tests.Cli;

/// <summary>
/// Cleaning where there is no room for all results: in a process that may write no file larger than some, which needs neither
/// a disk nor rights.
/// </summary>
public sealed class FullDiskTests : IDisposable
{
    private const string Bash = "/bin/bash";
    private static readonly string[] s_large = ["b.png", "c.tif", "d.jpg"];
    private readonly TemporaryFolder _folder = new();

    public FullDiskTests()
    {
        using var model = TestModels.Convolutional(ModelTask.Denoise, 3);
        model.Save(_folder["m.pent"]);
        ImageFile.Write(_folder["in/a.png"], TestModels.Noise(3, 20, 30));
        foreach (var name in s_large) ImageFile.Write(_folder[$"in/{name}"], TestModels.Noise(3, 150, 200));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_has_no_room_is_named_nothing_is_left_of_it_and_the_next_run_does_it()
    {
        Assert.SkipUnless(File.Exists(Bash), "There is no bash, which limits the size of files.");
        var originals = Hashes();
        const string limited = "trap '' XFSZ; ulimit -f 4; exec \"$@\""; // 4 kB: what is written past them fails
        var (code, output, error) = Clean(Bash, "-c", limited, "bash", ProcessTests.Command);
        Assert.True(code == ExitCode.BadInput, $"exit code {code}: {error}");
        var failures = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(s_large.Length, failures.Length);
        Assert.All(s_large.Zip(failures), pair =>
        {
            var start = $"pentimento: {_folder[$"in/{pair.First}"]}: Cannot write '";
            Assert.StartsWith(start, pair.Second, StringComparison.Ordinal);
            Assert.EndsWith("larger than files may be there", pair.Second, StringComparison.Ordinal);
        });
        Assert.Contains("1 done, 3 failed", output, StringComparison.Ordinal);
        Assert.Equal(["a.png", "a.png.json"], Results());
        Assert.Equal(originals, Hashes());

        var again = Clean(ProcessTests.Command);
        Assert.Equal((ExitCode.Done, ""), (again.Code, again.Error));
        Assert.Contains("3 done, 1 skipped", again.Output, StringComparison.Ordinal);
        Assert.Equal(8, Results().Length);
        Assert.All(s_large, name => Assert.Equal(new ImageShape(3, 150, 200), ImageFile.Read(_folder[$"out/{name}"]).Shape));
        Assert.Equal(originals, Hashes());
    }

    private (int Code, string Output, string Error) Clean(string program, params string[] before) =>
        ProcessTests.Finish(ProcessTests.Start(
            _folder.Path, program, [.. before, "denoise", _folder["in"], "--model", _folder["m.pent"], "--out", _folder["out"]],
            // Else the runtime keeps its own code in a file in memory, for which the limit holds too.
            info => info.Environment["DOTNET_EnableWriteXorExecute"] = "0"));

    private string[] Hashes() => [.. Directory.GetFiles(_folder["in"]).Order(StringComparer.Ordinal).Select(ContentHash.OfFile)];

    /// <summary>Hidden files too: a half-written one would be hidden. Not the lock.</summary>
    private string[] Results() => [.. new DirectoryInfo(_folder["out"])
        .EnumerateFiles("*", new EnumerationOptions { AttributesToSkip = 0 }).Select(file => file.Name)
        .Where(name => name != ".pentimento.lock").Order(StringComparer.Ordinal)];
}
