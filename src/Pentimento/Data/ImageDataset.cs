using System.Runtime.InteropServices;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>
/// The images of a source, preprocessed to one shape, or squares of one size cut from them. Each is decoded once, in parallel,
/// when the dataset is opened: that finds every damaged file before any work starts. They are kept in memory where they fit, as
/// the bytes they are.
/// </summary>
public sealed class ImageDataset : ITrainingImages, IDisposable
{
    private const int MostPatches = 1024;
    private readonly ImageSource _source;
    private readonly bool _ownsSource;
    private readonly int[] _sourceIndices; // item → index in the source; they differ once images are skipped
    private readonly ImageShape[] _shapes;
    private readonly string[] _contents;
    private readonly PlanarImage[]? _cache;
    private readonly DecodedImages? _lastUsed;

    /// <summary>Decodes every image of a source once.</summary>
    /// <param name="source">Stays the caller's, and must live as long as the dataset.</param>
    /// <param name="options">
    /// Preprocessing, what to do with unreadable images, how much memory to use; null for the defaults.
    /// </param>
    /// <param name="progress">Is told how many images have been decoded, at most about a hundred times, by one thread at a time.</param>
    /// <param name="cancellation">Ends the decoding.</param>
    /// <exception cref="InvalidDataException">
    /// An image is damaged, or the images differ in shape; the message names the first.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ImageDataset(
        ImageSource source, ImageDatasetOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
        : this(source, options ?? new(), ownsSource: false, progress, cancellation)
    {
    }

    private ImageDataset(
        ImageSource source, ImageDatasetOptions options, bool ownsSource, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        options.Validate();
        (_source, _ownsSource) = (source, ownsSource);
        Preprocessing = options.Preprocessing ?? new Preprocessing { Channels = source.Channels };
        var decoded = DatasetDecoder.Decode(source, Preprocessing, options, progress, cancellation);
        (Shape, Skipped, Fingerprint) = (decoded.Shape, decoded.Skipped, decoded.Fingerprint);
        (_sourceIndices, _shapes, _contents, _cache) = (decoded.SourceIndices, decoded.Shapes, decoded.Contents, decoded.Images);
        (PatchSize, HasOneShape) = (options.PatchSize, options.PatchSize is not null || !options.MixedSizes);
        if (_cache is null && PatchSize is not null) _lastUsed = new DecodedImages(options.MemoryBudget, Decode);
        Items = _sourceIndices.Length == source.Items.Count ? source.Items : [.. _sourceIndices.Select(i => source.Items[i])];
    }

    /// <summary>Opens a path or a name (see <see cref="ImageSource.Open"/>) and decodes its images.</summary>
    /// <inheritdoc cref="ImageDataset(ImageSource, ImageDatasetOptions?, IProgress{int}?, CancellationToken)"/>
    /// <param name="pathOrName">A folder, a file, or the name of a known set.</param>
    /// <param name="options">
    /// Preprocessing, what to do with unreadable images, how much memory to use; null for the defaults.
    /// </param>
    /// <param name="progress">Is told how many images have been decoded, at most about a hundred times.</param>
    /// <param name="cancellation">Ends the decoding.</param>
    public static ImageDataset Open(
        string pathOrName, ImageDatasetOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellation = default) =>
        Open(pathOrName, _ => options ?? new(), progress, cancellation);

    /// <summary>Opens a path or a name and decodes its images, in a way that may depend on what is found.</summary>
    /// <inheritdoc cref="Open(string, ImageDatasetOptions?, IProgress{int}?, CancellationToken)"/>
    /// <param name="pathOrName">A folder, a file, or the name of a known set.</param>
    /// <param name="choose">Is shown the source and says how to read it.</param>
    /// <param name="progress">Is told how many images have been decoded, at most about a hundred times.</param>
    /// <param name="cancellation">Ends the decoding.</param>
    public static ImageDataset Open(
        string pathOrName, Func<ImageSource, ImageDatasetOptions> choose, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        return Own(ImageSource.Open(pathOrName), choose, progress, cancellation);
    }

