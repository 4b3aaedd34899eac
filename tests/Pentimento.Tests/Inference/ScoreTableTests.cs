using Pentimento.Detection;
using Pentimento.Inference;

namespace Pentimento.Tests.Inference;

public sealed class ScoreTableTests : IDisposable
{
    private readonly Pentimento.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scan.001")]
    [InlineData("sub/../scan.001")]
    [InlineData("link/scan.001")] // a link to the folder of the image
    [InlineData("original")] // where the named image is a link to
    public void A_scored_image_is_never_replaced_whatever_its_extension(string table)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        File.WriteAllText(_folder["original"], "pixels");
        File.CreateSymbolicLink(_folder["scan.001"], _folder["original"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder.Path);
        ScoredFile[] files = [new(_folder["scan.001"], FileOutcome.Done, null, new Verdict(1, 1, false))];
        Assert.Throws<ArgumentException>(() => ScoreTable.WriteCsv(_folder[table], files));
        var calibration = Calibration.ForFalseAlarmRate([1, 2, 3], 0.5);
        Assert.Throws<ArgumentException>(() => ScoreTable.WriteJson(_folder[table], files, calibration));
        Assert.Equal("pixels", File.ReadAllText(_folder["scan.001"]));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named_and_nothing_is_left()
    {
        File.WriteAllText(_folder["file"], "kept");
        var path = Path.Combine(_folder["file"], "scores.csv"); // below a file
        var error = Assert.Throws<IOException>(() => ScoreTable.WriteCsv(path, []));
        Assert.StartsWith($"Cannot write '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Equal([_folder["file"]], Directory.GetFileSystemEntries(_folder.Path));
    }
}
