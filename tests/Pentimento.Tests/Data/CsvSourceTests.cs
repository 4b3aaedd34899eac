using System.Text;
using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class CsvSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_reads_the_same_with_and_without_a_header_row(bool header)
    {
        string[] rows = [TinySets.CsvRow(3, 200), TinySets.CsvRow(1, 7)];
        var file = Write("digits.csv", header ? [TinySets.CsvHeader, .. rows] : rows);

        using var source = ImageSource.Open(file);

        Assert.IsType<CsvSource>(source);
        Assert.Equal([new("digits/00000", "3"), new("digits/00001", "1")], source.Items);
        Assert.Equal(["1", "3"], source.Labels);
        Assert.Equal("1×28×28", source.Read(0).Shape.ToString());
        Assert.All(source.Read(1).Samples8!, value => Assert.Equal(7, value));
    }

    [Fact]
    public void The_values_of_a_row_are_the_pixels_row_by_row()
    {
        var file = Write("digits.csv", ["0," + string.Join(',', Enumerable.Range(0, 784).Select(i => i % 256))]);
        using var source = ImageSource.Open(file);
        Assert.Equal(Enumerable.Range(0, 784).Select(i => (byte)(i % 256)), source.Read(0).Samples8!);
    }

    [Fact]
    public void A_folder_gives_the_train_and_test_files_as_splits_with_the_names_of_the_classes()
    {
        Write("fashion-mnist_test.csv", [TinySets.CsvHeader, TinySets.CsvRow(0, 1)]);
        Write("fashion-mnist_train.csv", [TinySets.CsvHeader, TinySets.CsvRow(9, 1), TinySets.CsvRow(0, 1)]);
        Write("details.csv", ["author,year", "x,2017"]);
        var folder = _folder["fashion-mnist"];
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(_folder.Path)) File.Move(file, Path.Combine(folder, Path.GetFileName(file)));

        using var source = ImageSource.Open(folder);

        Assert.Equal(["train", "train", "test"], source.Items.Select(i => i.Split));
        Assert.Equal(["Ankle boot", "T-shirt/top", "T-shirt/top"], source.Items.Select(i => i.Label));
    }

    [Theory]
    [InlineData("12x", "'12x'")]
    [InlineData("256", "'256'")]
    [InlineData("-1", "'-1'")]
    [InlineData("", "''")]
    [InlineData("0.5", "'0.5'")]
    public void A_value_that_is_none_is_an_error_with_file_row_and_column(string value, string quoted)
    {
        var bad = TinySets.CsvRow(1, 0).Split(',');
        bad[45] = value;
        var file = Write("digits.csv", [TinySets.CsvHeader, TinySets.CsvRow(1, 0), string.Join(',', bad)]);

        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(file));

        Assert.Equal(
            $"CSV file '{file}', row 3: column 46 (pixel 45) holds {quoted}; it must be a whole number from 0 to 255.",
            error.Message);
    }

    [Fact]
    public void A_damaged_label_in_the_first_row_is_an_error_and_not_taken_for_a_header()
    {
        var file = Write("digits.csv", ["x" + TinySets.CsvRow(1, 0), TinySets.CsvRow(2, 0)]);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(file));
        Assert.Contains("row 1: column 1 (label) holds 'x1'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_and_empty_lines_change_nothing()
    {
        var text = $"{TinySets.CsvRow(4, 1)}\r\n\r\n{TinySets.CsvRow(6, 2)}\r\n\r\n";
        File.WriteAllText(_folder["digits.csv"], text, new UTF8Encoding(true));
        using var source = ImageSource.Open(_folder["digits.csv"]);
        Assert.Equal(["4", "6"], source.Items.Select(i => i.Label));
    }

    [Fact]
    public void The_name_of_a_file_in_a_folder_says_that_it_is_Fashion_MNIST()
    {
        Write("fashion-mnist_test.csv", [TinySets.CsvRow(8, 1)]);
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal(["Bag"], source.Labels);
    }

    [Fact]
    public void A_row_with_another_number_of_columns_is_an_error_with_its_row()
    {
        var file = Write("digits.csv", [TinySets.CsvRow(1, 0), TinySets.CsvRow(1, 0)[..99]]);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(file));
        Assert.Contains($"'{file}', row 2: it has 50 columns", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_rows_is_an_error()
    {
        var file = Write("digits.csv", [TinySets.CsvHeader]);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(file));
        Assert.Contains("holds no images", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_something_else_is_an_error_that_says_what_is_looked_for()
    {
        var file = Write("table.csv", ["a,b", "1,2"]);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(file));
        Assert.Contains("neither a column 'path'", error.Message, StringComparison.Ordinal);
        Assert.Contains("785 columns", error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, IEnumerable<string> rows)
    {
        File.WriteAllLines(_folder[name], rows);
        return _folder[name];
    }
}
