using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// Grey 28×28 images in CSV files as Kaggle gives them: one image per row, the label and then 784 values from 0 to 255, with or
/// without a header row. They are read when the source is opened.
/// </summary>
public sealed class CsvSource : ImageSource
{
    private const int Side = 28, Columns = 1 + Side * Side;

    private readonly List<byte[]> _images;

    private CsvSource(string name, List<byte[]> images, IReadOnlyList<ImageItem> items, IReadOnlyList<string> labels)
        : base(name, items, labels) => _images = images;

    /// <inheritdoc/>
    public override string Kind => "CSV files of pixels";

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <summary>
    /// Opens one file, or the files with 785 columns in a folder. "train" and "test" in a file's name are its split.
    /// </summary>
    /// <param name="path">A folder or a file. A path with "fashion" gives its classes their names.</param>
    /// <exception cref="InvalidDataException">A value is none; the message names the file, the row and the column.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static new CsvSource Open(string path)
    {
        var full = Path.GetFullPath(path);
        var files = File.Exists(full) ? [full] : PixelFiles(full);
        if (files.Count == 0) throw new FileNotFoundException($"'{path}' holds no CSV file with {Columns} columns.");
        var fashion = MnistClasses.IsFashion(files[0]);
        List<byte[]> images = [];
        List<ImageItem> items = [];
        HashSet<int> labels = [];
        foreach (var file in files)
        {
            var (prefix, split) = (Path.GetFileNameWithoutExtension(file), SplitOf(file));
            var first = images.Count;
            foreach (var (label, pixels) in Rows(file, MnistClasses.Largest(fashion)))
            {
                items.Add(new ImageItem($"{prefix}/{images.Count - first:D5}", MnistClasses.Name(label, fashion), split));
                images.Add(pixels);
                labels.Add(label);
            }
        }
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(full));
        return new CsvSource(name, images, items, MnistClasses.Names(labels, fashion));
    }

    /// <inheritdoc/>
    public override RasterImage Read(int index) => new(new ImageShape(1, Side, Side), _images[index]);

    /// <summary>The CSV files of a folder whose first row has the columns of an image, the training part first.</summary>
    internal static List<string> PixelFiles(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, "*.csv").Where(f => !FolderListing.IsPassedOver(f) && IsPixelFile(f))
            .OrderBy(f => SplitOf(f) switch { ImageItem.TrainSplit => 0, ImageItem.TestSplit => 2, _ => 1 })
            .ThenBy(f => f, NaturalOrder.Comparer),
    ];

    /// <summary>Whether the first row of a file has the columns of an image.</summary>
    internal static bool IsPixelFile(string file) => CsvText.FirstRow(file).Length == Columns;

    private static IEnumerable<(int Label, byte[] Pixels)> Rows(string file, int largestLabel)
    {
        using var csv = CsvText.Open(file, hasHeader: false);
        var (first, any) = (true, false);
        while (csv.ReadRow(file))
        {
            if (csv.FieldCount != Columns)
                throw csv.Error(file, $"it has {csv.FieldCount} columns; the label and {Side}×{Side} values make {Columns}");
            // A header is a first row without numbers; a damaged label before numbers is an error like any other.
            var isHeader = first && !csv.TryParse<int>(0, out _) && !csv.TryParse<int>(1, out _);
            first = false;
            if (isHeader) continue;
            var label = Number(0, largestLabel);
            var pixels = new byte[Columns - 1];
            for (var column = 1; column < Columns; column++) pixels[column - 1] = (byte)Number(column, 255);
            any = true;
            yield return (label, pixels);
        }
        if (!any) throw new InvalidDataException($"CSV file '{file}' holds no images.");

        int Number(int column, int largest) => csv.TryParse<int>(column, out var value) && value >= 0 && value <= largest
            ? value
            : throw csv.Error(file, $"column {column + 1} ({(column == 0 ? "label" : $"pixel {column}")}) holds " +
                $"'{CsvText.Shorten(csv.GetString(column))}'; it must be a whole number from 0 to {largest}");
    }

    private static string? SplitOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.Contains("train", StringComparison.OrdinalIgnoreCase) ? ImageItem.TrainSplit
            : name.Contains("test", StringComparison.OrdinalIgnoreCase) ? ImageItem.TestSplit : null;
    }
}
