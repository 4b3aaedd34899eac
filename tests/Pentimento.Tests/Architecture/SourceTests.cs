using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Pentimento.Tests.Architecture;

/// <summary>What no compiler looks at in the source.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void No_line_is_longer_than_the_editor_is_told()
    {
        var root = Root();
        var longest = int.Parse(MaxLineLength().Match(File.ReadAllText(Path.Combine(root, ".editorconfig"))).Groups[1].ValueSpan);
        var files = new[] { "src", "tests", "samples", "bench", "build" }
            .SelectMany(folder => Sources(Path.Combine(root, folder))).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > longest
            select $"{Path.GetRelativePath(root, file)}:{line.Index + 1} has {line.Item.Length} characters");
    }

    [Fact]
    public void Files_are_opened_for_reading_in_one_place_that_refuses_pipes_and_devices()
    {
        string[] allowed = ["InputFile.cs"];
        var library = Path.Combine(Root(), "src");
        Assert.Empty(
            from file in Sources(library)
            where !allowed.Contains(Path.GetFileName(file))
            from line in File.ReadLines(file).Index()
            where OpensForReading().IsMatch(line.Item) && !line.Item.Contains("/proc/", StringComparison.Ordinal)
                && !line.Item.Contains("LinuxFile", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(library, file)}:{line.Index + 1} is to use {nameof(Pentimento.Files.InputFile)}");
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Intersect(["obj", "bin"]).Any());

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "../../../.."));

    [GeneratedRegex(@"^max_line_length = (\d+)", RegexOptions.Multiline)]
    private static partial Regex MaxLineLength();

    [GeneratedRegex(@"(?<!\w)(File\.(OpenRead|OpenText|ReadAll\w+|ReadLines)|FileMode\.Open\b|new StreamReader\((?!InputFile))")]
    private static partial Regex OpensForReading();
}
