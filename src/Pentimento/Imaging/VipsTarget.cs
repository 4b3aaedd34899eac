using System.Runtime.ExceptionServices;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>
/// A stream as libvips writes to it. What goes wrong with the stream is kept, because libvips tells no more than that.
/// </summary>
internal sealed class VipsTarget : IDisposable
{
    private readonly TargetCustom _target = new();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Over a stream that can be read and sought, from its beginning; not disposed.</summary>
    public VipsTarget(Stream stream)
    {
        _target.OnWrite += (bytes, length) => Try(() =>
        {
            stream.Write(bytes, 0, length);
            return length;
        });
        _target.OnRead += (bytes, length) => (int)Try(() => stream.Read(bytes, 0, length));
        _target.OnSeek += (offset, origin) => Try(() => stream.Seek(offset, origin));
        _target.OnEnd += () => 0;
    }

    /// <summary>What libvips writes to.</summary>
    public Target Target => _target;

    /// <summary>Throws what went wrong with the stream, if anything did.</summary>
    public void ThrowFailure() => _failure?.Throw();

    /// <inheritdoc/>
    public void Dispose() => _target.Dispose();

    // No exception may pass through libvips.
    private long Try(Func<long> act)
    {
        try
        {
            return act();
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            return -1;
        }
    }
}
