namespace Pentimento.Imaging;

/// <summary>What is written goes on to another stream, which is not disposed; the first bytes are changed on their way.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="change">Is given the first bytes, as many as there are; null where it needs more of them.</param>
/// <param name="behind">Goes behind the last byte.</param>
internal sealed class HeadStream(Stream inner, Func<byte[], byte[]?> change, byte[] behind) : Stream
{
    private MemoryStream? _head = new();

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_head is null)
        {
            inner.Write(buffer, offset, count);
            return;
        }
        _head.Write(buffer, offset, count);
        if (change(_head.ToArray()) is not { } changed) return;
        inner.Write(changed);
        _head = null;
    }

    /// <summary>After the last byte.</summary>
    public void Complete()
    {
        if (_head is not null) inner.Write(_head.ToArray());
        inner.Write(behind);
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
