using System.Globalization;

namespace Pentimento.Imaging;

/// <summary>
/// How much may be read into memory at once: a few bytes of a file can stand for gigabytes of pixels. Holds for every picture that is
/// read whole and for sets that are read at once (IDX). Those of the calling thread are <see cref="Current"/>, and go along to work
/// that it starts on others.
/// </summary>
public sealed record ReadingLimits
{
    /// <summary>1 GB.</summary>
    public const long DefaultMemory = 1_000_000_000;

    private static readonly ReadingLimits s_default = new();
    private static readonly AsyncLocal<ReadingLimits?> s_current = new();
    private static readonly object s_turn = new();
    private static long s_taken;

    /// <summary>
    /// The most pixels (width × height) that a picture may have, 1 to 715,827,863. The default value is
    /// <see cref="ImageReadOptions.DefaultMaxPixels"/>.
    /// </summary>
    public long MaxPixels { get; init; } = ImageReadOptions.DefaultMaxPixels;

    /// <summary>
    /// The most bytes that pictures may take while they are decoded, all threads together; a picture that takes more by itself is an
    /// error. The default value is <see cref="DefaultMemory"/>.
    /// </summary>
    public long Memory { get; init; } = DefaultMemory;

    /// <summary>Those that hold here.</summary>
    public static ReadingLimits Current => s_current.Value ?? s_default;

    /// <summary>Sets limits until the result is disposed.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public static IDisposable Use(ReadingLimits limits)
    {
        if (limits.MaxPixels < 1 || limits.MaxPixels > Array.MaxLength / 3)
            throw new ArgumentException($"The pixel limit is {limits.MaxPixels}; it must be 1 to {Array.MaxLength / 3}.");
        if (limits.Memory < 1) throw new ArgumentException($"The memory for pictures is {limits.Memory} bytes; it must be 1 or more.");
        var outer = s_current.Value;
        s_current.Value = limits;
        return new Release(() => s_current.Value = outer);
    }

    /// <summary>Waits until there is room for a picture, and takes it until the result is disposed.</summary>
    /// <param name="name">The file, for the error.</param>
    /// <param name="bytes">What the picture takes while it is decoded.</param>
    /// <exception cref="InvalidDataException">It does not fit; one line that names it.</exception>
    internal static IDisposable Take(string name, long bytes)
    {
        ThrowIfTooLarge(name, bytes, "decoding it");
        var memory = Current.Memory;
        lock (s_turn)
        {
            while (s_taken > 0 && s_taken + bytes > memory) Monitor.Wait(s_turn);
            s_taken += bytes;
        }
        return new Release(() =>
        {
            lock (s_turn)
            {
                s_taken -= bytes;
                Monitor.PulseAll(s_turn);
            }
        });
    }

    /// <summary>Checks that something fits.</summary>
    /// <param name="name">The file, for the error.</param>
    /// <param name="bytes">What it takes.</param>
    /// <param name="what">What takes it.</param>
    /// <exception cref="InvalidDataException">It does not fit; one line that names it.</exception>
    internal static void ThrowIfTooLarge(string name, long bytes, string what)
    {
        if (bytes > Current.Memory)
            throw new InvalidDataException(
                $"{name}: {what} takes {Text(bytes)} of memory, more than the {Text(Current.Memory)} allowed (--memory)");
    }

    private static string Text(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e6):0} MB");

    private sealed class Release(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
