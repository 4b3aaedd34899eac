using System.Buffers.Binary;
using Pentimento.Cli;

namespace Pentimento.Tests.Cli;

public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void A_cut_model_is_one_line(double share)
    {
        var data = CommandRun.Pictures(_folder["pictures"], 12);
        Run("train", "reconstruct", "--data", data, "--size", "16", "--epochs", "1", "--architecture", "convolutional", "--set",
            "a=2", "b=2",
            "--out", _folder["out"]);
        var bytes = File.ReadAllBytes(_folder["out/model.pent"]);
        File.WriteAllBytes(_folder["cut.pent"], bytes[..(int)(share * bytes.Length)]);
        Run("evaluate", _folder["cut.pent"], "--data", data).AssertFailed(ExitCode.BadInput, "cut.pent");
        Run("inspect", _folder["cut.pent"]).AssertFailed(ExitCode.BadInput, "cut.pent");

        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_folder["flipped.pent"], bytes);
        Run("denoise", data, "--model", _folder["flipped.pent"], "--out", _folder["clean"]).AssertFailed(
            ExitCode.BadInput, "SHA-256");
        Assert.False(Directory.Exists(_folder["clean"]));
    }

    [Fact]
    public void A_damaged_picture_is_one_line_or_left_out_and_counted()
    {
        var data = CommandRun.Pictures(_folder["pictures"]);
        var whole = File.ReadAllBytes(_folder["pictures/03.png"]);
        File.WriteAllBytes(_folder["pictures/03.png"], whole[..(whole.Length / 2)]);
        string[] args = ["train", "reconstruct", "--data", data, "--size", "16", "--epochs", "1", "--architecture",
            "convolutional", "--out", _folder["out"]];
        Run(args).AssertFailed(ExitCode.BadInput, "03.png");
        Assert.False(File.Exists(_folder["out/model.pent"]));
        var run = Run([.. args, "--skip-unreadable"]);
        run.Done();
        Assert.Contains("1 unreadable picture was left out", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_IDX_file_is_one_line()
    {
        var bytes = new byte[16 + 10 * 28 * 28 - 1];
        BinaryPrimitives.WriteInt32BigEndian(bytes, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), 10);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), 28);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), 28);
        File.WriteAllBytes(_folder["train-images-idx3-ubyte"], bytes);
        Run("train", "reconstruct", "--data", _folder["train-images-idx3-ubyte"]).AssertFailed(
            ExitCode.BadInput, "train-images-idx3-ubyte");
    }

    [Fact]
    public void A_wrong_CSV_value_is_one_line()
    {
        var row = string.Join(',', Enumerable.Repeat("7", 785));
        File.WriteAllLines(_folder["set.csv"], [row, row, row[..^1] + "x"]);
        Run("train", "reconstruct", "--data", _folder["set.csv"]).AssertFailed(ExitCode.BadInput, "set.csv");
    }

    [Fact]
    public void A_damaged_run_store_is_one_line()
    {
        File.WriteAllText(_folder["runs.db"], "no database, though long enough to look like one");
        Run("runs").AssertFailed(ExitCode.BadInput, "runs.db");
    }

    [Fact]
    public void A_picture_that_takes_gigabytes_is_one_line_in_every_verb()
    {
        var data = CommandRun.Pictures(_folder["pictures"], 12);
        Run("train", "detect", "--data", data, "--detector", "descriptors", "--size", "32", "--out", _folder["out"]).Done();
        // A WebP of 34 bytes with 16,383 × 16,384 pixels of one colour.
        var bomb = Convert.FromHexString("524946461a000000574542505650384c0e0000002ffebfff0f071011fd0f4444ff03");
        File.WriteAllBytes(_folder["bomb.webp"], bomb);
        File.WriteAllBytes(_folder["pictures/bomb.webp"], bomb);
        Run("detect", _folder["bomb.webp"], "--model", _folder["out/model.pent"]).AssertFailed(ExitCode.BadInput, "--memory");
        Run("denoise", _folder["bomb.webp"], "--out", _folder["clean"]).AssertFailed(ExitCode.BadInput, "--memory");
        Run("train", "reconstruct", "--data", data, "--size", "16", "--out", _folder["again"]).AssertFailed(
            ExitCode.BadInput, "bomb.webp: decoding it takes");
        Run("evaluate", _folder["out/model.pent"], "--data", data, "--out", _folder["page.html"]).AssertFailed(
            ExitCode.BadInput, "bomb.webp: decoding it takes");
        Run("detect", _folder["bomb.webp"], "--model", _folder["out/model.pent"], "--max-pixels", "1000").AssertFailed(
            ExitCode.BadInput, "more than the limit of 1000");
    }

    private CommandRun Run(params string[] args) => CommandRun.Of(_folder.Path, args);
}
