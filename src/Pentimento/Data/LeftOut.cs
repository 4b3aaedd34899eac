namespace Pentimento.Data;

/// <summary>What a search for images could not look into or does not read, and a person should know of.</summary>
/// <param name="Folders">Folders that could not be read, each with the reason in one line.</param>
/// <param name="Formats">How many pictures there are of each format that is not read, by extension (".bmp"), the most first.</param>
public sealed record LeftOut(
    IReadOnlyList<SkippedImage> Folders, IReadOnlyList<KeyValuePair<string, int>> Formats)
{
    private const int MostFolders = 5;

    /// <summary>Nothing was left out.</summary>
    public static LeftOut Nothing { get; } = new([], []);

    /// <summary>A line for each folder (at most five, then how many more), and one for all formats; empty where there is nothing.</summary>
    public IReadOnlyList<string> Lines =>
    [
        .. Folders.Take(MostFolders).Select(folder => folder.Reason),
        .. Folders.Count > MostFolders ? new[] { $"{Folders.Count - MostFolders} more folders cannot be read" } : [],
        .. Formats.Count > 0 ? new[] { $"left out, as these formats are not read: {FormatsInWords}" } : [],
    ];

    /// <summary>As in "3 .bmp, 1 .psd"; empty where there are none.</summary>
    public string FormatsInWords => string.Join(", ", Formats.Select(format => $"{format.Value} {format.Key}"));
}
