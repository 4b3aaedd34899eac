namespace Pentimento.Data;

/// <summary>
/// A folder as MVTec AD has it: <c>train/good</c>, <c>test/KIND</c> for every kind of fault and <c>good</c>, and the masks
/// <c>ground_truth/KIND/NAME_mask.png</c> (or <c>NAME.png</c>). The kind is the label.
/// </summary>
public sealed class MvtecSource : FileSource
{
    /// <summary>The label of images without fault.</summary>
    public const string Good = "good";

    private MvtecSource(string folder, List<(ImageItem Item, string Path)> files, LeftOut leftOut)
        : base(Path.GetFileName(folder), [.. files.Select(f => f.Item)], [.. files.Select(f => f.Path)]) => LeftOut = leftOut;

    /// <inheritdoc/>
    public override string Kind => "MVTec layout";

    /// <summary>
    /// Whether a folder has the layout: <c>train</c> with nothing but <c>good</c> in it, and <c>test</c> with sub-folders.
    /// </summary>
    internal static bool IsLayout(string folder)
    {
        var (train, test, listing) = (Path.Combine(folder, "train"), Path.Combine(folder, "test"), new FolderListing(folder));
        return Directory.Exists(train) && Directory.Exists(test)
            && listing.Folders(train).ConvertAll(f => Path.GetFileName(f)) is [Good]
            && listing.Folders(test).Count > 0;
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
        var (files, listing) = (new List<(ImageItem, string)>(), new FolderListing(full));
        foreach (var split in new[] { ImageItem.TrainSplit, ImageItem.TestSplit })
            foreach (var kind in listing.Folders(Path.Combine(full, split)))
                foreach (var file in listing.Images(kind))
                {
                    var label = Path.GetFileName(kind);
                    var mask = split == ImageItem.TestSplit && label != Good ? Mask(full, label, file) : null;
                    files.Add((new ImageItem(FolderListing.RelativeId(full, file), label, split, Mask: mask), file));
                }
        return new MvtecSource(full, files, listing.LeftOut);
    }

    // A set may come without masks, but not without some of them.
    private static string? Mask(string root, string kind, string file)
    {
        var folder = Path.Combine(root, "ground_truth", kind);
        if (!Directory.Exists(folder)) return null;
        var name = Path.Combine(folder, Path.GetFileNameWithoutExtension(file));
        return new[] { "_mask.png", ".png", "_mask.bmp", "_mask.jpg", "_mask.tif", "_mask.tiff", ".jpg", ".tif", ".tiff" }
            .Select(ending => name + ending).FirstOrDefault(File.Exists)
            ?? throw new InvalidDataException($"The image '{file}' has no mask '{name}_mask.png'.");
    }
}
