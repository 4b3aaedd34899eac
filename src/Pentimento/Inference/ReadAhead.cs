namespace Pentimento.Inference;

/// <summary>Reads files on other threads before they are asked for, a few at a time, and hands them over in order.</summary>
internal static class ReadAhead
{
    /// <summary>Runs <paramref name="read"/> on each item; at most <paramref name="ahead"/> at a time.</summary>
    /// <param name="items">The items.</param>
    /// <param name="read">Runs on any thread and does not throw.</param>
    /// <param name="ahead">At least 1.</param>
    public static IEnumerable<TResult> InOrder<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> read, int ahead)
    {
        var waiting = new Queue<Task<TResult>>();
        var next = 0;
        try
        {
            while (next < items.Count || waiting.Count > 0)
            {
                for (; next < items.Count && waiting.Count < ahead; next++)
                {
                    var item = items[next];
                    waiting.Enqueue(Task.Run(() => read(item)));
                }
                yield return waiting.Dequeue().GetAwaiter().GetResult();
            }
        }
        finally
        {
            Task.WaitAll(waiting); // a reader that outlives the work would hold files open
        }
    }
}
