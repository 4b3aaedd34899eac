namespace Pentimento.Models;

/// <summary>
/// Lets an object that owns native memory be disposed of while other threads use it: its memory goes when the last use has ended,
/// and later uses are refused. Thread-safe.
/// </summary>
internal sealed class Usage
{
    private readonly Lock _gate = new();
    private int _users;
    private Action? _release;

    /// <summary>Begins a use; disposing the result ends it.</summary>
    /// <param name="owner">What is used, for the error.</param>
    /// <exception cref="ObjectDisposedException">It has been disposed of.</exception>
    public Use Begin(object owner)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_release is not null, owner);
            _users++;
        }
        return new Use(this);
    }

    /// <summary>Refuses all later uses, and lets go now or when the last of the present ones ends. Once; again does nothing.</summary>
    /// <param name="release">Lets go of the memory.</param>
    public void End(Action release)
    {
        lock (_gate)
        {
            if (_release is not null) return;
            _release = release;
            if (_users > 0) return;
        }
        release();
    }

    private void EndUse()
    {
        lock (_gate)
            if (--_users > 0 || _release is null) return;
        _release!();
    }

    /// <summary>One use. To be disposed of once.</summary>
    public readonly struct Use(Usage usage) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => usage.EndUse();
    }
}
