using Pentimento.Files;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// A CSV file that lists images: a header row with the columns <c>path</c>, <c>label</c>, <c>split</c>, <c>mask</c>,
/// <c>group</c> and <c>pair</c> (a second capture of the same thing) in any order, of which only <c>path</c> is required; further
/// columns are not read. Paths are relative to the file's folder. A split is <c>train</c>, <c>validation</c>, <c>test</c> or
/// empty.
/// </summary>
public sealed class ManifestSource : FileSource
{
    /// <summary>The name of a manifest that makes its folder one set.</summary>
    public const string FileName = "manifest.csv";

    private readonly string _file;
    private readonly IReadOnlyList<long> _rows;

    private ManifestSource(string file, List<(ImageItem Item, string Path, long Row)> images)
        : base(NameOf(file), [.. images.Select(i => i.Item)], [.. images.Select(i => i.Path)]) =>
        (_file, _rows) = (file, [.. images.Select(i => i.Row)]);

    /// <inheritdoc/>
    public override string Kind => "manifest";

    /// <summary>Whether the header row of a file has a column <c>path</c>.</summary>
    internal static bool IsManifest(string file) => CsvText.FirstRow(file).Contains("path", StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a manifest; no image is decoded yet.</summary>
    /// <param name="path">The CSV file, or a folder with a file <c>manifest.csv</c>.</param>
    /// <exception cref="InvalidDataException">A row is wrong; the message names the file, the row and what it holds.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static new ManifestSource Open(string path)
    {
        var file = Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, FileName) : path);
        var images = new List<(ImageItem, string, long)>();
        var (first, real) = (new Dictionary<string, (string Given, long Row)>(), new RealPath());
        using var csv = CsvText.Open(file, hasHeader: true);
        if (!IsManifest(file))
            throw new InvalidDataException($"CSV file '{file}' has no column 'path' in its first row, as a manifest has.");
        while (csv.ReadRow(file))
        {
            string? Field(string name) =>
                csv.TryGetFieldIndex(name, out var column) && !csv.IsEmpty(column) ? csv.GetString(column) : null;
            string Absolute(string given) => !given.Contains('\0')
                ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, given.Replace('\\', '/')))
                : throw csv.Error(file, $"the path '{CsvText.Shorten(given)}' has a zero character in it");

            var given = Field("path") ?? throw csv.Error(file, "the path is empty");
            var id = given.Replace('\\', '/');
            // A picture under a second spelling, or through a link, could be learnt from and measured on.
            var place = real.OfFile(Absolute(given));
            if (!first.TryAdd(place, (given, csv.LineNumber)))
                throw csv.Error(file, first[place] is var (other, row) && other == given
                    ? $"'{given}' is listed in row {row} already" : $"'{given}' is listed in row {row} already, as '{other}'");
            var mask = Field("mask") is { } m ? Absolute(m) : null;
            if (mask is not null && !File.Exists(mask)) throw csv.Error(file, $"there is no mask '{mask}'");
            var pair = Field("pair") is { } second ? Absolute(second) : null;
            if (pair is not null && !File.Exists(pair)) throw csv.Error(file, $"there is no second capture '{pair}'");
            var split = Field("split") is { } name ? FolderSource.SplitOf(name)
                ?? throw csv.Error(file, $"the split '{CsvText.Shorten(name)}' is none of train, validation, test and empty")
                : null;
            images.Add((new ImageItem(id, Field("label"), split, Field("group"), mask, pair), Absolute(given), csv.LineNumber));
        }
        return images.Count > 0
            ? new ManifestSource(file, images)
            : throw new InvalidDataException($"CSV file '{file}' lists no images.");
    }

    /// <inheritdoc/>
    public override RasterImage Read(int index)
    {
        CheckExists(index);
        return base.Read(index);
    }

    /// <inheritdoc/>
    public override RasterImage Read(int index, Preprocessing preprocessing)
    {
        CheckExists(index);
        return base.Read(index, preprocessing);
    }

    private static string NameOf(string file) =>
        Path.GetFileName(file) == FileName
            ? Path.GetFileName(Path.GetDirectoryName(file))!
            : Path.GetFileNameWithoutExtension(file);

    private void CheckExists(int index)
    {
        if (!File.Exists(PathOf(index)))
            throw new FileNotFoundException($"CSV file '{_file}', row {_rows[index]}: there is no image '{PathOf(index)}'.");
    }
}
