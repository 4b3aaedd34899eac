namespace Pentimento.Data;

/// <summary>
/// The batches of one epoch, in order, a bounded number (or none) of them made ahead on the thread pool. One thread at a time
/// takes batches; any thread may dispose.
/// </summary>
internal sealed class BatchPrefetch : IDisposable
{
    private readonly Func<int[], int, CancellationToken, TorchSharp.torch.Tensor> _read;
    private readonly int[][] _batches;
    private readonly int _ahead;
    private readonly TaskFactory<ImageBatch> _workers;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Queue<Task<ImageBatch>> _queue = new();
    private readonly Lock _lock = new();
    private int _next;
    private bool _disposed;

    /// <param name="read">Reads the images of a batch, given their indices and the batch's number.</param>
    /// <param name="batches">The indices of every batch of the epoch.</param>
    /// <param name="first">The number of the first batch that is wanted.</param>
    /// <param name="workers">Batches that are put together at the same time.</param>
    /// <param name="ahead">Batches that are made ahead.</param>
    public BatchPrefetch(
        Func<int[], int, CancellationToken, TorchSharp.torch.Tensor> read, int[][] batches, int first, int workers, int ahead)
    {
        (_read, _batches, _next, _ahead) = (read, batches, first, ahead);
        // Tasks start in the order they are queued, so the batch that is due next is never behind later ones.
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, workers)).ConcurrentScheduler;
        _workers = new TaskFactory<ImageBatch>(
            _cancellation.Token, TaskCreationOptions.DenyChildAttach, TaskContinuationOptions.None, scheduler);
    }

    /// <summary>The next batch, or null after the last; waits for it if need be.</summary>
    /// <exception cref="ObjectDisposedException">Disposed meanwhile.</exception>
    public ImageBatch? Next()
    {
        Task<ImageBatch>? due;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(BatchLoader));
            while (_queue.Count < _ahead && _next < _batches.Length)
            {
                var number = _next++;
                _queue.Enqueue(_workers.StartNew(() => Make(number)));
            }
            if (_ahead == 0 && _next < _batches.Length) return Make(_next++);
            if (!_queue.TryPeek(out due)) return null;
        }
        // The batch stays in the queue until it is handed out, so that whoever disposes meanwhile finds it.
        try
        {
            Task.WaitAny(due); // unlike Wait, throws nothing yet
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(BatchLoader));
                return _queue.Dequeue().GetAwaiter().GetResult();
            }
        }
        catch (OperationCanceledException)
        {
            throw new ObjectDisposedException(nameof(BatchLoader));
        }
    }

    public void Dispose()
    {
        Task<ImageBatch>[] left;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            left = [.. _queue];
            _queue.Clear();
        }
        _cancellation.Cancel();
        foreach (var task in left)
        {
            try
            {
                task.GetAwaiter().GetResult().Dispose();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Cancelled, or failed in a batch that nobody asked for: there is nothing left to free.
            }
        }
        _cancellation.Dispose();
    }

    private ImageBatch Make(int number)
    {
        var indices = _batches[number];
        return new ImageBatch(_read(indices, number, _cancellation.Token), indices, number);
    }
}
