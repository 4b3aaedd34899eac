using System.Diagnostics;
using Pentimento.Cli;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Tests.Detection;
using Pentimento.Tests.Inference;
using Pentimento.Tests.Models;

namespace Pentimento.Tests.Cli;

/// <summary>Folders as people have them, through the verbs: what is passed over, left out and said, and what counts as what.</summary>
public sealed class FoundFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FoundFilesTests()
    {
        CommandRun.Pictures(_folder["in"], 12);
        using (var denoiser = TestModels.Convolutional(ModelTask.Denoise, 3)) denoiser.Save(_folder["m.pent"]);
        TestModels.Detector().ToBundle().Save(_folder["d.pent"]);
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) // .NET cannot delete names that are not UTF-8
        {
            using var remove = Process.Start("rm", ["-rf", _folder.Path]);
            remove.WaitForExit();
            Directory.CreateDirectory(_folder.Path);
        }
        _folder.Dispose();
    }

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);

    private CommandRun Denoise(params string[] more) =>
        Run(["denoise", _folder["in"], "--model", _folder["m.pent"], "--out", _folder["out"], .. more]);

    private CommandRun Train(string data, params string[] more) =>
        Run(["train", "detect", "--data", _folder[data], "--detector", "descriptors", "--size", "16", "--out", _folder["run"],
            "--overwrite", "--json", .. more]);

    [Fact]
    public void Thumbnails_of_a_network_drive_are_neither_cleaned_nor_learnt_from()
    {
        CommandRun.Pictures(_folder["in/@eaDir/00.png"], 1);
        CommandRun.Pictures(_folder["in/__MACOSX"], 1);
        File.WriteAllText(_folder["in/Thumbs.db"], "x");
        Assert.Contains("12 done", Denoise("--recursive").Done().Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out/@eaDir"]));
        Train("in").Done();
    }

    [Fact]
    public void Pictures_of_other_formats_are_counted_in_one_line_by_every_verb()
    {
        foreach (var name in new[] { "1.bmp", "2.BMP", "3.bmp" }) File.WriteAllText(_folder[$"in/{name}"], "BM");
        const string line = "left out, as these formats are not read: 3 .bmp";
        foreach (var run in new[] { Denoise(), Run("detect", _folder["in"], "--model", _folder["d.pent"]), Train("in") })
            Assert.Single(run.Done().Error.Split('\n'), told => told.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_refused_for_that_and_the_rest_is_done()
    {
        InShell("cp in/00.png \"in/$(printf 'caf\\351.png')\"; mkdir \"in/$(printf 'f\\374r')\"");
        foreach (var run in new[] { Denoise("--recursive"), Run("detect", _folder["in"], "--recursive", "--model", _folder["d.pent"]) })
        {
            Assert.Equal(ExitCode.BadInput, run.Code);
            Assert.Contains("12 done", run.Output, StringComparison.Ordinal);
            Assert.Equal(2, run.Error.Split('\n').Count(line => line.Contains("its name is not UTF-8", StringComparison.Ordinal)));
        }
        var train = Train("in");
        Assert.Equal(ExitCode.BadInput, train.Code);
        Assert.Contains("its name is not UTF-8", train.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_control_characters_is_cleaned_and_spelled_out()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No such names on Windows.");
        File.Move(_folder["in/00.png"], _folder["in/a\u001b[31m\nb.png"]);
        File.WriteAllText(_folder["in/bad\n\u001b]0;x.png"], "no picture");
        var run = Denoise();
        Assert.Contains("12 done", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["out/a\u001b[31m\nb.png"]));
        Assert.Contains(@"bad\n\x1b]0;x.png", run.Error, StringComparison.Ordinal);
        var table = Run("detect", _folder["in"], "--model", _folder["d.pent"]).Output;
        Assert.Contains(@"a\x1b[31m\nb.png", table, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output + run.Error + table);
    }

    [Fact]
    public void A_locked_sub_folder_is_named_and_the_rest_is_done()
    {
        const string nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
        var isRoot = InShell("id -u") == "0\n";
        Assert.SkipWhen(isRoot && InShell($"{nobody} test -x \"{ProcessTests.Command}\" && echo yes") != "yes\n",
            "Nothing is locked for root, and no other user can run the command here.");
        InShell("chmod -R a+rwX .; mkdir in/lost+found; chmod 0 in/lost+found");
        string Line(string verb) => "HOME=\"$PWD\" PENTIMENTO_HOME=\"$PWD/home\" XDG_DATA_HOME=\"$PWD/home\" " +
            $"{(isRoot ? nobody : "")} \"{ProcessTests.Command}\" {verb} 2>&1; echo \"code $?\"";
        var denoise = InShell(Line("denoise in --recursive --model m.pent --out out"));
        var train = InShell(Line("train detect --data in --detector descriptors --size 16 --out run"));
        Assert.Contains("12 done", denoise, StringComparison.Ordinal);
        Assert.Contains("learnt from", train, StringComparison.Ordinal);
        foreach (var told in new[] { denoise, train })
        {
            Assert.Contains("lost+found: this folder cannot be read: no permission", told, StringComparison.Ordinal);
            Assert.EndsWith($"code {ExitCode.BadInput}\n", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_label_that_training_never_saw_is_anomalous_there_and_in_evaluations()
    {
        Move("in", "set/train/ok");
        CommandRun.Pictures(_folder["set/test/ok"], 4);
        CommandRun.Pictures(_folder["set/test/ko"], 4, noise: true);
        var train = Train("set").Done();
        Assert.Contains("Normal is what", train.Error, StringComparison.Ordinal);
        Assert.Contains(Figures(train), figure => figure == "auroc");
        var again = Run("evaluate", _folder["run/model.pent"], "--data", _folder["set"], "--out", _folder["e.html"], "--json").Done();
        Assert.Contains(Figures(again), figure => figure == "auroc");
        Move("set/test", "other");
        again = Run("evaluate", _folder["run/model.pent"], "--data", _folder["other"], "--out", _folder["e.html"], "--json").Done();
        Assert.Contains(Figures(again), figure => figure == "auroc");
    }

    [Theory]
    [InlineData("ok", "ko")]
    [InlineData("ok_front", "def_front")]
    [InlineData("train/ok", "train/ko")]
    public void Labels_that_sound_like_verdicts_are_not_taken_for_normal_unasked(string normal, string other)
    {
        Move("in", $"set/{normal}");
        CommandRun.Pictures(_folder[$"set/{other}"], 4, noise: true);
        if (normal.StartsWith("train/", StringComparison.Ordinal)) CommandRun.Pictures(_folder["set/test/ko"], 5, noise: true);
        Train("set").AssertFailed(ExitCode.BadInput, "--normal");
        Assert.Contains(Figures(Train("set", "--normal", Path.GetFileName(normal)).Done()), figure => figure == "auroc");
    }

    [Fact]
    public void Pictures_that_are_all_one_and_those_learnt_from_and_measured_on_are_said()
    {
        for (var i = 1; i < 12; i++) File.Copy(_folder["in/00.png"], _folder[$"in/{i:D2}.png"], overwrite: true);
        Assert.Contains("All 12 pictures of 'in' are identical", Train("in").Done().Error, StringComparison.Ordinal);
        CommandRun.Pictures(_folder["set/train/good"], 12);
        CommandRun.Pictures(_folder["set/test/good"], 4);
        CommandRun.Pictures(_folder["set/test/bad"], 3, noise: true);
        File.Copy(_folder["set/train/good/03.png"], _folder["set/test/bad/copy.png"]);
        Assert.Contains(
            "1 of 8 pictures to measure on is also learnt from: 'test/bad/copy.png' is the same picture as 'train/good/03.png'",
            Train("set").Done().Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Masks_of_0_and_1_give_pixel_figures_and_empty_ones_a_word(byte mark, bool figures)
    {
        using (var backbone = RandomBackbone.Create("squeezenet1_1"))
        using (var stream = File.Create(_folder["w.safetensors"]))
            Safetensors.Write(stream, backbone.state_dict());
        foreach (var (i, picture) in SmallSets.Pictures(12).Index()) ImageFile.Write(_folder[$"set/train/good/{i:D2}.png"], picture);
        foreach (var (i, picture) in SmallSets.Pictures(4, seed: 6).Index()) ImageFile.Write(_folder[$"set/test/good/{i}.png"], picture);
        byte[] mask = [.. Enumerable.Range(0, 48 * 48).Select(i => i % 48 < 24 && i / 48 < 24 ? mark : (byte)0)];
        foreach (var (i, picture) in SmallSets.Pictures(4, strange: true).Index())
        {
            ImageFile.Write(_folder[$"set/test/broken/{i}.png"], picture);
            ImageFile.Write(_folder[$"set/ground_truth/broken/{i}_mask.png"], new RasterImage(new ImageShape(1, 48, 48), mask));
        }
        var run = Run("train", "detect", "--data", _folder["set"], "--detector", "padim", "--backbone", _folder["w.safetensors"],
            "--size", "48", "--out", _folder["run"], "--json").Done();
        Assert.Equal(figures, Figures(run).Contains("pixel auroc"));
        const string word = "None of the 4 masks of anomalous pictures has a marked pixel";
        Assert.Equal(!figures, run.Output.Contains(word, StringComparison.Ordinal));
    }

    private static string[] Figures(CommandRun run) =>
    [
        .. (run.Json.TryGetProperty("evaluation", out var evaluation) ? evaluation : run.Json).GetProperty("figures").EnumerateArray()
            .Select(figure => figure.GetProperty("name").GetString()!),
    ];

    private void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[to])!);
        Directory.Move(_folder[from], _folder[to]);
    }

    /// <summary>What a shell writes in the folder.</summary>
    private string InShell(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This is about Linux.");
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        })!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output;
    }
}
