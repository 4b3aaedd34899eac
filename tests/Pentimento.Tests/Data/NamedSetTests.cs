using System.Security.Cryptography;
using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class NamedSetTests
{
    private const string DebianFolder = "/usr/share/datasets/fashion-mnist";

    [Fact]
    public void The_sample_is_found_by_its_name_and_holds_600_and_100_images_of_each_class()
    {
        using var source = ImageSource.Open("fashion-mnist-sample");
        Assert.Equal(7000, source.Items.Count);
        Assert.Equal(10, source.Labels.Count);
        Assert.All(source.Items.CountBy(i => (i.Label, i.Split)), c => Assert.Equal(c.Key.Split == "train" ? 600 : 100, c.Value));
        Assert.Equal("1×28×28", source.Read(6999).Shape.ToString());
    }

    [Fact]
    public void The_sample_lies_beside_the_program_with_its_licence_and_is_small()
    {
        var files = new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist-sample")).GetFiles();
        var licence = files.Single(f => f.Name == "LICENSE");
        Assert.Contains("2017 Zalando SE", File.ReadAllText(licence.FullName), StringComparison.Ordinal);
        Assert.InRange(files.Sum(f => f.Length), 1, 3_000_000);
    }

    [Fact]
    public void The_sample_is_the_beginning_of_each_class_in_the_package_of_Debian()
    {
        Assert.SkipUnless(Directory.Exists(DebianFolder), "Needs Debian's package dataset-fashion-mnist.");
        using var sample = ImageSource.Open("fashion-mnist-sample");
        using var whole = ImageSource.Open("fashion-mnist");
        Assert.Equal(70_000, whole.Items.Count);
        var taken = new Dictionary<(string?, string?), int>();
        var first = Enumerable.Range(0, whole.Items.Count).Where(i =>
        {
            var (key, limit) = ((whole.Items[i].Label, whole.Items[i].Split), whole.Items[i].Split == "train" ? 600 : 100);
            return (taken[key] = taken.GetValueOrDefault(key) + 1) <= limit;
        }).ToArray();
        Assert.Equal(first.Select(i => whole.Items[i].Label), sample.Items.Select(i => i.Label));
        Assert.Equal(Hash(whole, first), Hash(sample, Enumerable.Range(0, sample.Items.Count)));
    }

    [Fact]
    public void A_name_that_nothing_has_is_an_error_that_lists_the_names()
    {
        var error = Assert.Throws<FileNotFoundException>(() => ImageSource.Open("fashion-mnits"));
        Assert.StartsWith(
            "There is no file or folder 'fashion-mnits', and no set of that name.", error.Message, StringComparison.Ordinal);
        Assert.Contains("fashion-mnist-sample", error.Message, StringComparison.Ordinal);
        Assert.Contains("PENTIMENTO_DATA", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_path_is_an_error_without_talk_of_names()
    {
        var error = Assert.Throws<FileNotFoundException>(() => ImageSource.Open("no/such/folder"));
        Assert.Equal("There is no file or folder 'no/such/folder'.", error.Message);
    }

    [Fact]
    public void A_folder_without_images_is_an_error_that_says_what_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["readme.txt"], "nothing");
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(folder.Path));
        string[] kinds = ["train-images-idx3-ubyte.gz", "manifest.csv", "MVTec", "image files", "785 columns"];
        foreach (var kind in kinds.Append(folder.Path))
            Assert.Contains(kind, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_kind_is_an_error_that_says_what_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["readme.txt"], "nothing");
        Assert.Throws<InvalidDataException>(() => ImageSource.Open(folder["readme.txt"]));
    }

    private static string Hash(ImageSource source, IEnumerable<int> indices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var i in indices) hash.AppendData(source.Read(i).Samples8!);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
