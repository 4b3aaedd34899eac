using System.CommandLine;
using Pentimento.Detection;
using Pentimento.Experiments;

namespace Pentimento.Cli.Verbs;

/// <summary>The options that name a detector and what it needs.</summary>
internal sealed class DetectorChoice
{
    private const string AutoEncoder = "reconstruction";

    public DetectorChoice() => Name.CompletionSources.Add(_ => Detectors.Names);

    public Option<string?> Name { get; } = new("--detector")
    {
        Description = $"Which detector: {string.Join(", ", Detectors.Names)}. Default {AutoEncoder}, an auto-encoder; with " +
            "--known-others known-others.",
        HelpName = "name",
    };

    public Option<string[]> Backbone { get; } = ComparisonOptions.Backbones();

    public Option<string[]> KnownOthers { get; } = new("--known-others")
    {
        Description = "Examples of what else exists, to learn from; none of the kind that is to be found.",
        HelpName = "set",
        AllowMultipleArgumentsPerToken = true,
    };

    public BankChoice Bank { get; } = new();

    public CropChoice Crops { get; } = new();

    /// <summary>What was chosen; null for an auto-encoder of whole images, which is trained with options of its own.</summary>
    /// <exception cref="ArgumentException">Options do not go together.</exception>
    public DetectorOptions? Read(ParseResult parsed)
    {
        var known = parsed.GetValue(KnownOthers) ?? [];
        var name = parsed.GetValue(Name) ?? (known.Length > 0 ? "known-others" : AutoEncoder);
        var facts = Detectors.Facts(name);
        void Refuse(Option option, bool isNeeded)
        {
            if (!isNeeded && parsed.GetResult(option) is { Implicit: false })
                throw new ArgumentException($"The detector '{name}' has no use for {option.Name}.");
        }
        Refuse(Backbone, facts.NeedsBackbone);
        Refuse(KnownOthers, facts.NeedsKnownOthers);
        foreach (var option in Bank.Options) Refuse(option, facts.HasBank);
        return name == AutoEncoder && Crops.Read(parsed) is null ? null : new DetectorOptions
        {
            Name = name,
            Backbones = parsed.GetValue(Backbone) ?? [],
            KnownOthers = known,
            BankSize = Bank.Read(parsed),
        };
    }
}
