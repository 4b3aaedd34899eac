namespace Pentimento.Data;

/// <summary>
/// How a set is divided. Images that their source has already put into "test" or "validation" stay there, and the fraction of a
/// part that the source declares is not used. Images of one <see cref="ImageItem.Group"/> always stay together.
/// </summary>
public sealed record SplitOptions
{
    /// <summary>
    /// The share of all images to measure on, from 0 to below 1; rounded to whole images. The default value is 0.2.
    /// </summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>
    /// The share to choose a model by, of what is left without the test images, from 0 to below 1; rounded to whole images. The
    /// default value is 0.1.
    /// </summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Determines which images go where; the same on every machine. The default value is 42.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>
    /// Every class gets its share in each part, to within one image (groups may force more). False draws from all images alike,
    /// as the reference experiments do. The default value is true.
    /// </summary>
    public bool Stratify { get; init; } = true;

    internal void Validate()
    {
        var faults = new List<string>();
        if (TestFraction is not (>= 0 and < 1))
            faults.Add($"TestFraction is {TestFraction}; it must be at least 0 and less than 1.");
        if (ValidationFraction is not (>= 0 and < 1))
            faults.Add($"ValidationFraction is {ValidationFraction}; it must be at least 0 and less than 1.");
        if (faults.Count > 0) throw new ArgumentException(string.Join(' ', faults));
    }
}
