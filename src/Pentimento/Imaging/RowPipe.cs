using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>
/// Rows from one thread to libvips on another, as a BigTIFF without compression whose directory comes first: of the formats of 8 and
/// 16 bit that the packaged libvips reads from a stream, the one with the least work. It seeks to the start of each strip, but
/// never back once the pixels have begun.
/// </summary>
internal sealed class RowPipe : IDisposable
{
    private const int StripSize = 1 << 16;
    private readonly BlockingCollection<(RasterImage Rows, int Count)> _bands = new(1);
    private readonly SemaphoreSlim _free = new(1); // whether no rows are between the two threads
    private readonly CancellationTokenSource _stopped = new();
    private readonly byte[] _header;
    private readonly long _length;
    private readonly bool _isDeep;
    private long _position, _passed; // in the file; of the pixels
    private RasterImage? _band;
    private long _at, _end; // in the band, in bytes

    /// <summary>A pipe for a picture of this shape; the depth is that of the stream.</summary>
    public RowPipe(ImageShape shape, int bitDepth)
    {
        _isDeep = bitDepth == 16;
        _header = Header(shape, bitDepth, Header(shape, bitDepth, 0).Length);
        _length = _header.Length + shape.Count * (bitDepth / 8);
    }

    /// <summary>Waits until the rows before are read, and puts rows in, which must stay as they are until the next call.</summary>
    /// <param name="rows">Of the picture's width, channels and depth.</param>
    /// <param name="count">How many of them, from the first.</param>
    /// <returns>False when nobody reads any more.</returns>
    public bool Put(RasterImage rows, int count)
    {
        try
        {
            _free.Wait(_stopped.Token);
            _bands.Add((rows, count), _stopped.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>After this no rows come.</summary>
    public void Close() => _bands.CompleteAdding();

    /// <summary>Lets go whoever waits in <see cref="Put"/>.</summary>
    public void StopReading() => _stopped.Cancel();

    /// <summary>The picture at the other end; the scope owns it.</summary>
    public Image Picture(VipsScope scope)
    {
        var source = scope.Keep(new SourceCustom());
        source.OnRead += Read;
        source.OnSeek += Seek;
        return scope.Keep(Image.TiffloadSource(source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bands.Dispose();
        _free.Dispose();
        _stopped.Dispose();
    }

    private static byte[] Header(ImageShape shape, int bitDepth, long pixelsAt)
    {
        var (channels, height, width) = shape;
        var rowSize = (long)channels * width * (bitDepth / 8);
        var rows = (int)Math.Clamp(StripSize / rowSize, 1, height);
        var strips = (height + rows - 1) / rows;
        var sizes = Enumerable.Range(0, strips).Select(i => rowSize * Math.Min(rows, height - i * rows)).ToArray();
        var starts = Enumerable.Range(0, strips).Select(i => pixelsAt + i * rowSize * rows).ToArray();
        var file = new MemoryStream();
        file.Write([.. "II"u8, 43, 0, 8, 0, 0, 0, .. new byte[8]]);
        var tiff = TiffStream.Open(file)!;
        byte[] Short(ushort tag, params ushort[] values) => Row(tag, 3, values);
        byte[] Row<T>(ushort tag, ushort type, params T[] values) where T : struct =>
            tiff.MakeRow(tag, type, values.Length, MemoryMarshal.AsBytes<T>(values).ToArray());
        tiff.SetFirstDirectory(tiff.AppendDirectory(
        [
            Row(256, 4, width), Row(257, 4, height), Short(258, [.. Enumerable.Repeat((ushort)bitDepth, channels)]), Short(259, 1),
            Short(262, (ushort)(channels == 1 ? 1 : 2)), Row(273, 16, starts), Short(277, (ushort)channels), Row(278, 4, rows),
            Row(279, 16, sizes), Short(284, 1),
        ]));
        return file.ToArray();
    }

    private long Seek(long offset, SeekOrigin origin) => _position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => _length,
    };

    private int Read(byte[] buffer, int length)
    {
        int count;
        if (_position < _header.Length)
        {
            count = (int)Math.Min(length, _header.Length - _position);
            Array.Copy(_header, _position, buffer, 0, count);
        }
        else
        {
            if (_position >= _length || (_band is null && !Take())) return 0;
            if (_position != _header.Length + _passed) return -1;
            count = (int)Math.Min(length, _end - _at);
            Copy(_band!, buffer.AsSpan(0, count));
            (_at, _passed) = (_at + count, _passed + count);
            if (_at == _end)
            {
                (_band, _at) = (null, 0);
                _free.Release();
            }
        }
        _position += count;
        return count;
    }

    private bool Take()
    {
        if (!_bands.TryTake(out var next, Timeout.Infinite)) return false;
        _band = next.Rows;
        _end = (long)next.Count * next.Rows.Shape.Width * next.Rows.Shape.Channels * (_isDeep ? 2 : 1);
        return true;
    }

    private void Copy(RasterImage band, Span<byte> target)
    {
        if (band.Samples8 is { } bytes) bytes.AsSpan((int)_at, target.Length).CopyTo(target);
        else if (_isDeep) MemoryMarshal.AsBytes(band.Samples16.AsSpan()).Slice((int)_at, target.Length).CopyTo(target);
        else
            for (var i = 0; i < target.Length; i++) target[i] = (byte)((band.Samples16![_at + i] + 128) / 257);
    }
}
