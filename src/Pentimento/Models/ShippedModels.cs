namespace Pentimento.Models;

/// <summary>Models that come with Pentimento: files in the folder "models" beside the program.</summary>
public static class ShippedModels
{
    /// <summary>The environment variable that names another folder to look in first.</summary>
    public const string Variable = "PENTIMENTO_MODELS";

    /// <summary>The blind colour denoiser, which needs no training: "blind".</summary>
    public const string BlindDenoiser = "blind";

    /// <summary>The file of a shipped model.</summary>
    /// <param name="name">Its name without extension, such as <see cref="BlindDenoiser"/>.</param>
    /// <exception cref="FileNotFoundException">It does not come with this build; the message says what to do.</exception>
    public static string Find(string name)
    {
        var folders = new[] { Environment.GetEnvironmentVariable(Variable), Path.Combine(AppContext.BaseDirectory, "models") };
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, name + ".pent"))
            .FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
                $"This build of Pentimento comes without the model '{name}'; name a model file with --model " +
                $"('pentimento train denoise' makes one), or a folder that holds {name}.pent with the environment variable " +
                $"{Variable}.");
    }
}