    /// <summary>As <see cref="Open(string, Func{ImageSource, ImageDatasetOptions}, IProgress{int}?, CancellationToken)"/>, of a source
    /// that is disposed with the dataset.</summary>
    internal static ImageDataset Own(
        ImageSource source, Func<ImageSource, ImageDatasetOptions> choose, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        try
        {
            return new ImageDataset(source, choose(source), ownsSource: true, progress, cancellation);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Where the images come from.</summary>
    public ImageSource Source => _source;

    /// <summary>What was done to every image.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The shape that every image has; where they differ, the largest height and width of any.</summary>
    public ImageShape Shape { get; }

    /// <summary>Whether all images have one shape, so that any of them make a batch.</summary>
    public bool HasOneShape { get; }

    /// <summary>Whether a model that takes these images takes those of another set.</summary>
    internal bool GoesWith(ImageDataset other) =>
        HasOneShape && other.HasOneShape ? Shape == other.Shape : Shape.Channels == other.Shape.Channels;

    /// <summary>The side of the squares that are cut from the pictures, or null for whole images.</summary>
    public int? PatchSize { get; }

    /// <summary>The number of images.</summary>
    public int Count => Items.Count;

    /// <summary>The images in the order of the source, without the skipped ones.</summary>
    public IReadOnlyList<ImageItem> Items { get; }

    /// <summary>The names of the classes, in their own order; empty when the set has none.</summary>
    public IReadOnlyList<string> Labels => _source.Labels;

    /// <summary>The images that could not be read and were left out.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; }

    /// <summary>
    /// SHA-256 over every item's id, label, split, group and decoded samples, as 64 hexadecimal digits: two datasets with equal
    /// fingerprints give a network the same values. Does not depend on where the files lie or on whether the images are kept.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>Whether the decoded images are kept in memory.</summary>
    public bool IsCached => _cache is not null;

    /// <summary>Gathers images into a batch. May be called from several threads at once.</summary>
    /// <param name="indices">Indices into <see cref="Items"/>, in the order wanted; at least one, repetitions allowed.</param>
    /// <returns>
    /// A new tensor (N, C, H, W) on the CPU, float32 in [0, 1], outside of any dispose scope. The caller disposes it.
    /// </returns>
    /// <exception cref="ArgumentException">There are no indices, one is out of range, or the batch exceeds 2 GiB.</exception>
    /// <exception cref="InvalidDataException">
    /// An image that is not kept in memory has been damaged or changed meanwhile.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read any more.</exception>
    public Tensor Read(ReadOnlySpan<int> indices) => Read(indices, null, CancellationToken.None);

    /// <summary>
    /// Each index as often as patches fit into its picture (at most 1,024 times), so that an epoch sees about every pixel once;
    /// the indices themselves where there are no patches.
    /// </summary>
    public IReadOnlyList<int> RepeatForPatches(IReadOnlyList<int> indices) => PatchSize is not { } side ? indices
        : [.. indices.SelectMany(i => Enumerable.Repeat(i, (int)Math.Clamp(
            Math.Round((double)_shapes[i].Height * _shapes[i].Width / ((double)side * side)), 1, MostPatches)))];

    /// <summary>What stands for all pixels of an index's picture, and its shape: equal where those are.</summary>
    internal string ContentOf(int index) => _contents[index];

    /// <summary>The memory that the decoded picture of an index takes, for 8-bit files.</summary>
    internal long DecodedBytes(int index) => _shapes[index].Count;

    /// <summary>
    /// As <see cref="Read(ReadOnlySpan{int})"/>; cancellation is looked at between images. Where there are patches and
    /// <paramref name="random"/> is given, they are from anywhere.
    /// </summary>
    internal Tensor Read(ReadOnlySpan<int> indices, SeededRandom? random, CancellationToken cancellation)
    {
        if (indices.IsEmpty) throw new ArgumentException("A batch has at least one image.", nameof(indices));
        foreach (var index in indices)
            if ((uint)index >= (uint)Count)
                throw new ArgumentException($"There is no image {index}; the dataset has {Count}.", nameof(indices));
        var shape = HasOneShape ? Shape : _shapes[indices[0]];
        if (!HasOneShape && indices.Length > 1)
            throw new ArgumentException("Images of different sizes make no batch; read them one by one.", nameof(indices));
        if (indices.Length * shape.Count * sizeof(float) > int.MaxValue)
            throw new ArgumentException(
                $"{indices.Length} images of {shape} take more than 2 GiB as one batch; take fewer.", nameof(indices));

        var batch = empty([indices.Length, shape.Channels, shape.Height, shape.Width], ScalarType.Float32)
            .DetachFromDisposeScope();
        try
        {
            var values = MemoryMarshal.Cast<byte, float>(batch.bytes);
            var count = (int)shape.Count;
            for (var i = 0; i < indices.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var image = ImageAt(indices[i]);
                var target = values.Slice(i * count, count);
                if (PatchSize is not { } side) image.CopyTo(target);
                else image.CopyTo(target, random is null ? Patch.Middle(image.Shape, side) : Patch.Random(image.Shape, side, random));
            }
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>The file of one image, or null where a file holds many.</summary>
    /// <param name="index">An index into <see cref="Items"/>.</param>
    public string? FileOf(int index) => _source.PathOf(_sourceIndices[index]);

    /// <summary>One image as it comes from the source, without preprocessing.</summary>
    /// <param name="index">An index into <see cref="Items"/>.</param>
    /// <exception cref="InvalidDataException">The image has been damaged meanwhile.</exception>
    /// <exception cref="IOException">The file cannot be read any more.</exception>
    public RasterImage ReadOriginal(int index) => _source.Read(_sourceIndices[index]);

    /// <summary>Lets go of the images, and of the source when the dataset opened it.</summary>
    public void Dispose()
    {
        if (_ownsSource) _source.Dispose();
    }

    private PlanarImage ImageAt(int index) =>
        _cache is not null ? _cache[index] : _lastUsed is not null ? _lastUsed[index] : Decode(index);

    private PlanarImage Decode(int index)
    {
        var image = new PlanarImage(_source.Read(_sourceIndices[index], Preprocessing));
        return image.Shape == _shapes[index] ? image : throw new InvalidDataException(
            $"Image '{Items[index].Id}' has become {image.Shape}; it was {_shapes[index]} when the dataset was opened.");
    }
}
