namespace Pentimento.Data;

/// <summary>
/// A folder as MVTec AD has it: <c>train/good</c>, <c>test/KIND</c> for every kind of fault and <c>good</c>, and the masks
/// <c>ground_truth/KIND/NAME_mask.png</c>. The kind is the label.
/// </summary>
public sealed class MvtecSource : FileSource
{
    /// <summary>The label of images without fault.</summary>
    public const string Good = "good";

    private MvtecSource(string folder, List<(ImageItem Item, string Path)> files)
        : base(Path.GetFileName(folder), [.. files.Select(f => f.Item)], [.. files.Select(f => f.Path)])
    {
    }

    /// <inheritdoc/>
    public override string Kind => "MVTec layout";

    /// <summary>
    /// Whether a folder has the layout: <c>train</c> with nothing but <c>good</c> in it, and <c>test</c> with sub-folders.
    /// </summary>
    internal static bool IsLayout(string folder)
    {
        var (train, test) = (Path.Combine(folder, "train"), Path.Combine(folder, "test"));
        return Directory.Exists(train) && Directory.Exists(test)
            && FolderListing.Folders(train).ConvertAll(f => Path.GetFileName(f)) is [Good]
            && FolderListing.Folders(test).Count > 0;
    }

    /// <summary>Lists a folder; nothing is decoded yet.</summary>
    /// <param name="folder">The folder of one object or texture, as <c>bottle</c>.</param>
    /// <exception cref="InvalidDataException">
    /// The folder has another layout, or a faulty image has no mask beside others that have.
    /// </exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static new MvtecSource Open(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!IsLayout(full))
            throw new InvalidDataException(
                $"The folder '{folder}' has no 'train/good' and 'test' with a sub-folder for every kind.");
        var files = new List<(ImageItem, string)>();
        foreach (var split in new[] { ImageItem.TrainSplit, ImageItem.TestSplit })
            foreach (var kind in FolderListing.Folders(Path.Combine(full, split)))
                foreach (var file in FolderListing.Images(kind))
                {
                    var label = Path.GetFileName(kind);
                    var mask = split == ImageItem.TestSplit && label != Good ? Mask(full, label, file) : null;
                    files.Add((new ImageItem(FolderListing.RelativeId(full, file), label, split, Mask: mask), file));
                }
        return new MvtecSource(full, files);
    }

    // A set may come without masks, but not without some of them.
    private static string? Mask(string root, string kind, string file)
    {
        var folder = Path.Combine(root, "ground_truth", kind);
        if (!Directory.Exists(folder)) return null;
        var name = Path.GetFileNameWithoutExtension(file);
        var mask = Path.Combine(folder, name + "_mask.png");
        return File.Exists(mask) ? mask : throw new InvalidDataException($"The image '{file}' has no mask '{mask}'.");
    }
}
