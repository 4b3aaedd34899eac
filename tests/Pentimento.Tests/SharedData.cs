namespace Pentimento.Tests;

/// <summary>Data that lies beside the repository where it is developed; tests that need it are skipped elsewhere.</summary>
internal static class SharedData
{
    /// <summary>A file or folder below "shared/data", or a visible skip.</summary>
    public static string Find(params string[] parts)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var path = Path.Combine([folder, "shared", "data", .. parts]);
            if (Path.Exists(path)) return path;
        }
        Assert.Skip($"There is no shared/data/{string.Join('/', parts)} above the tests.");
        return "";
    }
}
