namespace Pentimento.Data;

/// <summary>What is known of one image before it is decoded.</summary>
/// <param name="Id">
/// Unique within its source and the same on every machine: a path relative to the source, or "train/00017".
/// </param>
/// <param name="Label">The name of its class, or null.</param>
/// <param name="Split">"train", "validation" or "test" where the source says so, else null.</param>
/// <param name="Group">
/// Images of one group belong together (photographs of one painting): no split separates them. Null: on its own.
/// </param>
/// <param name="Mask">The path of an image that is white where this one is anomalous, or null.</param>
/// <param name="Pair">The path of a second capture of the same thing, or null.</param>
public sealed record ImageItem(
    string Id, string? Label = null, string? Split = null, string? Group = null, string? Mask = null, string? Pair = null)
{
    /// <summary>The <see cref="Split"/> of images to learn from.</summary>
    public const string TrainSplit = "train";

    /// <summary>The <see cref="Split"/> of images to choose a model by.</summary>
    public const string ValidationSplit = "validation";

    /// <summary>The <see cref="Split"/> of images to measure a model on.</summary>
    public const string TestSplit = "test";
}
