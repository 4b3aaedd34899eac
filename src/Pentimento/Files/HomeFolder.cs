namespace Pentimento.Files;

/// <summary>
/// Where Pentimento keeps what it remembers: <c>$PENTIMENTO_HOME</c>, else <c>pentimento</c> in the user's data folder
/// (<c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>, on Windows <c>%LOCALAPPDATA%</c>).
/// </summary>
public static class HomeFolder
{
    /// <summary>What to do where it cannot be written to, in a sentence.</summary>
    public const string Advice = "Set PENTIMENTO_HOME to a folder that can be written to.";

    /// <summary>The path of a file in it; neither need exist.</summary>
    public static string PathOf(string file) => PathIn(Environment.GetEnvironmentVariable("PENTIMENTO_HOME"), file);

    internal static string PathIn(string? home, string file) => Path.Combine(
        string.IsNullOrEmpty(home)
            ? Path.Combine(Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "pentimento")
            : home,
        file);
}
