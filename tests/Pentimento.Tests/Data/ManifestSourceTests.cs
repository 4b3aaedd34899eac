using System.Text;
using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class ManifestSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("path\na\0b.png\n")]
    [InlineData("path,mask\na.png,m\0.png\n")]
    [InlineData("path,pair\na.png,\0.png\n")]
    public void A_zero_character_in_a_path_is_named_with_its_row(string text)
    {
        File.WriteAllText(_folder["zero.csv"], text);
        var e = Assert.Throws<InvalidDataException>(() => ManifestSource.Open(_folder["zero.csv"]));
        Assert.Contains("zero.csv', row 2: the path ", e.Message, StringComparison.Ordinal);
        Assert.Contains("zero character", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', e.Message);
    }

    [Fact]
    public void Every_column_is_read_and_paths_are_relative_to_the_file()
    {
        TinySets.WritePng(_folder["images/a.png"], 5);
        var mask = TinySets.WritePng(_folder["masks/b.png"]);
        Write(
            "group,Path,year,label,split,mask", "scream,images/a.png,1893,munch,val,",
            ",\"images/b, detail.png\",,,,masks/b.png");

        using var source = ImageSource.Open(_folder.Path);

        Assert.IsType<ManifestSource>(source);
        Assert.Equal(
            [new("images/a.png", "munch", "validation", "scream"), new("images/b, detail.png", Mask: mask)],
            source.Items);
        Assert.Equal(5, source.Read(0).Samples8![0]);
        Assert.Equal(Path.GetFileName(_folder.Path), source.Name);
    }

    [Fact]
    public void The_path_alone_is_enough_and_semicolons_separate_too()
    {
        Write("path;label", "a.png;x;", "b.png");
        using var source = ImageSource.Open(_folder["manifest.csv"]);
        Assert.Equal([new("a.png", "x"), new("b.png")], source.Items);
    }

    [Fact]
    public void A_byte_order_mark_and_empty_lines_change_nothing()
    {
        File.WriteAllText(_folder["manifest.csv"], "path,label\r\na.png,x\r\n\r\nb.png,y\r\n\r\n", new UTF8Encoding(true));
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal([new("a.png", "x"), new("b.png", "y")], source.Items);
    }

    [Theory]
    [InlineData("a.png,,middle,", "row 3: the split 'middle' is none of train, validation, test and empty")]
    [InlineData(",x,,", "row 3: the path is empty")]
    [InlineData("first.png,,,", "row 3: 'first.png' is listed in row 2 already")]
    [InlineData("a.png,,,gone.png", "row 3: there is no mask")]
    [InlineData("\"a.png,,,", "row 3: ")]
    public void A_wrong_row_is_an_error_with_file_and_row(string row, string expected)
    {
        Write("path,label,split,mask", "first.png,,,", row);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path));
        Assert.Contains($"CSV file '{_folder["manifest.csv"]}', {expected}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void An_image_that_is_not_there_is_an_error_with_its_row_when_it_is_read()
    {
        Write("path", "gone.png");
        using var source = ImageSource.Open(_folder.Path);
        var error = Assert.Throws<FileNotFoundException>(() => source.Read(0));
        Assert.Contains("row 2: there is no image", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_without_rows_or_without_path_is_an_error()
    {
        Write("path,label");
        Assert.Contains("lists no images", Error(), StringComparison.Ordinal);
        Write("file,label", "a.png,x");
        Assert.Contains("no column 'path'", Error(), StringComparison.Ordinal);

        string Error() => Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path)).Message;
    }

    private void Write(params string[] rows) => File.WriteAllLines(_folder["manifest.csv"], rows);
}
