using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>Lists image files and folders in natural order, without hidden ones.</summary>
internal static class FolderListing
{
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden,
        IgnoreInaccessible = false,
    };

    /// <summary>The image files that lie directly in a folder.</summary>
    public static List<string> Images(string folder) =>
        List(folder, () => Directory.EnumerateFiles(folder, "*", Visible).Where(f => ImageFile.IsImage(f)));

    /// <summary>The folders that lie directly in a folder.</summary>
    public static List<string> Folders(string folder) =>
        List(folder, () => Directory.EnumerateDirectories(folder, "*", Visible).Where(f => Path.GetFileName(f) != "__MACOSX"));

    /// <summary>The image files in a folder and in all folders below, which may be links only at the top.</summary>
    public static IEnumerable<string> ImagesBelow(string folder) =>
        Images(folder).Concat(Folders(folder).Where(f => new DirectoryInfo(f).LinkTarget is null).SelectMany(ImagesBelow));

    /// <summary>A path relative to a folder, the same on every system: with "/" between its parts.</summary>
    public static string RelativeId(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private static List<string> List(string folder, Func<IEnumerable<string>> enumerate)
    {
        try
        {
            var names = enumerate().ToList();
            names.Sort(NaturalOrder.Comparer);
            return names;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Cannot read folder '{folder}': {e.Message}", e);
        }
    }
}
