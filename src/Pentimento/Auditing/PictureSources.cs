using System.Text.RegularExpressions;
using Pentimento.Data;

namespace Pentimento.Auditing;

/// <summary>Where pictures come from, as far as that is known.</summary>
internal static class PictureSources
{
    /// <summary>
    /// The source of each picture: by a pattern, by the set's groups, by its folders, or by the files' headers.
    /// </summary>
    /// <param name="items">The pictures.</param>
    /// <param name="signatures">Of their files' headers; null where there is none.</param>
    /// <param name="pattern">
    /// A regular expression on the picture's id, whose first group (or whole match) is the source; or null.
    /// </param>
    /// <returns>One name a picture, null where it is unknown, and how they are known; null where nothing is known.</returns>
    /// <exception cref="ArgumentException">The pattern is no regular expression, or fits no picture.</exception>
    public static (string?[] Sources, string From)? Of(
        IReadOnlyList<ImageItem> items, IReadOnlyList<string?> signatures, string? pattern)
    {
        if (pattern is not null) return (ByPattern(items, pattern), $"the pattern {pattern}");
        if (Several(items.Select(i => i.Group)) is { } groups) return (groups, "the groups of the set");
        if (Several(items.Select(i => i.Label)) is { } folders) return (folders, "the folders of the set");
        return Several(signatures) is { } headers ? (headers, "the headers of the files") : null;
    }

    private static string?[]? Several(IEnumerable<string?> names)
    {
        string?[] all = [.. names];
        return all.OfType<string>().Distinct().Count() > 1 ? all : null;
    }

    private static string?[] ByPattern(IReadOnlyList<ImageItem> items, string pattern)
    {
        try
        {
            var expression = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            string?[] sources = [.. items.Select(item => expression.Match(item.Id) is { Success: true } match
                ? match.Groups.Count > 1 ? match.Groups[1].Value : match.Value : null)];
            return sources.Any(s => s is not null) ? sources
                : throw new ArgumentException($"The pattern '{pattern}' fits no picture; '{items[0].Id}' is one.");
        }
        catch (Exception e) when (e is RegexParseException or RegexMatchTimeoutException)
        {
            throw new ArgumentException($"The pattern '{pattern}' cannot be used: {e.Message}", e);
        }
    }
}
