namespace Pentimento.Data;

/// <summary>
/// Image files in a folder: directly in it, or in one sub-folder per class, which may have folders of their own. Sub-folders that
/// are called <c>train</c>, <c>test</c>, <c>val</c>, <c>valid</c> or <c>validation</c> are splits, each with such a folder
/// inside.
/// </summary>
public sealed class FolderSource : FileSource
{
    private FolderSource(string kind, string folder, List<(ImageItem Item, string Path)> files, LeftOut? leftOut = null)
        : base(Path.GetFileName(folder), [.. files.Select(f => f.Item)], [.. files.Select(f => f.Path)]) =>
        (Kind, LeftOut) = (kind, leftOut ?? LeftOut.Nothing);

    /// <inheritdoc/>
    public override string Kind { get; }

    /// <summary>Lists a folder, or one image file on its own. Hidden files are left out; nothing is decoded yet.</summary>
    /// <param name="path">The folder or the image file.</param>
    /// <exception cref="InvalidDataException">
    /// There are no images, or both images and classes lie directly in the folder.
    /// </exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static new FolderSource Open(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full)) return new FolderSource("image file", full, [(new ImageItem(Path.GetFileName(full)), full)]);

        var listing = new FolderListing(full);
        var folders = listing.Folders(full).FindAll(f => listing.ImagesBelow(f).Any());
        var splits = folders.ConvertAll(SplitOf);
        var isDivided = splits.Contains(ImageItem.TrainSplit) && !splits.Contains(null) && listing.Images(full).Count == 0;
        var files = isDivided
            ? folders.Zip(splits).SelectMany(f => Classes(listing, full, f.First, f.Second)).ToList()
            : Classes(listing, full, full, split: null);
        if (files.Count == 0) throw new InvalidDataException(
            $"The folder '{path}' holds no images{(listing.LeftOut.Lines is [var first, ..] ? $"; {first}" : "")}.");
        var kind = files.Exists(f => f.Item.Label is not null) ? "folder with classes" : "folder of images";
        return new FolderSource(isDivided ? kind + " and splits" : kind, full, files, listing.LeftOut);
    }

    /// <summary>The split that a folder's name stands for, or null.</summary>
    internal static string? SplitOf(string folder) => Path.GetFileName(folder).ToLowerInvariant() switch
    {
        "train" or "training" => ImageItem.TrainSplit,
        "test" or "testing" => ImageItem.TestSplit,
        "val" or "valid" or "validation" => ImageItem.ValidationSplit,
        _ => null,
    };

    private static List<(ImageItem Item, string Path)> Classes(FolderListing listing, string root, string folder, string? split)
    {
        var loose = listing.Images(folder);
        var classes = listing.Folders(folder).FindAll(f => listing.ImagesBelow(f).Any());
        if (loose.Count > 0 && classes.Count > 0)
            throw new InvalidDataException(
                $"The folder '{folder}' holds {loose.Count} images beside sub-folders with images " +
                $"('{Path.GetFileName(classes[0])}'). Put either all images into one sub-folder per class, or none.");
        return
        [
            .. loose.Select(f => Item(f, label: null)),
            .. classes.SelectMany(c => listing.ImagesBelow(c).Select(f => Item(f, Path.GetFileName(c)))),
        ];

        (ImageItem Item, string Path) Item(string file, string? label) =>
            (new ImageItem(FolderListing.RelativeId(root, file), label, split), file);
    }
}
