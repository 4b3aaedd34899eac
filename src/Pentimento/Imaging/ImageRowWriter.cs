using System.Runtime.ExceptionServices;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>
/// Writes an image file from top to bottom, a few rows at a time; another thread encodes what was handed over while the next rows
/// are made. Formats, quality and depth are those of <see cref="ImageFile.Write"/>, profile and metadata those of
/// <see cref="ImageFile.WriteLike"/>.
/// </summary>
internal sealed class ImageRowWriter : IDisposable
{
    // With the decoder's four bytes, noise of 6 and 12 megapixels took 46 for each pixel more, a smooth picture of 24 took 28.
    private const long WebpBytesPerPixel = 44;
    private readonly RowPipe _pipe;
    private readonly Task _encoding;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Can be read and sought; not disposed.</param>
    /// <param name="path">Its extension is the format.</param>
    /// <param name="shape">The whole picture, 1 or 3 channels.</param>
    /// <param name="bitDepth">8 or 16; formats that hold 8 are written with 8.</param>
    /// <param name="original">Where profile, metadata and alpha come from; null for none.</param>
    /// <param name="isSrgb">See <see cref="ImageFile.WriteLike"/>.</param>
    /// <exception cref="ArgumentException">The extension is unknown.</exception>
    public ImageRowWriter(Stream stream, string path, ImageShape shape, int bitDepth, string? original, bool isSrgb)
    {
        LibVips.Load();
        var format = ImageEncoder.FormatOf(path);
        _pipe = new RowPipe(shape, ImageEncoder.DepthIn(format, bitDepth));
        _encoding = Task.Factory.StartNew(
            () => Encode(stream, format, original, isSrgb), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>What of the original is not in the file, in words; known once it is complete.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>The depth that an image gets in a file of this name.</summary>
    public static int DepthOf(string path, int bitDepth) => ImageEncoder.DepthIn(ImageEncoder.FormatOf(path), bitDepth);

    /// <summary>About how many bytes an encoder holds besides rows: WebP is encoded whole.</summary>
    public static long HeldBytes(string path, ImageShape shape) =>
        ImageEncoder.FormatOf(path) == "webp" ? WebpBytesPerPixel * shape.Height * shape.Width : 0;

    /// <summary>Hands over the next rows; waits until the rows before them are encoded, and may be changed.</summary>
    /// <param name="rows">Of the picture's width, channels and depth; not to be changed before the next call.</param>
    /// <param name="count">How many of them, from the first; all where it is null.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="ArgumentException">The format cannot hold the picture.</exception>
    public void Write(RasterImage rows, int? count = null)
    {
        if (!_pipe.Put(rows, count ?? rows.Shape.Height)) Wait();
    }

    /// <summary>Waits for the end of the file; all rows must have been handed over.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void Complete()
    {
        _pipe.Close();
        Wait();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipe.Close(); // what is not complete ends as a picture that is cut off, and nobody looks at it
        try
        {
            _encoding.Wait();
        }
        catch (AggregateException)
        {
        }
        _pipe.Dispose();
    }

    private void Encode(Stream stream, string format, string? original, bool isSrgb)
    {
        try
        {
            using var scope = new VipsScope();
            var picture = _pipe.Picture(scope);
            var dressed = original is null ? ImageEncoder.Plain(picture) : Dress(picture, new EncodedImage(original));
            ImageEncoder.Save(dressed, format, stream);
            Remarks = dressed.Remarks;

            ImageEncoder.Dressed Dress(Image made, EncodedImage from) =>
                VipsErrors.Watch(from, () => ImageEncoder.Dress(made, from, isSrgb, format, scope));
        }
        finally
        {
            _pipe.StopReading();
        }
    }

    private void Wait()
    {
        try
        {
            _encoding.Wait();
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
        }
    }
}
