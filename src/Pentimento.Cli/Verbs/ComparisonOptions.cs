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

    public static Option<string?> Backbone() => new("--backbone")
    {
        Description = "Published weights of SqueezeNet 1.1 or MobileNetV2 (.safetensors or .pth), for detectors on features.",
        HelpName = "file",
    };

    public static Option<int> Folds() =>
        new("--folds") { Description = "Default 5.", HelpName = "number", DefaultValueFactory = _ => 5 };
}
