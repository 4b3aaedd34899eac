namespace Pentimento.Models;

/// <summary>
/// How many weights the networks may have that are made on this thread while it lasts. A few bytes in a file can ask for a network of
/// any size; with a limit, making it ends where it outgrows the weights that there are. Without one, the machine's memory is the limit.
/// </summary>
internal sealed class WeightLimit : IDisposable
{
    [ThreadStatic]
    private static WeightLimit? t_current;

    private readonly WeightLimit? _outer;
    private readonly string _reason;
    private long _left;

    private WeightLimit(long values, string reason)
    {
        (_left, _reason, _outer) = (values, reason, t_current);
        t_current = this;
    }

    /// <summary>Limits networks to what a file holds, until it is disposed.</summary>
    /// <param name="values">How many numbers there are.</param>
    public static WeightLimit OfFile(long values) => new(values, $"has more weights than the {values:N0} that there are");

    /// <summary>Limits networks to this machine's memory; what is limited already stays so.</summary>
    public static WeightLimit OfMachine()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return t_current is { } outer ? new(outer._left, outer._reason)
            : new(memory / sizeof(float), $"has more weights than fit into the memory of {memory / 1e9:0.#} GB");
    }

    /// <summary>Counts weights that are about to be made.</summary>
    /// <param name="shape">Theirs.</param>
    /// <exception cref="ArgumentException">They are too many.</exception>
    public static void Count(params ReadOnlySpan<long> shape)
    {
        if (t_current is not { } current) return;
        var values = 1L;
        foreach (var size in shape)
            values = size <= 0 || values <= long.MaxValue / size ? values * size : long.MaxValue;
        if ((current._left -= Math.Min(values, long.MaxValue / 2)) < 0) throw new ArgumentException($"it {current._reason}");
    }

    /// <inheritdoc/>
    public void Dispose() => t_current = _outer;
}
