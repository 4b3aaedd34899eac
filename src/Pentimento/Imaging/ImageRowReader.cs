using System.Runtime.InteropServices;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>
/// Reads an image file from top to bottom, a few rows at a time, by the rules of <see cref="ImageFile"/>: what is in memory are the
/// rows asked for, whatever the size of the picture. Exceptions are pictures that have to be turned, which go to a temporary file
/// when they are large, and formats that are decoded whole: interlaced PNG, progressive JPEG, WebP, AVIF and GIF.
/// </summary>
public sealed class ImageRowReader : IDisposable
{
    // Arrays of more bytes than the second are collected late, and pile up.
    private const int RowsAtOnce = 16, LargestFetch = 80_000;
    private readonly ImageReadOptions _options;
    private readonly bool _isDeep;
    private readonly List<string> _remarks = [];
    private VipsScope _scope = new();
    private EncodedImage _file;
    private Region _rows;
    private int _next;

    private ImageRowReader(EncodedImage file, ImageReadOptions options)
    {
        (_file, _options) = (file, options);
        try
        {
            _rows = Open(out var image, out var opened, _remarks);
            Shape = new ImageShape(image.Bands, image.Height, image.Width);
            _isDeep = image.Format == Enums.BandFormat.Ushort;
            _remarks.AddRange(opened.Remarks);
            if (opened.Pages > 1) _remarks.Add($"it has {opened.Pages} pages or frames; only the first is in the result");
            if (opened.Upright.Interpretation is Enums.Interpretation.Cmyk) _remarks.Add("its CMYK colours became sRGB");
            if (opened.Upright.Interpretation is Enums.Interpretation.Lab or Enums.Interpretation.Labs or Enums.Interpretation.Xyz)
                _remarks.Add("its Lab colours became sRGB");
        }
        catch
        {
            _scope.Dispose();
            throw;
        }
    }

    /// <summary>The whole picture; 1 or 3 channels as in the file.</summary>
    public ImageShape Shape { get; }

    /// <summary>8 or 16.</summary>
    public int BitDepth => _isDeep ? 16 : 8;

    /// <summary>
    /// What there is to say about the file in a result: what of it is not read, and what was passed over that is wrong with it. More
    /// may be found while rows are read.
    /// </summary>
    internal IReadOnlyList<string> Remarks => _remarks;

    /// <summary>
    /// About how many bytes are held besides rows, for formats and orientations that are decoded whole; 0 for others.
    /// </summary>
    internal long HeldBytes { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; its content decides the format, not its name.</param>
    /// <param name="options"><see cref="ImageReadOptions.Channels"/> must be null: rows come as they are in the file.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Channels are asked for.</exception>
    /// <inheritdoc cref="ImageFile.Read(string, ImageReadOptions)" path="/exception"/>
    public static ImageRowReader Open(string path, ImageReadOptions options) => options.Channels is null
        ? new ImageRowReader(new EncodedImage(path), options)
        : throw new ArgumentException("Rows are read with the channels of the file; leave Channels null.", nameof(options));

    /// <summary>Passes over the next rows.</summary>
    /// <param name="count">How many; 0 or more, and there must be one left afterwards.</param>
    internal void Skip(int count) => _next += count;

    /// <summary>Reads the next rows.</summary>
    /// <param name="target">Where they go, of the picture's width, channels and depth.</param>
    /// <param name="top">The first row in the target.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <exception cref="InvalidDataException">The file is damaged; one line that names it.</exception>
    /// <exception cref="EndOfStreamException">There are fewer rows left.</exception>
    public void Read(RasterImage target, int top, int count)
    {
        if (_next + count > Shape.Height)
            throw new EndOfStreamException($"{_file.Name}: there are {Shape.Height - _next} rows left, not {count}");
        var (first, end) = (_next, _next + count);
        try
        {
            VipsErrors.Watch(_file, () => Fetch(target, top + _next - first, end));
        }
        catch (InvalidDataException e) when (!_file.IsLenient && JpegWarning.Remark(e) is { } remark)
        {
            BeLenient(remark);
            _rows = Open(out _, out _, null); // what else there is to say is said
            VipsErrors.Watch(_file, () => Fetch(target, top + _next - first, end));
        }
    }

    private Region Open(out Image image, out OpenedImage opened, ICollection<string>? remarks)
    {
        try
        {
            (image, opened, var rows) = VipsErrors.Watch(_file, () =>
            {
                var colours = ImageDecoder.Colours(_file, _options, _scope, Hold, out var file, remarks);
                return (colours, file, _scope.Keep(Region.New(colours)));
            });
            return rows;
        }
        catch (InvalidDataException e) when (!_file.IsLenient && JpegWarning.Remark(e) is { } remark)
        {
            BeLenient(remark);
            return Open(out image, out opened, remarks);
        }
    }

    private void BeLenient(string remark)
    {
        _scope.Dispose();
        (_scope, _file) = (new VipsScope(), _file with { IsLenient = true });
        _remarks.Add(remark);
    }

    private bool Fetch(RasterImage target, int top, int end)
    {
        var sample = BitDepth / 8;
        var samples = _isDeep ? MemoryMarshal.AsBytes(target.Samples16.AsSpan()) : target.Samples8.AsSpan();
        int rowBytes = Shape.Width * Shape.Channels * sample, pixels = LargestFetch / (RowsAtOnce * Shape.Channels * sample);
        while (_next < end)
        {
            var rows = Math.Min(RowsAtOnce, end - _next);
            for (var left = 0; left < Shape.Width; left += pixels)
            {
                var width = Math.Min(pixels, Shape.Width - left);
                var bytes = _rows.Fetch(left, _next, width, rows);
                int length = width * Shape.Channels * sample, at = left * Shape.Channels * sample;
                for (var row = 0; row < rows; row++)
                    bytes.AsSpan(row * length, length).CopyTo(samples[checked((top + row) * rowBytes + at)..]);
            }
            (top, _next) = (top + rows, _next + rows);
        }
        return true;
    }

    private void Hold(long bytes)
    {
        ReadingLimits.ThrowIfTooLarge(_file.Name, bytes, "decoding it");
        HeldBytes = bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _scope.Dispose();
}
