using Pentimento.Files;

namespace Pentimento.Inference;

/// <summary>Decides before any work where results go; refuses what would put one over an original or another result.</summary>
internal static class OutputPlan
{
    // On Linux names that differ in case are different files.
    private static readonly StringComparer s_names =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The output path of each input.</summary>
    /// <param name="images">The inputs.</param>
    /// <param name="folder">The output folder; it need not exist.</param>
    /// <param name="name">The place of a result below the output folder, from the input's place.</param>
    /// <param name="others">Another plan of the same run, or null.</param>
    /// <exception cref="ArgumentException">
    /// The folder is a file, or a result would replace an input (through links or other spellings too) or another result.
    /// </exception>
    /// <exception cref="IOException">The output folder cannot be made.</exception>
    public static IReadOnlyDictionary<InputImage, string> Create(
        IReadOnlyList<InputImage> images, string folder, Func<string, string> name,
        IReadOnlyDictionary<InputImage, string>? others = null)
    {
        var real = new RealPath();
        var originals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            originals.TryAdd(Key(real.OfEntry(image.Path)), image.Path);
            originals.TryAdd(Key(real.Of(image.Path)), image.Path); // an input may be a link to the original
        }
        var plan = new Dictionary<InputImage, string>();
        var taken = new Dictionary<string, string>(s_names);
        foreach (var (image, output) in others ?? plan) taken[real.OfEntry(output)] = image.Path;
        foreach (var image in images)
        {
            var output = Path.Combine(folder, name(image.RelativePath));
            var entry = real.OfEntry(output);
            if (originals.TryGetValue(Key(entry), out var original))
                throw new ArgumentException(
                    $"The result of '{image.Path}' would overwrite the original '{original}'; choose another output folder.");
            if (!taken.TryAdd(entry, image.Path))
                throw new ArgumentException(
                    $"'{taken[entry]}' and '{image.Path}' would both become '{output}'; give them different output folders.");
            plan[image] = output;
        }
        Make(folder);
        return plan;
    }

    // The folder is spelt as on the disk; a name that differs in case alone is refused even where it would be another file.
    private static string Key(string entry) =>
        Path.Combine(Path.GetDirectoryName(entry) ?? "", Path.GetFileName(entry).ToUpperInvariant());

    private static void Make(string folder)
    {
        if (File.Exists(folder)) throw new ArgumentException($"The output folder '{folder}' is a file.");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The output folder '{folder}' cannot be made: {e.Message}", e);
        }
    }
}
