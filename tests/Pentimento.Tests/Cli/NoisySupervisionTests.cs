using Pentimento.Cli;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Cli;

public sealed class NoisySupervisionTests : IDisposable
{
    private static readonly string[] s_short = ["--architecture", "unet", "--set", "width=8", "levels=2", "--patch", "16", "--steps", "3"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_trained_on_a_folder_of_noisy_pictures_and_runs()
    {
        Captures("noisy", 1);
        var run = Train("--supervision", "neighbours");
        run.Done();
        Assert.DoesNotContain("!", run.Error, StringComparison.Ordinal);
        Assert.Contains("| supervision | neighbours |", File.ReadAllText(_folder["out/model.md"]), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done,
            Run("denoise", _folder["noisy"], "--model", _folder["out/model.pent"], "--out", _folder["clean"]).Code);
    }

    [Fact]
    public void Correlated_noise_is_warned_of_where_neighbours_are_to_teach()
    {
        Captures("noisy", 1, new CorrelatedNoise(0.1, 1));
        var run = Train("--supervision", "neighbours");
        run.Done();
        Assert.Contains(" of 3 pictures (neighbouring pixels: 0.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_trained_on_pairs_of_two_folders_or_of_a_manifest()
    {
        Captures("noisy", 1);
        Captures("again", 2);
        Train("--supervision", "pairs", "--second", _folder["again"]).Done();
        File.WriteAllText(_folder["pairs.csv"], "path,pair\nnoisy/0.png,again/0.png\nnoisy/1.png,again/1.png\n");
        var run = Run(["train", "denoise", "--data", _folder["pairs.csv"], "--supervision", "pairs", "--out", _folder["b"], .. s_short]);
        run.Done();
    }

    [Fact]
    public void Pairs_that_are_none_are_one_line()
    {
        Captures("noisy", 1);
        string[] pairs = ["--supervision", "pairs", "--second"];
        Train("--supervision", "pairs").AssertFailed(ExitCode.BadInput, "has no second capture; name a folder of them");
        Train([.. pairs, _folder["nowhere"]]).AssertFailed(ExitCode.BadInput, "There is no folder");
        Train([.. pairs, _folder["noisy"]]).AssertFailed(ExitCode.BadInput, "is named as its own second capture");
        Directory.CreateDirectory(_folder["again"]);
        Train([.. pairs, _folder["again"]]).AssertFailed(ExitCode.BadInput, "There is no second capture");
        Captures("again", 1);
        Train([.. pairs, _folder["again"]]).AssertFailed(ExitCode.BadInput, "are the same picture; their noise must differ");
        Captures("again", 2, side: 60);
        Train([.. pairs, _folder["again"]]).AssertFailed(ExitCode.BadInput, "but its second capture");
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("--noise is added to clean pictures", "--noise", "0.1", "--supervision", "neighbours")]
    [InlineData("Resizing and converting change the noise", "--size", "32", "--supervision", "neighbours")]
    [InlineData("A folder of second captures goes with supervision by pairs", "--second", "x")]
    public void Options_that_contradict_each_other_are_one_line(string message, params string[] options)
    {
        Captures("noisy", 1);
        Train(options).AssertFailed(ExitCode.BadInput, message);
    }

    private void Captures(string folder, int seed, Noise? noise = null, int side = 96)
    {
        var picture = CommandRun.Pictures(_folder["clean-originals"], 4, side: side);
        using var generator = new Generator((ulong)seed);
        foreach (var (file, i) in Directory.GetFiles(picture).Order(StringComparer.Ordinal).Select((f, i) => (f, i)))
        {
            using var scope = NewDisposeScope();
            var image = ImageFile.Read(file).ToTensor().unsqueeze(0);
            ImageFile.Write(_folder[$"{folder}/{i}.png"],
                RasterImage.FromTensor((noise ?? new GaussianNoise(0.1)).AddTo(image, generator)[0]));
        }
    }

    private CommandRun Train(params string[] more) =>
        Run(["train", "denoise", "--data", _folder["noisy"], "--out", _folder["out"], .. s_short, .. more]);

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);
}
