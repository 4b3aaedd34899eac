namespace Pentimento.Data;

/// <summary>The sets that have a name, and where they lie on this machine.</summary>
internal static class NamedSets
{
    /// <summary>The environment variable that names a folder of sets.</summary>
    private const string Variable = "PENTIMENTO_DATA";

    private const string FashionMnist = "fashion-mnist", FashionMnistSample = "fashion-mnist-sample";
    private const string DebianFolder = "/usr/share/datasets/fashion-mnist";

    /// <summary>The folder of a set.</summary>
    /// <exception cref="FileNotFoundException">
    /// There is none of this name; the message says where was looked and what would help.
    /// </exception>
    public static string Find(string name)
    {
        var sets = Environment.GetEnvironmentVariable(Variable);
        var isName = name.AsSpan().IndexOfAny('/', '\\') < 0 && name is not ("." or "..");
        if (isName && Candidates(name, sets).FirstOrDefault(Directory.Exists) is { } folder) return folder;
        throw new FileNotFoundException(name switch
        {
            FashionMnist =>
                $"The set '{name}' is not on this machine: " +
                $"'apt-get install dataset-fashion-mnist' puts it into {DebianFolder}. " +
                $"Or give the path of a folder with its files, or use '{FashionMnistSample}'.",
            FashionMnistSample =>
                $"The set '{name}' is neither in {Path.Combine(AppContext.BaseDirectory, "data")} " +
                "nor in a folder 'data' above this one.",
            _ => $"There is no file or folder '{name}'" + (!isName ? "." :
                $", and no set of that name. Names are: {FashionMnist}, {FashionMnistSample}, and the folders " +
                (string.IsNullOrEmpty(sets)
                    ? $"in the one that the environment variable {Variable} names (it is not set)."
                    : $"in {sets} ({Variable}).")),
        });
    }

    private static IEnumerable<string> Candidates(string name, string? sets)
    {
        if (!string.IsNullOrEmpty(sets)) yield return Path.Combine(sets, name);
        if (name == FashionMnist) yield return DebianFolder;
        if (name != FashionMnistSample) yield break;
        // The build copies the sample beside the program; in a checkout it is some folders up.
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
            for (var above = new DirectoryInfo(start); above is not null; above = above.Parent)
                yield return Path.Combine(above.FullName, "data", name);
    }
}
