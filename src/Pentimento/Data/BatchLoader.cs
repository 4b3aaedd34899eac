using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>
/// Gives images in batches, epoch after epoch, and makes the next batches ready while the current one is in use.
/// Order and patches depend on the seed and the number of the epoch alone, so training can be resumed anywhere.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private const long GroupBytes = 512L << 20;
    private readonly ITrainingImages _data;
    private readonly ImageDataset? _patches; // where squares are cut from pictures
    private readonly int[] _indices;
    private readonly BatchLoaderOptions _options;
    private readonly bool _toGpu;
    private readonly int _workers;
    private readonly int _ahead;
    private readonly HashSet<BatchPrefetch> _running = [];
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>A loader over some of a dataset's images.</summary>
    /// <param name="data">Stays the caller's, and must live as long as the loader.</param>
    /// <param name="indices">Which images, as from 0; at least one.</param>
    /// <param name="options">Batch size, order, parallelism and memory; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// There are no indices, one is out of range, no batch is full, or an option is out of range.
    /// </exception>
    public BatchLoader(ITrainingImages data, IReadOnlyList<int> indices, BatchLoaderOptions? options = null)
    {
        (_data, _indices, _options) = (data, [.. indices], options ?? new());
        _patches = data is ImageDataset { PatchSize: not null } patches ? patches : null;
        _options.Validate();
        if (_indices.Length == 0)
            throw new ArgumentException("There are no images to load: the list of indices is empty.", nameof(indices));
        foreach (var index in _indices)
            if ((uint)index >= (uint)data.Count)
                throw new ArgumentException($"There is no image {index}; the dataset has {data.Count}.", nameof(indices));
        if (BatchesPerEpoch == 0)
            throw new ArgumentException(
                $"DropLast leaves no batch: {_indices.Length} images do not fill one of {_options.BatchSize}.", nameof(options));

        _toGpu = _options.Device is { } device && device.type != TorchSharp.DeviceType.CPU;
        _workers = _options.Workers ?? (data.IsCached && !_toGpu ? 0 : Math.Clamp(Environment.ProcessorCount, 1, 64));
        var batchBytes = Math.Min(_options.BatchSize, _indices.Length) * data.Shape.Count * sizeof(float);
        _ahead = _workers == 0 ? 0 : (int)Math.Clamp(_options.MemoryBudget / batchBytes, 1, 2 * _workers + 1);
    }

    /// <summary>How many batches an epoch has.</summary>
    public int BatchesPerEpoch => _options.DropLast
        ? _indices.Length / _options.BatchSize
        : (_indices.Length - 1) / _options.BatchSize + 1;

    /// <summary>How many images an epoch has.</summary>
    public int ImagesPerEpoch => _options.DropLast ? BatchesPerEpoch * _options.BatchSize : _indices.Length;

    /// <summary>The order of an epoch: indices into <see cref="ImageDataset.Items"/>, batch after batch.</summary>
    /// <param name="epoch">The number of the epoch, from 0.</param>
    public int[] Order(int epoch)
    {
        var order = _indices.AsSpan().ToArray();
        if (_options.Shuffle && _patches is not null) order = InGroups(new SeededRandom(_options.Seed, epoch));
        else if (_options.Shuffle) new SeededRandom(_options.Seed, epoch).Shuffle<int>(order);
        return order[..ImagesPerEpoch];
    }

    /// <summary>
    /// The batches of one epoch. The caller disposes each; leaving the loop early ends the work ahead. An error in reading an
    /// image comes out where its batch would have.
    /// </summary>
    /// <param name="epoch">The number of the epoch, from 0.</param>
    /// <param name="skipBatches">
    /// How many batches at the beginning to leave out, undecoded, 0 to <see cref="BatchesPerEpoch"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative or the number to skip is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The loader is disposed, or was in the middle of the epoch.</exception>
    public IEnumerable<ImageBatch> Epoch(int epoch, int skipBatches = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(skipBatches);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(skipBatches, BatchesPerEpoch);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Batches(epoch, skipBatches);
    }

    /// <summary>Ends all work ahead and disposes the batches that nobody has taken. Batches already taken stay valid.</summary>
    public void Dispose()
    {
        BatchPrefetch[] running;
        lock (_lock)
        {
            _disposed = true;
            running = [.. _running];
        }
        foreach (var prefetch in running) prefetch.Dispose();
    }

    /// <summary>
    /// A random order in which the patches of a picture lie near each other where the pictures are many: the pictures are
    /// shuffled and then taken in groups of so many bytes, and the patches of each group are shuffled. So a picture is decoded
    /// about once an epoch. The size of a group is fixed: a machine's memory must not change what is learned.
    /// </summary>
    private int[] InGroups(SeededRandom random)
    {
        var patches = _indices.GroupBy(i => i).Select(g => g.ToArray()).ToArray();
        random.Shuffle<int[]>(patches);
        List<int> order = [], group = [];
        long bytes = 0;
        foreach (var picture in patches)
        {
            group.AddRange(picture);
            bytes += _patches!.DecodedBytes(picture[0]);
            if (bytes >= GroupBytes) EndGroup();
        }
        EndGroup();
        return [.. order];

        void EndGroup()
        {
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(group));
            order.AddRange(group);
            group.Clear();
            bytes = 0;
        }
    }

    /// <summary>Reads a batch; with a random order patches are from anywhere, and depend on seed, epoch and batch alone.</summary>
    private Tensor Read(int epoch, int[] indices, int number, CancellationToken cancellation)
    {
        var random = _options.Shuffle && _patches is not null
            ? new SeededRandom(_options.Seed, (epoch + 1L << 32) + number) : null;
        var batch = _data is ImageDataset dataset ? dataset.Read(indices, random, cancellation) : _data.Read(indices);
        return _toGpu ? ToGpu(batch) : batch;
    }

    /// <summary>From memory that a GPU can read by itself, so that nobody waits for the transfer.</summary>
    private Tensor ToGpu(Tensor batch)
    {
        using (batch)
        using (var pinned = batch.pin_memory())
            return pinned.to(_options.Device!, non_blocking: true).DetachFromDisposeScope();
    }

    private IEnumerable<ImageBatch> Batches(int epoch, int skipBatches)
    {
        var batches = Order(epoch).Chunk(_options.BatchSize).ToArray();
        using var prefetch = new BatchPrefetch(
            (indices, number, cancellation) => Read(epoch, indices, number, cancellation), batches, skipBatches, _workers, _ahead);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running.Add(prefetch);
        }
        try
        {
            while (prefetch.Next() is { } batch) yield return batch;
        }
        finally
        {
            lock (_lock) _running.Remove(prefetch);
        }
    }
}
