using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>A source in which every image is a file of its own.</summary>
public abstract class FileSource : ImageSource
{
    private readonly IReadOnlyList<string> _paths;

    /// <summary>A source of the given items and their files, in the same order.</summary>
    protected FileSource(string name, IReadOnlyList<ImageItem> items, IReadOnlyList<string> paths)
        : base(name, items) => _paths = paths;

    /// <inheritdoc/>
    public override int Channels => 3;

    /// <inheritdoc/>
    public override RasterImage Read(int index) => ImageFile.Read(_paths[index]);

    /// <inheritdoc/>
    public override RasterImage Read(int index, Preprocessing preprocessing) => ImageFile.Read(_paths[index], preprocessing);

    /// <inheritdoc/>
    public override string PathOf(int index) => _paths[index];
}
