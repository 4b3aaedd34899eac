namespace Pentimento.Data;

/// <summary>
/// The decoded images that were used last, up to a number of bytes (but one image always is). Threads that ask for the same
/// image at the same time share one decoding.
/// </summary>
internal sealed class DecodedImages(long budget, Func<int, PlanarImage> decode)
{
    private readonly Dictionary<int, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new(); // the last used first
    private readonly Lock _lock = new();
    private long _bytes;

    /// <summary>The image of an index; decoded where it is not here.</summary>
    public PlanarImage this[int index]
    {
        get
        {
            LinkedListNode<Entry>? node;
            lock (_lock)
            {
                if (!_entries.TryGetValue(index, out node))
                    _entries[index] = node = new(new Entry(index, new Lazy<PlanarImage>(() => decode(index))));
                else if (node.List is not null) _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
            try
            {
                var image = node.Value.Image.Value;
                Count(node, image.Bytes);
                return image;
            }
            catch
            {
                lock (_lock) Forget(node); // the next to ask tries again
                throw;
            }
        }
    }

    private void Count(LinkedListNode<Entry> node, long bytes)
    {
        lock (_lock)
        {
            if (node.Value.Bytes > 0 || node.List is null) return;
            node.Value.Bytes = bytes;
            _bytes += bytes;
            while (_bytes > budget && _byUse.Last is { } oldest && oldest != _byUse.First) Forget(oldest);
        }
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        if (node.List is null) return;
        _byUse.Remove(node);
        _entries.Remove(node.Value.Index);
        _bytes -= node.Value.Bytes;
    }

    private sealed record Entry(int Index, Lazy<PlanarImage> Image)
    {
        public long Bytes { get; set; }
    }
}
