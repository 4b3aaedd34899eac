using System.CommandLine;
using Pentimento.Inference;

namespace Pentimento.Cli.Verbs;

/// <summary>Options that several verbs have.</summary>
internal static class CommonOptions
{
    private static readonly string[] s_devices = ["auto", "cpu", "cuda"];

    public static Option<string> Device()
    {
        var option = OptionValues.Choice("--device", "Where networks run. Default auto: the GPU if there is one.",
            [.. s_devices.Select(d => (d, d))]);
        option.DefaultValueFactory = _ => s_devices[0];
        return option;
    }

    public static Option<int> Seed() => new("--seed")
    {
        Description = "Determines all that is random. Default 42.",
        HelpName = "number",
        DefaultValueFactory = _ => 42,
    };

    public static Option<int> Ensemble()
    {
        var option = OptionValues.Choice(
            "--ensemble", "In how many flips and quarter turns each picture is cleaned, to take the mean of the answers: " +
                "so many times the work for a little less error. Default 1.",
            [.. DenoiserOptions.EnsembleSizes.Select(n => ($"{n}", n))]);
        option.DefaultValueFactory = _ => 1;
        return option;
    }

    public static Option<bool> SkipUnreadable() => new("--skip-unreadable")
    {
        Description = "Leave damaged pictures out instead of stopping at the first.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print the results as one JSON document." };
}
