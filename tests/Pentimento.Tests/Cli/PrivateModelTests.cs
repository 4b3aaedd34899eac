using System.IO.Compression;
using System.Text;
using CsvHelper;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Inference;
using Pentimento.Tests.Detection;

namespace Pentimento.Tests.Cli;

/// <summary>What a model tells of the machine that it was trained on, and what a model from elsewhere can make a program read.</summary>
public sealed class PrivateModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PrivateModelTests()
    {
        foreach (var (name, strange) in new[] { ("secret-set", false), ("secret-others", true) })
            foreach (var (i, picture) in SmallSets.Pictures(12, strange).Index())
                ImageFile.Write(_folder[$"{name}/secret-{i:D2}.png"], picture);
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. Detectors.Names.Where(
        name => name != "reconstruction" && !Detectors.Facts(name).NeedsBackbone)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_private_detector_names_no_path_no_file_and_no_command(string name)
    {
        var facts = Detectors.Facts(name);
        Train([
            "detect", "--data", _folder["secret-set"], "--anomalous", _folder["secret-others"], "--detector", name, "--size", "48",
            .. facts.Trains ? new[] { "--steps", "2" } : [],
            .. facts.NeedsKnownOthers ? new[] { "--known-others", _folder["secret-others"] } : [],
        ]);
        CommandRun.Of(_folder.Path, "evaluate", _folder["secret-run/model.pent"], "--data", _folder["secret-set"]).Done();
    }

    [Theory]
    [InlineData("reconstruct")]
    [InlineData("denoise")]
    [InlineData("detect")]
    public void A_private_network_and_its_card_name_no_path_no_file_and_no_command(string task)
    {
        var data = _folder["secret-set"];
        string[] what = [task, "--data", data, "--size", "16", "--epochs", "1"];
        Train([.. what, .. task == "detect" ? new[] { "--anomalous", _folder["secret-others"] } : []]);
        CommandRun.Of(_folder.Path, "evaluate", _folder["secret-run/model.pent"], "--data", data).Done();
        if (task == "detect") return;
        // Nor does a model that goes on from one that is not.
        CommandRun.Of(_folder.Path, ["train", .. what, "--out", _folder["secret-first"]]).Done();
        Train([.. what, "--from", _folder["secret-first/model.pent"], "--overwrite"]);
    }

    private void Train(string[] args)
    {
        CommandRun.Of(_folder.Path, ["train", .. args, "--out", _folder["secret-run"], "--private"]).Done();
        using var zip = ZipFile.OpenRead(_folder["secret-run/model.pent"]);
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open()) stream.CopyTo(content);
            var text = Encoding.Latin1.GetString(content.ToArray());
            Assert.False(text.Contains("secret", StringComparison.Ordinal), $"{entry.Name} names what is private");
            Assert.False(text.Contains(_folder.Path, StringComparison.Ordinal), $"{entry.Name} has a path");
        }
        if (!File.Exists(_folder["secret-run/model.md"])) return;
        var card = File.ReadAllText(_folder["secret-run/model.md"]);
        Assert.DoesNotContain("secret", card, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_reads_no_folder_because_the_model_names_it()
    {
        CommandRun.Of(_folder.Path, "train", "detect", "--data", _folder["secret-set"], "--detector", "descriptors", "--size", "48",
            "--out", _folder["run"]).Done();
        // Other pictures under the same names: they must not come into the page.
        foreach (var (i, picture) in SmallSets.Pictures(12, strange: true, seed: 5).Index())
            ImageFile.Write(_folder[$"secret-set/secret-{i:D2}.png"], picture);
        var read = Directory.GetFiles(_folder["secret-set"]).ToDictionary(path => path, File.GetLastAccessTimeUtc);
        string Report(params string[] more)
        {
            CommandRun.Of(_folder.Path, ["detect", _folder["secret-others/secret-00.png"], "--model", _folder["run/model.pent"],
                "--report", _folder["report"], .. more]).Done();
            return File.ReadAllText(Directory.GetFiles(_folder["report/pictures"]).Single());
        }
        var without = Report();
        Directory.Move(_folder["secret-set"], _folder["moved"]);
        var gone = Report();
        Assert.Equal(Images(without), Images(gone));
        Assert.NotEqual(Images(without), Images(Report("--normal", _folder["moved"])));

        static string[] Images(string page) => [.. page.Split("<img ").Skip(1).Select(part => part[..part.IndexOf('>')])];
    }

    [Fact]
    public void Cells_that_a_spreadsheet_would_run_are_text_and_numbers_stay_numbers()
    {
        string[] names = ["=1+1.png", "+a.png", "-b.png", "@c.png", "\td.png", "\re.png", "plain.png"];
        ScoredFile[] files = [.. names.Select(name => new ScoredFile(name, FileOutcome.Done, null, new Verdict(-1.5, 0.5, false))
        {
            Nearest = [new("=cmd|' /C calc'!A0", 1)],
        })];
        ScoreTable.WriteCsv(_folder["scores.csv"], files);
        using var csv = CsvReader.FromFile(_folder["scores.csv"], new CsvReaderOptions { HasHeader = true });
        foreach (var name in names)
        {
            Assert.True(csv.Read());
            Assert.Equal(name == "plain.png" ? name : $"'{name}", csv.GetString("path"));
            Assert.Equal("-1.5", csv.GetString("anomaly_score"));
            Assert.StartsWith("'=cmd", csv.GetString("nearest"), StringComparison.Ordinal);
        }
    }
}
