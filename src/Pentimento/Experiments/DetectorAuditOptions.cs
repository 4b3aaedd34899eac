using Pentimento.Detection;

namespace Pentimento.Experiments;

/// <summary>What an audit looks at.</summary>
public sealed record DetectorAuditOptions
{
    /// <summary>The normal images: a path or a known name.</summary>
    public required string Normal { get; init; }

    /// <summary>Images that do not belong.</summary>
    public required string Other { get; init; }

    /// <summary>
    /// Sets of examples of what else exists, for detectors that learn from them; none of the kind in <see cref="Other"/>.
    /// </summary>
    public IReadOnlyList<string> KnownOthers { get; init; } = [];

    /// <summary>The detector, which is cross-validated. The default value is "descriptors", which needs no weights.</summary>
    public string Detector { get; init; } = "descriptors";

    /// <summary>A model file whose detector is audited as it is, instead of <see cref="Detector"/>; or null.</summary>
    public string? Model { get; init; }

    /// <summary>A file with a backbone's weights, or null.</summary>
    public IReadOnlyList<string> Backbones { get; init; } = [];

    /// <summary>
    /// A regular expression on the normal pictures' ids, whose first group is their source; null takes what the set says, or the
    /// files' headers.
    /// </summary>
    public string? Sources { get; init; }

    /// <summary>Folds of the cross-validation, 2 or more. The default value is 5.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>The share of genuine images that may be flagged. The default value is 0.05.</summary>
    public double FalseAlarmRate { get; init; } = 0.05;

    /// <summary>The side of the square that pictures are brought to, or null as for training.</summary>
    public int? Size { get; init; }

    /// <summary>Leaves damaged pictures out instead of stopping at the first.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>How many patches a memory bank keeps. The default value is 6000.</summary>
    public BankSize BankSize { get; init; } = BankSize.Default;

    /// <summary>
    /// How many pictures of each set are changed to see what the scores do, 0 or more. The default value is 24.
    /// </summary>
    public int SensitivityPictures { get; init; } = 24;

    /// <summary>How often the sets are dealt out at random, 99 or more. The default value is 999.</summary>
    public int Permutations { get; init; } = 999;

    /// <summary>Determines folds and all that is random. The default value is 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";

    internal DetectorComparisonOptions AsComparison() => new()
    {
        Normal = Normal,
        Other = Other,
        KnownOthers = KnownOthers,
        Detectors = [Detector],
        Backbones = Backbones,
        Folds = Folds,
        Size = Size,
        SkipUnreadable = SkipUnreadable,
        BankSize = BankSize,
        Seed = Seed,
        Device = Device,
    };

    internal void Validate()
    {
        Calibration.CheckRate(FalseAlarmRate);
        if (Folds < 2) throw new ArgumentException($"The number of folds is {Folds}; it must be 2 or more.");
        BankSize.ThrowIfInvalid();
        if (SensitivityPictures < 0) throw new ArgumentException($"{SensitivityPictures} pictures cannot be changed; it must " +
            "be 0 or more.");
        if (Permutations < 99) throw new ArgumentException($"{Permutations} permutations are too few; it must be 99 or more.");
    }
}
