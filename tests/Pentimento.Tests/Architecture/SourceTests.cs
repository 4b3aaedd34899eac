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

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Intersect(["obj", "bin"]).Any());

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "../../../.."));

    [GeneratedRegex(@"^max_line_length = (\d+)", RegexOptions.Multiline)]
    private static partial Regex MaxLineLength();
}
