using System.Collections.Frozen;
using Pentimento.Files;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// Lists image files and folders in natural order, for sets and for files to work on alike. What is hidden, and what systems and
/// programs put beside pictures (thumbnails, recycle bins, snapshots), is passed over; what cannot be read below the root or is a
/// picture of a format that is not read is remembered, so that it can be said. Not thread-safe.
/// </summary>
/// <param name="root">The folder that was named: what keeps it from being read is an error.</param>
internal sealed class FolderListing(string root)
{
    private static readonly EnumerationOptions s_visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden,
        IgnoreInaccessible = false,
    };

    // Synology, QNAP, macOS, Windows, Samba. Names that begin with a dot are hidden anyway.
    private static readonly FrozenSet<string> s_clutter = new[]
    {
        "@eaDir", "@tmp", "@Recycle", "@Recently-Snapshot", "@__thumb", "@SynoResource", "#recycle", "#snapshot", "~snapshot",
        "__MACOSX", "$RECYCLE.BIN", "RECYCLER", "System Volume Information", "Network Trash Folder", "Temporary Items", "Thumbs.db",
        "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Icon\r",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_pictures = new[]
    {
        ".bmp", ".dib", ".heic", ".heif", ".hif", ".psd", ".psb", ".xcf", ".kra", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".jxl",
        ".jxr", ".wdp", ".hdp", ".tga", ".ico", ".icns", ".cur", ".pcx", ".ppm", ".pgm", ".pbm", ".pnm", ".pam", ".pfm", ".exr", ".hdr",
        ".svg", ".svgz", ".eps", ".ai", ".wmf", ".emf", ".dds", ".sgi", ".ras", ".qoi", ".bpg", ".flif", ".mng", ".jng", ".apng", ".avifs",
        ".jps", ".mpo", ".pct", ".pict", ".djvu", ".dcm", ".fits", ".fit", ".svs", ".ndpi", ".webm", ".raw", ".dng", ".cr2", ".cr3",
        ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".srw", ".x3f", ".erf", ".kdc", ".dcr", ".mrw",
        ".3fr", ".fff", ".iiq", ".mef", ".mos", ".rwl", ".gpr",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
    private readonly SortedDictionary<string, string> _unreadable = new(NaturalOrder.Comparer);
    private readonly HashSet<string> _otherFormats = new(StringComparer.Ordinal);

    /// <summary>What has been left out so far.</summary>
    public LeftOut LeftOut => new(
        [.. _unreadable.Select(folder => new SkippedImage(folder.Key, folder.Value))],
        [.. _otherFormats.CountBy(file => Path.GetExtension(file).ToLowerInvariant())
            .OrderByDescending(format => format.Value).ThenBy(format => format.Key, StringComparer.Ordinal)]);

    /// <summary>Whether a file or folder is hidden, or nothing that a person put there.</summary>
    /// <param name="path">A name, or a path that ends with it.</param>
    public static bool IsPassedOver(string path) =>
        Path.GetFileName(path) is var name && (name.StartsWith('.') || s_clutter.Contains(name));

    /// <summary>The image files that lie directly in a folder and match a pattern (of *, ?).</summary>
    public List<string> Images(string folder, string pattern = "*")
    {
        var files = List(folder, () => Directory.EnumerateFiles(folder, pattern, s_visible));
        _otherFormats.UnionWith(files.Where(file => !ImageFile.IsImage(file) && s_pictures.Contains(Path.GetExtension(file))));
        return files.FindAll(ImageFile.IsImage);
    }

    /// <summary>The folders that lie directly in a folder and match a pattern; no link that leads back up.</summary>
    public List<string> Folders(string folder, string pattern = "*") =>
        List(folder, () => Directory.EnumerateDirectories(folder, pattern, s_visible).Where(next => !LeadsUp(next)));

    /// <summary>The image files in a folder and in all folders below, which may be links only at the top.</summary>
    public IEnumerable<string> ImagesBelow(string folder) =>
        Images(folder).Concat(Folders(folder).Where(f => new DirectoryInfo(f).LinkTarget is null).SelectMany(ImagesBelow));

    /// <summary>A path relative to a folder, the same on every system: with "/" between its parts.</summary>
    public static string RelativeId(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    // Two names that are no UTF-8 may read the same; there is no use in naming one that cannot be opened twice.
    private List<string> List(string folder, Func<IEnumerable<string>> enumerate)
    {
        try
        {
            var names = enumerate().Where(path => !IsPassedOver(path)).Distinct().ToList();
            names.Sort(NaturalOrder.Comparer);
            return names;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            var reason = FileName.Fault(folder) ?? (e is UnauthorizedAccessException ? "no permission" : e.Message.ReplaceLineEndings(" "));
            var line = $"{folder}: this folder cannot be read: {reason}";
            if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) == _root) throw new IOException(line, e);
            _unreadable[folder] = line;
            return [];
        }
    }

    private static bool LeadsUp(string folder)
    {
        if (new DirectoryInfo(folder).LinkTarget is null) return false;
        try
        {
            var real = new RealPath();
            var (target, above) = (real.Of(folder), real.Of(Path.GetDirectoryName(Path.GetFullPath(folder))!));
            var below = Path.TrimEndingDirectorySeparator(target) + Path.DirectorySeparatorChar;
            return above == target || above.StartsWith(below, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // links without end
        }
    }
}
