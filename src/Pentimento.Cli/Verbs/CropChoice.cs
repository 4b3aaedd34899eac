using System.CommandLine;
using Pentimento.Detection;

namespace Pentimento.Cli.Verbs;

/// <summary>The options that say how a picture is looked at that is larger than what a detector takes.</summary>
internal sealed class CropChoice
{
    private readonly Option<int?> _crops = new("--crops")
    {
        Description = "Look at the whole of each picture in crops of --size, so many along its shorter side, half of each on the next. " +
            "Default once, at the middle square.",
        HelpName = "number",
    };

    private readonly Option<CropFusion?> _fuse = OptionValues.Choice<CropFusion?>(
        "--fuse", "With --crops: what becomes of the crops' scores; trimmed is the mean without the lowest and highest fifth. " +
            "Default mean.",
        ("mean", CropFusion.Mean), ("max", CropFusion.Max), ("trimmed", CropFusion.Trimmed));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> Options => [_crops, _fuse];

    /// <summary>What was chosen; null for one look.</summary>
    /// <exception cref="ArgumentException">The number is out of range, or there is nothing to fuse.</exception>
    public CropOptions? Read(ParseResult parsed)
    {
        var fusion = parsed.GetValue(_fuse);
        if (parsed.GetValue(_crops) is not { } count)
            return fusion is null ? null : throw new ArgumentException("--fuse goes with --crops.");
        var chosen = new CropOptions(count, fusion ?? CropFusion.Mean);
        chosen.ThrowIfInvalid();
        return chosen;
    }
}
