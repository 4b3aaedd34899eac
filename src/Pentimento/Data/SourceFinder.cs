namespace Pentimento.Data;

/// <summary>Recognises what kind of set a path or a name is.</summary>
internal static class SourceFinder
{
    public static ImageSource Open(string pathOrName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrName);
        try
        {
            return File.Exists(pathOrName) ? OpenFile(pathOrName)
                : OpenFolder(Directory.Exists(pathOrName) ? pathOrName : NamedSets.Find(pathOrName), pathOrName);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Cannot read '{pathOrName}': {e.Message}", e);
        }
    }

    private static ImageSource OpenFile(string file)
    {
        if (IdxSource.IsImagesFile(file)) return IdxSource.Open(file);
        if (file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return ManifestSource.IsManifest(file) ? ManifestSource.Open(file)
                : CsvSource.IsPixelFile(file) ? CsvSource.Open(file)
                : throw new InvalidDataException(
                    $"CSV file '{file}' has neither a column 'path' in its first row (a manifest) " +
                    "nor 785 columns (a label and 28×28 values).");
        return Imaging.ImageFile.IsImage(file) ? FolderSource.Open(file) : throw new InvalidDataException(
            $"The file '{file}' is no set of images: " +
            "neither named like 'train-images-idx3-ubyte.gz', nor a CSV file, nor an image.");
    }

    private static ImageSource OpenFolder(string folder, string asked)
    {
        if (IdxSource.ImagesFiles(folder).Count > 0) return IdxSource.Open(folder);
        if (File.Exists(Path.Combine(folder, ManifestSource.FileName))) return ManifestSource.Open(folder);
        if (MvtecSource.IsLayout(folder)) return MvtecSource.Open(folder);
        var listing = new FolderListing(folder);
        if (listing.ImagesBelow(folder).Any()) return FolderSource.Open(folder);
        if (CsvSource.PixelFiles(folder).Count > 0) return CsvSource.Open(folder);
        throw new InvalidDataException(
            $"The folder '{asked}' holds no set of images. Looked for: IDX files named like 'train-images-idx3-ubyte.gz'; " +
            $"'{ManifestSource.FileName}'; the MVTec layout 'train/good' and 'test'; " +
            "image files here or in sub-folders; CSV files with 785 columns."
            + string.Concat(listing.LeftOut.Lines.Select(line => $" {line}.")));
    }
}
