using NetVips;

namespace Pentimento.Imaging;

/// <summary>The process-wide settings of libvips, and its errors in one line.</summary>
internal static class LibVips
{
    private static readonly Lazy<string?> Failure = new(Initialise);

    // libvips reports through warnings on the standard error output what it also reports through its return values.
    private static readonly Log.LogDelegate Silent = static (_, _, _) => { };

    /// <summary>Loads libvips on the first call. Every use of NetVips in this room comes after it.</summary>
    /// <exception cref="InvalidOperationException">The native library cannot be loaded.</exception>
    public static void Load()
    {
        if (Failure.Value is { } reason)
            throw new InvalidOperationException($"The image library libvips cannot be loaded: {reason}");
    }

    /// <summary>libvips' error, which is several lines of callers and causes, as one: the distinct causes in order.</summary>
    public static string Reason(VipsException exception)
    {
        var text = exception.InnerException is VipsException inner ? inner.Message : exception.Message;
        var causes = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("unable to call", StringComparison.OrdinalIgnoreCase)
                && !line.StartsWith("unable to load from", StringComparison.OrdinalIgnoreCase)
                && !line.StartsWith("unable to write to", StringComparison.OrdinalIgnoreCase)
                && !line.Contains("bad seek to", StringComparison.OrdinalIgnoreCase)) // from guessing the format
            .Distinct().Take(2).ToArray();
        return causes.Length == 0 ? "unknown error" : string.Join("; ", causes);
    }

    private static string? Initialise()
    {
        try
        {
            if (!ModuleInitializer.VipsInitialized) return Line(ModuleInitializer.Exception);
            // Images are decoded once each and in parallel by the caller: nothing to remember, no threads of its own per image.
            Cache.Max = 0;
            NetVips.NetVips.Concurrency = 1;
            Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, Silent);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return Line(e);
        }
    }

    private static string Line(Exception? e) => (e?.GetBaseException().Message ?? "unknown reason").ReplaceLineEndings(" ");
}
