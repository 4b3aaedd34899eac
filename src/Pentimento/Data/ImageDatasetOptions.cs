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
    /// Decoded images are kept when all of them take at most this many bytes (one byte per value, two for 16-bit files), else
    /// each is decoded anew whenever it is asked for. 0 or more; the default value is a quarter of the memory available to the
    /// process.
    /// </summary>
    public long MemoryBudget { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
}

/// <summary>An image that was left out.</summary>
/// <param name="Id">The <see cref="ImageItem.Id"/>.</param>
/// <param name="Reason">One line that names the file.</param>
public sealed record SkippedImage(string Id, string Reason);
