using System.CommandLine;
using Pentimento.Detection;

namespace Pentimento.Cli.Verbs;

/// <summary>The options that say how large a memory bank is.</summary>
internal sealed class BankChoice
{
    private readonly Option<int?> _size = new("--bank-size")
    {
        Description = "Patches that a memory bank keeps. Default 6000.",
        HelpName = "number",
    };

    private readonly Option<double?> _share = OptionValues.Share(
        "--bank-share", "Instead: the share of the normal patches that a memory bank keeps, such as 10%.");

    private readonly Option<long?> _memory = OptionValues.Bytes(
        "--memory", "The most that a memory bank may take, such as 1.5GB. Alone it decides how many patches are kept. Pictures may " +
            "take as much while they are read, or 1GB.");

    /// <summary>The budget of a bank.</summary>
    public Option<long?> Memory => _memory;

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> Options => [_size, _share, _memory];

    /// <summary>What was chosen.</summary>
    /// <exception cref="ArgumentException">A number is out of range, or options do not go together.</exception>
    public BankSize Read(ParseResult parsed)
    {
        var chosen = new BankSize
        {
            Patches = parsed.GetValue(_size),
            Share = parsed.GetValue(_share),
            Memory = parsed.GetValue(_memory),
        };
        if (chosen is { Patches: null, Share: null, Memory: null }) chosen = BankSize.Default;
        chosen.ThrowIfInvalid();
        return chosen;
    }
}
