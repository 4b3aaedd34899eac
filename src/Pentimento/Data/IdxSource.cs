using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// Grey images in IDX files, as MNIST and Fashion-MNIST come: <c>train-images-idx3-ubyte</c> and <c>t10k-images-idx3-ubyte</c>
/// with their <c>labels-idx1</c>, plain or <c>.gz</c>. They are read when the source is opened.
/// </summary>
public sealed class IdxSource : ImageSource
{
    private readonly List<(IdxFile File, int First)> _parts;

    private IdxSource(string name, List<(IdxFile, int)> parts, IReadOnlyList<ImageItem> items, IReadOnlyList<string> labels)
        : base(name, items, labels) => _parts = parts;

    /// <inheritdoc/>
    public override string Kind => "IDX files";

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <summary>Whether a file is named as IDX images are.</summary>
    public static bool IsImagesFile(string path) => LabelsName(Path.GetFileName(path)) is not null;

    /// <summary>Opens a folder with at least one images file, or one images file; labels are those beside it, if any.</summary>
    /// <param name="path">
    /// A folder or a file named like <c>train-images-idx3-ubyte.gz</c>. A name with "fashion" gives its classes their names.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or labels and images do not fit; the message names the file.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static new IdxSource Open(string path)
    {
        var full = Path.GetFullPath(path);
        var files = File.Exists(full) ? [full] : ImagesFiles(full);
        if (files.Count == 0) throw new FileNotFoundException($"'{path}' holds no file named like 'train-images-idx3-ubyte.gz'.");

        var fashion = MnistClasses.IsFashion(files[0]);
        var parts = new List<(IdxFile, int)>();
        var items = new List<ImageItem>();
        var classes = new HashSet<int>();
        foreach (var file in files)
        {
            var images = IdxFile.Read(file, dimensions: 3);
            var labels = LabelsFile(file) is { } labelsFile ? ReadLabels(labelsFile, file, images.Dimensions[0], fashion) : null;
            var split = SplitOf(file);
            var prefix = split ?? Path.GetFileName(file).Split("images")[0].TrimEnd('-', '.', '_');
            parts.Add((images, items.Count));
            for (var i = 0; i < images.Dimensions[0]; i++)
            {
                var label = labels is null ? null : MnistClasses.Name(labels[i], fashion);
                items.Add(new ImageItem($"{(prefix.Length > 0 ? prefix + "/" : "")}{i:D5}", label, split));
            }
            classes.UnionWith((labels ?? []).Distinct().Select(label => (int)label));
        }
        return new IdxSource(Path.GetFileName(Path.TrimEndingDirectorySeparator(full)), parts, items,
            MnistClasses.Names(classes, fashion));
    }

    /// <inheritdoc/>
    public override RasterImage Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Items.Count, nameof(index));
        ObjectDisposedException.ThrowIf(_parts.Count == 0, this);
        var (file, first) = _parts.FindLast(p => p.First <= index);
        var shape = new ImageShape(1, file.Dimensions[1], file.Dimensions[2]);
        return new RasterImage(shape, file.Values.AsSpan((index - first) * (int)shape.Count, (int)shape.Count).ToArray());
    }

    /// <summary>
    /// The images files of a folder: one per part, the unpacked one where there are two, the training part first.
    /// </summary>
    internal static List<string> ImagesFiles(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder).Where(f => IsImagesFile(f) && !FolderListing.IsPassedOver(f))
            .GroupBy(f => Path.GetFileName(f).Replace(".gz", "", StringComparison.OrdinalIgnoreCase))
            .Select(g => g.MinBy(f => f.Length)!)
            .OrderBy(f => SplitOf(f) switch { ImageItem.TrainSplit => 0, ImageItem.TestSplit => 2, _ => 1 })
            .ThenBy(f => f, NaturalOrder.Comparer),
    ];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _parts.Clear();

    private static byte[] ReadLabels(string labelsFile, string imagesFile, int images, bool fashion)
    {
        var labels = IdxFile.Read(labelsFile, dimensions: 1).Values;
        if (labels.Length != images)
            throw new InvalidDataException(
                $"IDX file '{labelsFile}' holds {labels.Length} labels, '{imagesFile}' {images} images.");
        var wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)MnistClasses.Largest(fashion));
        return wrong < 0 ? labels : throw new InvalidDataException(
            $"IDX file '{labelsFile}' holds the label {labels[wrong]} at byte {8 + wrong}; " +
            "Fashion-MNIST has the classes 0 to 9.");
    }

    private static string? SplitOf(string file)
    {
        var name = Path.GetFileName(file);
        bool Starts(string with) => name.StartsWith(with, StringComparison.OrdinalIgnoreCase);
        return Starts("train") ? ImageItem.TrainSplit : Starts("t10k") || Starts("test") ? ImageItem.TestSplit : null;
    }

    private static string? LabelsFile(string imagesFile)
    {
        var beside = Path.Combine(Path.GetDirectoryName(imagesFile)!, LabelsName(Path.GetFileName(imagesFile)) ?? "");
        var plain = beside.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? beside[..^3] : beside;
        return new[] { beside, plain, plain + ".gz" }.FirstOrDefault(File.Exists);
    }

    // "train-images-idx3-ubyte.gz" → "train-labels-idx1-ubyte.gz"; Kaggle's MNIST has a point for the second hyphen.
    private static string? LabelsName(string name) =>
        name.Contains("images-idx3", StringComparison.Ordinal) ? name.Replace("images-idx3", "labels-idx1")
        : name.Contains("images.idx3", StringComparison.Ordinal) ? name.Replace("images.idx3", "labels.idx1")
        : null;
}
