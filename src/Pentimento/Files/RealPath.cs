namespace Pentimento.Files;

/// <summary>
/// Where paths lead: absolute, without symbolic links, and in the spelling of the disk where the file system takes upper and
/// lower case for the same. Remembers folders, so it is made for one piece of work and thrown away. Not thread-safe.
/// </summary>
public sealed class RealPath
{
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>Where a path leads; the part of it that does not exist stays as it is.</summary>
    /// <exception cref="IOException">A chain of links has no end.</exception>
    public string Of(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.GetDirectoryName(full) is { } parent ? Step(Folder(parent), Path.GetFileName(full)) : full;
    }

    /// <summary>Where a file's folder leads, with the file's own name behind it: what a rename to that name replaces.</summary>
    /// <exception cref="IOException">A chain of links has no end.</exception>
    public string OfEntry(string path)
    {
        var full = Path.GetFullPath(path);
        return Path.GetDirectoryName(full) is { } parent ? Path.Combine(Folder(parent), Path.GetFileName(full)) : full;
    }

    /// <summary>
    /// Where a path to a file leads, through links, in the spelling that it has: unlike <see cref="Of"/> it looks through no folder,
    /// so that it is quick for many files.
    /// </summary>
    public string OfFile(string path)
    {
        try
        {
            var entry = OfEntry(path);
            return new FileInfo(entry).LinkTarget is not null && File.ResolveLinkTarget(entry, returnFinalTarget: true) is { } target
                ? OfEntry(target.FullName) : entry;
        }
        catch (IOException)
        {
            return Path.GetFullPath(path); // links without end; whoever opens it says so
        }
    }

    private string Folder(string folder) => _folders.TryGetValue(folder, out var known) ? known : _folders[folder] = Of(folder);

    private string Step(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!Path.Exists(path) && new FileInfo(path).LinkTarget is null) return path;
        if (File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target) return Of(target.FullName);
        return Path.Combine(folder, Spelling(folder, name));
    }

    private static string Spelling(string folder, string name)
    {
        try
        {
            var alike = Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry))
                .Where(entry => entry.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
            return alike.Length == 0 || alike.Contains(name) ? name : alike[0];
        }
        catch (UnauthorizedAccessException)
        {
            return name;
        }
    }
}
