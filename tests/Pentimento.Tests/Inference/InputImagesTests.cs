using Pentimento.Inference;

namespace Pentimento.Tests.Inference;

public sealed class InputImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllBytes(_folder[name], []);
        }
    }

    private string[] Places(IEnumerable<string> inputs, bool recursive = false, params string[] except) =>
        [.. InputImages.Find(inputs.Select(input => _folder[input]), recursive, except.Select(name => _folder[name]))
            .Select(image => image.RelativePath.Replace('\\', '/'))];

    [Fact]
    public void A_folder_gives_its_visible_images_in_natural_order()
    {
        Touch("in/10.png", "in/2.JPG", "in/notes.txt", "in/.2.half-written.png", "in/sub/1.tif");
        Assert.Equal(["2.JPG", "10.png"], Places(["in"]));
        Assert.Equal(["2.JPG", "10.png", "sub/1.tif"], Places(["in"], recursive: true));
    }

    [Theory]
    [InlineData("in/*.png", new[] { "a.png", "b.png" })]
    [InlineData("in/?.png", new[] { "a.png", "b.png" })]
    [InlineData("in/*/*.png", new[] { "x/a.png", "y/a.png" })]
    [InlineData("in/**/*.png", new[] { "a.png", "b.png", "x/a.png", "x/z/a.png", "y/a.png" })]
    [InlineData("in/**", new[] { "a.png", "b.png", "c.tif", "x/a.png", "x/z/a.png", "y/a.png" })]
    [InlineData("in/*/z/*", new[] { "x/z/a.png" })]
    public void A_pattern_gives_what_it_matches(string pattern, string[] places)
    {
        Touch("in/a.png", "in/b.png", "in/c.tif", "in/x/a.png", "in/x/z/a.png", "in/y/a.png");
        Assert.Equal(places, Places([pattern]));
    }

    [Fact]
    public void What_exists_under_its_name_is_no_pattern()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No such names on Windows.");
        Touch("what?.png", "whats.png");
        Assert.Equal(["what?.png"], Places(["what?.png"]));
    }

    [Fact]
    public void A_named_file_is_taken_whatever_its_extension_and_each_file_once()
    {
        Touch("in/a.scan", "in/b.png");
        Assert.Equal(["a.scan", "b.png"], Places(["in/a.scan", "in/b.png", "in", "in/*.png"]));
    }

    [Fact]
    public void Files_of_several_folders_stay_apart()
    {
        Touch("x/1.png", "y/1.png");
        Assert.Equal(["x/1.png", "y/1.png"], Places(["x", "y"]));
        Assert.Equal(["1.png"], Places(["x", "x/"]));
    }

    [Fact]
    public void The_output_folder_below_an_input_is_not_searched()
    {
        Touch("in/a.png", "in/clean/a.png");
        Assert.Equal(["a.png"], Places(["in"], recursive: true, "in/clean"));
        Assert.Equal(["a.png"], Places(["in/**/*.png"], recursive: true, "in/clean"));
    }

    [Fact]
    public void A_pattern_that_could_lead_results_out_of_the_output_folder_is_refused()
    {
        Touch("a.png", "in/x/b.png");
        Assert.Throws<ArgumentException>(() => Places(["in/*/../../*.png"]));
        Assert.Equal(["a.png"], Places(["in/../*.png"]));
    }

    [Fact]
    public void A_link_in_a_circle_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Touch("in/a.png");
        Directory.CreateSymbolicLink(_folder["in/again"], _folder["in"]);
        Assert.Equal(["a.png"], Places(["in"], recursive: true));
    }

    [Theory]
    [InlineData("nothing.png", "nothing.png")]
    [InlineData("no/such/*.png", "such")]
    [InlineData("in/*.tif", "*.tif")]
    [InlineData("deep", "sub-folders are not searched")]
    public void Where_there_is_nothing_the_error_says_where(string input, string part)
    {
        Touch("in/a.png", "deep/er/a.png");
        var error = Assert.Throws<FileNotFoundException>(() => Places([input]));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
