using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>How an <see cref="ImageDataset"/> is read.</summary>
public sealed record ImageDatasetOptions
{
    /// <summary>
    /// What is done to every image. The default value is null: nothing but what makes it an image of
    /// <see cref="ImageSource.Channels"/> channels.
    /// </summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Leave out images that cannot be read and list them in <see cref="ImageDataset.Skipped"/>. The default value is false: the
    /// first such image is an error.
    /// </summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>
    /// Gives squares of this side cut from pictures of any size, instead of whole images: from the middle where images are read
    /// by index, anywhere, flipped and turned, in the epochs of a <see cref="BatchLoader"/>. The default value is null: whole
    /// images.
    /// </summary>
    public int? PatchSize { get; init; }

    /// <summary>Pictures may differ in size; each is then read by itself. The default value is false.</summary>
    public bool MixedSizes { get; init; }

    /// <summary>
    /// Decoded images are kept when all of them take at most this many bytes (one byte per value, two for 16-bit files), else
    /// each is decoded anew whenever it is asked for; with <see cref="PatchSize"/>, those used last are kept. 0 or more; the
    /// default value is a quarter of the memory available to the process.
    /// </summary>
    public long MemoryBudget { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    internal void Validate()
    {
        if (MemoryBudget < 0) throw new ArgumentException($"The memory budget is {MemoryBudget} bytes; it must be 0 or more.");
        if (PatchSize is < 1 or > Preprocessing.LargestSide)
            throw new ArgumentException($"The patch size is {PatchSize}; it must be 1 to {Preprocessing.LargestSide}.");
    }
}

/// <summary>An image that was left out.</summary>
/// <param name="Id">The <see cref="ImageItem.Id"/>.</param>
/// <param name="Reason">One line that names the file.</param>
public sealed record SkippedImage(string Id, string Reason);
