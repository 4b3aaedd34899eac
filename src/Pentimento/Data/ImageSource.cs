using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// A set of images where it lies: what its items are is known at once, the pixels are read one image at a time.
/// </summary>
public abstract class ImageSource : IDisposable
{
    /// <summary>A source of the given items, with the labels that occur in natural order when none are given.</summary>
    /// <exception cref="InvalidDataException">Two items have one id.</exception>
    protected ImageSource(string name, IReadOnlyList<ImageItem> items, IReadOnlyList<string>? labels = null)
    {
        (Name, Items) = (name, items);
        Labels = labels ?? [.. items.Select(i => i.Label).OfType<string>().Distinct().Order(NaturalOrder.Comparer)];
        var ids = new HashSet<string>(items.Count);
        foreach (var item in items)
            if (!ids.Add(item.Id)) throw new InvalidDataException($"'{name}' holds the image '{item.Id}' twice.");
    }

    /// <summary>The name to show: of the folder or file, without its path.</summary>
    public string Name { get; }

    /// <summary>What kind of set it is, as in "IDX files" or "folder with classes".</summary>
    public abstract string Kind { get; }

    /// <summary>The images, in an order that is the same on every machine.</summary>
    public IReadOnlyList<ImageItem> Items { get; }

    /// <summary>The names of the classes, in their own order; empty when the set has none.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Channels of the images as they come: 1 for sets of grey images, 3 for image files.</summary>
    public abstract int Channels { get; }

    /// <summary>What of the folders could not be read, or is of formats that are not.</summary>
    public LeftOut LeftOut { get; protected init; } = LeftOut.Nothing;

    /// <summary>Opens a folder, a file or a known set, recognising which it is.</summary>
    /// <param name="pathOrName">
    /// A path, or <c>fashion-mnist</c> (Debian's package), <c>fashion-mnist-sample</c> (comes with Pentimento), or the name of a
    /// folder in the folder that the environment variable <c>PENTIMENTO_DATA</c> names. A path goes before a name.
    /// </param>
    /// <exception cref="FileNotFoundException">
    /// There is no such path and no such set; the message says where was looked.
    /// </exception>
    /// <exception cref="InvalidDataException">There is such a path, but it is no set of images, or a damaged one.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ImageSource Open(string pathOrName) => SourceFinder.Open(pathOrName);

    /// <summary>Reads one image as it is. May be called from several threads at once.</summary>
    /// <param name="index">An index into <see cref="Items"/>.</param>
    /// <exception cref="InvalidDataException">The image is damaged; the message names its file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public abstract RasterImage Read(int index);

    /// <summary>Reads and preprocesses one image. May be called from several threads at once.</summary>
    /// <inheritdoc cref="Read(int)"/>
    public virtual RasterImage Read(int index, Preprocessing preprocessing) => preprocessing.Apply(Read(index));

    /// <summary>The file of one image, or null where a file holds many.</summary>
    public virtual string? PathOf(int index) => null;

    /// <summary>Lets go of what the source holds. <see cref="Items"/> stay readable.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what the source holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
