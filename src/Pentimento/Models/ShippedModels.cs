namespace Pentimento.Models;

/// <summary>Models that come with Pentimento: files in the folder "models" beside the program.</summary>
public static class ShippedModels
{
    /// <summary>The environment variable that names another folder to look in first.</summary>
    public const string Variable = "PENTIMENTO_MODELS";

    /// <summary>The blind colour denoiser, which needs no training: "blind".</summary>
    public const string BlindDenoiser = "blind";

    /// <summary>The denoiser for white noise, better there and worse on a camera's: "white".</summary>
    public const string WhiteDenoiser = "white";

    /// <summary>The denoiser that is told how strong the noise is, for all but white noise: "told".</summary>
    public const string ToldDenoiser = "told";

    /// <summary>Not a file but those of which each picture gets the one for its noise: "shipped".</summary>
    public const string AllDenoisers = "shipped";

    /// <summary>The file of a shipped model where a name such as <see cref="WhiteDenoiser"/> is given, else what is given.</summary>
    /// <param name="pathOrName">A file comes before a shipped model of the same name.</param>
    public static string FileOf(string pathOrName) => File.Exists(pathOrName) ? pathOrName : Search(pathOrName) ?? pathOrName;

    /// <summary>The file of a shipped model.</summary>
    /// <param name="name">Its name without extension, such as <see cref="BlindDenoiser"/>.</param>
    /// <exception cref="FileNotFoundException">It does not come with this build; the message says what to do.</exception>
    public static string Find(string name) => Search(name) ?? throw new FileNotFoundException(
        $"This build of Pentimento comes without the model '{name}'; name a model file with --model " +
        $"('pentimento train denoise' makes one), or a folder that holds {name}.pent with the environment variable {Variable}.");

    private static string? Search(string name)
    {
        if (name != Path.GetFileName(name)) return null;
        var folders = new[] { Environment.GetEnvironmentVariable(Variable), Path.Combine(AppContext.BaseDirectory, "models") };
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, name + ".pent"))
            .FirstOrDefault(File.Exists);
    }
}
