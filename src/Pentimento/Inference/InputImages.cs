using Pentimento.Data;
using Pentimento.Files;

namespace Pentimento.Inference;

/// <summary>One file to work on.</summary>
/// <param name="Path">The file, as it was named or found.</param>
/// <param name="RelativePath">Its place below an output folder: the folders between input and file, and the file's name.</param>
public sealed record InputImage(string Path, string RelativePath);

/// <summary>Turns what a person names (files, folders, patterns) into a list of image files.</summary>
public static class InputImages
{
    /// <summary>The files of <see cref="Search"/>.</summary>
    /// <inheritdoc cref="Search"/>
    public static IReadOnlyList<InputImage> Find(
        IEnumerable<string> inputs, bool recursive = false, IEnumerable<string>? except = null) =>
        Search(inputs, recursive, except).Images;

    /// <summary>
    /// Finds the files: those of the first input, then those of the second, each in natural order ("2.png" before "10.png") and
    /// each file once. Files that are named are taken whatever their extension; folders and patterns give the visible
    /// files with an image's extension. Where several folders or patterns are named, the places of their files begin with the
    /// folder's name, so that the files of two folders stay apart.
    /// </summary>
    /// <param name="inputs">
    /// Files, folders and patterns. In a pattern * stands for any characters of a name, ? for one, and a folder ** for any
    /// folders. What exists under its literal name is no pattern.
    /// </param>
    /// <param name="recursive">Whether folders are searched with their sub-folders. Links to folders are not followed.</param>
    /// <param name="except">Folders below the inputs that are not searched, such as an output folder in the input folder.</param>
    /// <exception cref="ArgumentException">There is no input, one is blank, or a pattern has .. behind a * or ?.</exception>
    /// <exception cref="FileNotFoundException">An input does not exist, or there is no image in any of them.</exception>
    /// <returns>The files, and what else there is: folders that cannot be read, and pictures of other formats.</returns>
    /// <exception cref="IOException">A folder that was named cannot be read.</exception>
    public static (IReadOnlyList<InputImage> Images, LeftOut LeftOut) Search(
        IEnumerable<string> inputs, bool recursive = false, IEnumerable<string>? except = null)
    {
        var roots = inputs.Select(Parse).ToArray();
        if (roots.Length == 0) throw new ArgumentException("There is no input; name files, folders or patterns.", nameof(inputs));
        var prefixed = roots.Where(root => !root.IsFile).Select(root => FullFolder(root.Path)).Distinct().Count() > 1;
        var real = new RealPath();
        var closed = (except ?? []).Select(real.Of).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (found, folders, formats) = (new List<InputImage>(), new Dictionary<string, SkippedImage>(), new Dictionary<string, int>());
        foreach (var root in roots)
        {
            var prefix = prefixed ? Path.GetFileName(FullFolder(root.Path)) : "";
            var listing = new FolderListing(root.Path);
            foreach (var file in Files(listing, root, recursive, folder => closed.Contains(real.Of(folder))))
            {
                var place = root.IsFile ? Path.GetFileName(file) : Path.Combine(prefix, Path.GetRelativePath(root.Path, file));
                if (seen.Add(real.OfEntry(file))) found.Add(new InputImage(file, place));
            }
            foreach (var folder in listing.LeftOut.Folders) folders.TryAdd(real.OfEntry(folder.Id), folder);
            foreach (var (format, count) in listing.LeftOut.Formats) formats[format] = formats.GetValueOrDefault(format) + count;
        }
        var leftOut = new LeftOut([.. folders.Values], [.. formats.OrderByDescending(format => format.Value)]);
        return found.Count > 0 ? (found, leftOut) : throw new FileNotFoundException(NothingIn(roots, recursive, leftOut));
    }

    private static InputRoot Parse(string input)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(input);
        if (File.Exists(input)) return new InputRoot(input, input, IsFile: true, Pattern: []);
        if (Directory.Exists(input)) return new InputRoot(input, input, IsFile: false, Pattern: []);
        var parts = input.Split('/', Path.DirectorySeparatorChar);
        var fixedParts = parts.TakeWhile(part => !IsPattern(part)).Count();
        if (fixedParts == parts.Length) throw FileName.Fault(input) is { } fault
            ? new InvalidDataException($"{input}: {fault}") : new FileNotFoundException($"There is no file or folder '{input}'.", input);
        if (parts[fixedParts..].Contains("..")) // its files would have places outside the output folder
            throw new ArgumentException($"The pattern '{input}' has .. behind its first * or ?; name the folder itself.");
        var folder = string.Join(Path.DirectorySeparatorChar, parts[..fixedParts]);
        if (folder.Length == 0) folder = fixedParts == 0 ? "." : Path.DirectorySeparatorChar.ToString();
        if (!Directory.Exists(folder)) throw new FileNotFoundException($"There is no folder '{folder}' (of '{input}').", input);
        string[] pattern = parts[^1] == "**" ? [.. parts[fixedParts..], "*"] : parts[fixedParts..];
        return new InputRoot(input, folder, IsFile: false, pattern);
    }

    private static string FullFolder(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool IsPattern(string part) => part.Contains('*') || part.Contains('?');

    private static IEnumerable<string> Files(FolderListing listing, InputRoot root, bool recursive, Func<string, bool> isClosed)
    {
        if (root.IsFile) return [root.Path];
        string[] pattern = root.Pattern.Length > 0 ? root.Pattern : recursive ? ["**", "*"] : ["*"];
        return Match(listing, root.Path, pattern, isClosed).Distinct().Order(NaturalOrder.Comparer).ToArray();
    }

    private static IEnumerable<string> Match(FolderListing listing, string folder, string[] pattern, Func<string, bool> isClosed)
    {
        var (part, rest) = (pattern[0], pattern[1..]);
        if (rest.Length == 0) return listing.Images(folder, part);
        if (!IsPattern(part))
        {
            var next = Path.Combine(folder, part);
            return Directory.Exists(next) ? Match(listing, next, rest, isClosed) : [];
        }
        // A folder ** stands for none (here) or for any one with ** again (below).
        var here = part == "**" ? Match(listing, folder, rest, isClosed) : [];
        var below = listing.Folders(folder, part == "**" ? "*" : part)
            .Where(next => new DirectoryInfo(next).LinkTarget is null && !isClosed(next))
            .SelectMany(next => Match(listing, next, part == "**" ? pattern : rest, isClosed));
        return here.Concat(below);
    }

    private static string NothingIn(InputRoot[] roots, bool recursive, LeftOut leftOut)
    {
        var folders = roots.Any(root =>
            root.Pattern.Length == 0 && !root.IsFile && new FolderListing(root.Path).Folders(root.Path).Count > 0);
        return $"There are no images in {string.Join(", ", roots.Select(root => $"'{root.Input}'"))}"
            + (folders && !recursive ? "; sub-folders are not searched unless asked for." : ".")
            + string.Concat(leftOut.Lines.Select(line => $" {line}."));
    }

    /// <summary>An input: a file, or a folder to search (with a pattern for the names below it).</summary>
    private sealed record InputRoot(string Input, string Path, bool IsFile, string[] Pattern);
}
