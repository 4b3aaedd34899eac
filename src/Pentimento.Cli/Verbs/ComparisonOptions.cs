using System.CommandLine;

namespace Pentimento.Cli.Verbs;

/// <summary>Options of the verbs that cross-validate detectors on two sets.</summary>
internal static class ComparisonOptions
{
    public static Option<string[]> KnownOthers() => new("--known-others")
    {
        Description = "Examples of what else exists, none of the kind in --other.",
        HelpName = "set",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<string[]> Backbones() => new("--backbone")
    {
        Description = "For detectors on features: files of published weights (.safetensors or .pth), or names, downloaded once: " +
            $"{string.Join(", ", Models.Backbones.Names)}. Detectors of whole pictures join several.",
        HelpName = "file|name",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<int?> Size() =>
        new("--size") { Description = "Side of the square that pictures are brought to.", HelpName = "pixels" };

    public static Option<int> Folds() =>
        new("--folds") { Description = "Default 5.", HelpName = "number", DefaultValueFactory = _ => 5 };
}
