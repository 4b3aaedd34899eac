using Pentimento.Files;

namespace Pentimento.Tests.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _root;

    public RealPathTests()
    {
        Directory.CreateDirectory(_folder["real/inner"]);
        File.WriteAllText(_folder["real/inner/Picture.png"], "");
        File.WriteAllText(_folder["real/inner/other.png"], "");
        Directory.CreateSymbolicLink(_folder["link"], "real");
        File.CreateSymbolicLink(_folder["one"], _folder["two"]);
        File.CreateSymbolicLink(_folder["two"], _folder["link/inner/Picture.png"]);
        _root = new RealPath().Of(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("real/inner/Picture.png")]
    [InlineData("link/inner/Picture.png")]
    [InlineData("link/../real/./inner/Picture.png")]
    [InlineData("one")]
    [InlineData("two")]
    public void Every_way_to_a_file_leads_to_one_path(string way) =>
        Assert.Equal(Path.Combine(_root, "real/inner/Picture.png"), new RealPath().Of(_folder[way]));

    [Theory]
    [InlineData("link/inner/", "real/inner")]
    [InlineData("link/inner/not there.png", "real/inner/not there.png")]
    [InlineData("link/nowhere/x/y.png", "real/nowhere/x/y.png")]
    public void What_does_not_exist_stays_as_it_is_behind_what_does(string way, string leads) =>
        Assert.Equal(Path.Combine(_root, leads), new RealPath().Of(_folder[way]));

    [Fact]
    public void Where_the_file_system_tells_upper_from_lower_case_another_spelling_is_another_file()
    {
        Assert.SkipWhen(File.Exists(_folder["REAL/INNER/PICTURE.PNG"]), "The file system takes upper and lower case for the same.");
        File.WriteAllText(_folder["real/inner/PICTURE.png"], "");
        Assert.Equal(Path.Combine(_root, "real/inner/PICTURE.png"), new RealPath().Of(_folder["link/inner/PICTURE.png"]));
        Assert.Equal(Path.Combine(_root, "real/inner/Picture.png"), new RealPath().Of(_folder["link/inner/Picture.png"]));
    }

    [Fact]
    public void An_entry_keeps_its_own_name_for_a_rename_replaces_the_link()
    {
        Assert.Equal(Path.Combine(_root, "one"), new RealPath().OfEntry(_folder["one"]));
        Assert.Equal(Path.Combine(_root, "real/inner/x"), new RealPath().OfEntry(_folder["link/inner/x"]));
    }

    [Fact]
    public void The_root_leads_to_itself_and_links_in_a_circle_are_an_error()
    {
        var root = Path.GetPathRoot(_folder.Path)!;
        Assert.Equal(root, new RealPath().Of(root));
        Assert.Equal(root, new RealPath().OfEntry(root));
        File.CreateSymbolicLink(_folder["a"], _folder["b"]);
        File.CreateSymbolicLink(_folder["b"], _folder["a"]);
        Assert.Throws<IOException>(() => new RealPath().Of(_folder["a"]));
    }
}
