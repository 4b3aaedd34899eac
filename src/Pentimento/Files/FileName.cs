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

    /// <summary>Why a path cannot be opened although a folder lists it, in words; null where its name is not the reason.</summary>
    /// <remarks>.NET shows each byte that is no UTF-8 as U+FFFD, and finds nothing under the name that it shows.</remarks>
    public static string? Fault(string path) =>
        path.Contains('\uFFFD', StringComparison.Ordinal) && !Path.Exists(path) ? "its name is not UTF-8; rename it" : null;

    /// <summary>
    /// A text for one line on a terminal: control characters, which could move its cursor or break the line, and marks that turn
    /// the direction of writing are spelled out, as \n, \x1b, \u202e.
    /// </summary>
    public static string Printable(string text)
    {
        if (!text.Any(IsUnprintable)) return text;
        var spelled = new StringBuilder();
        foreach (var c in text)
            spelled.Append(!IsUnprintable(c) ? c.ToString() : c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < '\u0100' => $"\\x{(int)c:x2}",
                _ => $"\\u{(int)c:x4}",
            });
        return spelled.ToString();
    }

    private static bool IsUnprintable(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029'
            or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

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
