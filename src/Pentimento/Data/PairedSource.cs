using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>
/// Two captures of each thing: the second one's channels behind the first one's, so that both are cut, flipped and turned alike.
/// Pairs are files of one name in two folders, or the columns <c>path</c> and <c>pair</c> of a manifest.
/// </summary>
public sealed class PairedSource : ImageSource
{
    /// <summary>How many captures lie one behind the other.</summary>
    public const int Captures = 2;

    private readonly ImageSource _first;
    private readonly string[] _seconds;

    private PairedSource(ImageSource first, string[] seconds) : base(first.Name, first.Items, first.Labels) =>
        (_first, _seconds, LeftOut) = (first, seconds, first.LeftOut);

    /// <inheritdoc/>
    public override string Kind => $"pairs: {_first.Kind}";

    /// <summary>The channels of one capture.</summary>
    public override int Channels => _first.Channels;

    /// <summary>Finds the second capture of each image; nothing is decoded yet.</summary>
    /// <param name="pathOrName">The first captures: a folder of images or a manifest.</param>
    /// <param name="second">The folder of the second captures, of the same names; null takes those the manifest names.</param>
    /// <exception cref="InvalidDataException">An image has no second capture, or is its own; the message names it.</exception>
    /// <exception cref="IOException">A file or folder cannot be found or read.</exception>
    public static PairedSource Open(string pathOrName, string? second)
    {
        if (second is not null && !Directory.Exists(second)) throw new DirectoryNotFoundException($"There is no folder '{second}'.");
        var first = ImageSource.Open(pathOrName);
        try
        {
            var seconds = new string[first.Items.Count];
            for (var i = 0; i < seconds.Length; i++)
            {
                var (item, path) = (first.Items[i], first.PathOf(i));
                if (path is null) throw new InvalidDataException($"The images of '{pathOrName}' are no files; pairs are files.");
                seconds[i] = second is null
                    ? item.Pair ?? throw new InvalidDataException(
                        $"'{item.Id}' of '{pathOrName}' has no second capture; name a folder of them, or a column 'pair' in " +
                        "the manifest.")
                    : Path.GetFullPath(Path.Combine(second, item.Id));
                if (!File.Exists(seconds[i]))
                    throw new InvalidDataException($"There is no second capture '{seconds[i]}' of '{item.Id}'.");
                if (seconds[i] == Path.GetFullPath(path))
                    throw new InvalidDataException($"'{path}' is named as its own second capture; their noise must differ.");
            }
            return new PairedSource(first, seconds);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override RasterImage Read(int index) => Join(index, _first.Read(index), ImageFile.Read(_seconds[index], Channels));

    /// <inheritdoc/>
    public override RasterImage Read(int index, Preprocessing preprocessing) =>
        Join(index, _first.Read(index, preprocessing), ImageFile.Read(_seconds[index], preprocessing));

    /// <inheritdoc/>
    public override string? PathOf(int index) => _first.PathOf(index);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _first.Dispose();
        base.Dispose(disposing);
    }

    private RasterImage Join(int index, RasterImage a, RasterImage b)
    {
        if (a.Shape != b.Shape || a.BitDepth != b.BitDepth)
            throw new InvalidDataException(
                $"'{_first.PathOf(index)}' is {a.Shape}, {a.BitDepth} bit, but its second capture '{_seconds[index]}' is " +
                $"{b.Shape}, {b.BitDepth} bit.");
        var shape = a.Shape with { Channels = Captures * a.Shape.Channels };
        if (a.Samples8 is { } bytes ? bytes.AsSpan().SequenceEqual(b.Samples8) : a.Samples16.AsSpan().SequenceEqual(b.Samples16))
            throw new InvalidDataException(
                $"'{_first.PathOf(index)}' and its second capture '{_seconds[index]}' are the same picture; their noise must differ.");
        return a.Samples8 is null
            ? new RasterImage(shape, Join(a.Samples16!, b.Samples16!, a.Shape.Channels))
            : new RasterImage(shape, Join(a.Samples8, b.Samples8!, a.Shape.Channels));
    }

    private static T[] Join<T>(T[] a, T[] b, int channels)
    {
        var joined = new T[Captures * a.Length];
        for (var i = 0; i < a.Length; i += channels)
        {
            Array.Copy(a, i, joined, Captures * i, channels);
            Array.Copy(b, i, joined, Captures * i + channels, channels);
        }
        return joined;
    }
}
