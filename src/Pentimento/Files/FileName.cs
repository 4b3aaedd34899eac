using System.Text;

namespace Pentimento.Files;

/// <summary>Names of files that are made from the names of others, within what file systems take.</summary>
public static class FileName
{
    /// <summary>The most bytes that a name may have in UTF-8; on Windows and macOS it is the most UTF-16 units.</summary>
    public const int Longest = 255;

    private const int HashDigits = 16;

    /// <summary>How much of <see cref="Longest"/> a name takes on this system.</summary>
    public static int Length(string name) => OperatingSystem.IsLinux() ? Encoding.UTF8.GetByteCount(name) : name.Length;

    /// <summary>Sixteen hexadecimal digits that stand for a name.</summary>
    internal static string Hash(string name) => ContentHash.Of(Encoding.UTF8.GetBytes(name))[..HashDigits];

    /// <summary>
    /// A path with an ending behind its name. Where that would be too long, the name is cut, and a hash of it takes the place
    /// of the rest, so that names which begin alike stay apart.
    /// </summary>
    /// <param name="path">The path; its folders stay as they are.</param>
    /// <param name="ending">Such as ".json".</param>
    public static string With(string path, string ending)
    {
        var name = Path.GetFileName(path);
        if (Length(name + ending) <= Longest) return path + ending;
        var hash = Hash(name);
        var kept = new StringBuilder();
        var room = Longest - Length($"~{hash}{ending}");
        foreach (var rune in name.EnumerateRunes())
        {
            room -= Length(rune.ToString());
            if (room < 0) break;
            kept.Append(rune);
        }
        return Path.Combine(Path.GetDirectoryName(path) ?? "", $"{kept}~{hash}{ending}");
    }
}
