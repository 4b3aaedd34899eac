using System.CommandLine;
using Pentimento.Imaging;

namespace Pentimento.Cli.Verbs;

/// <summary>The options that say how much pictures may take when they are read.</summary>
/// <param name="bank">
/// The verb's option --memory where it is about a memory bank; pictures may then take as much, or the default where that is more.
/// </param>
internal sealed class LimitOptions(Option<long?>? bank = null)
{
    private readonly Option<long?> _maxPixels = new("--max-pixels")
    {
        Description = "The most pixels that a picture may have. Default 268,435,456: a square of 16,384.",
        HelpName = "number",
    };

    private readonly Option<long?> _memory = bank ?? OptionValues.Bytes(
        "--memory", "The most memory that pictures may take while they are read, such as 1.5GB. Default 1GB.");

    /// <summary>Those that the verb does not have yet.</summary>
    public IReadOnlyList<Option> Options => bank is null ? [_maxPixels, _memory] : [_maxPixels];

    /// <summary>Sets the limits until the result is disposed.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public IDisposable Apply(ParseResult parsed)
    {
        var memory = parsed.GetValue(_memory);
        return ReadingLimits.Use(new ReadingLimits
        {
            MaxPixels = parsed.GetValue(_maxPixels) ?? ImageReadOptions.DefaultMaxPixels,
            Memory = bank is null ? memory ?? ReadingLimits.DefaultMemory : Math.Max(memory ?? 0, ReadingLimits.DefaultMemory),
        });
    }
}
