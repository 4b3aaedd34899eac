namespace Pentimento.Tests.Cli;

/// <summary>Stops a run, as Ctrl+C does, soon after a file has appeared.</summary>
internal sealed class StopAtFile : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Timer _look;

    public StopAtFile(string path) => _look = new Timer(_ =>
    {
        if (File.Exists(path)) _stop.Cancel();
    }, null, 0, 5);

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        // A look that has begun would otherwise find the source disposed, on a thread where nobody catches that.
        using var over = new ManualResetEvent(false);
        if (_look.Dispose(over)) over.WaitOne();
        _stop.Dispose();
    }
}
