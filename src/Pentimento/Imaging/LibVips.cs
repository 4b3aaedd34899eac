using NetVips;

namespace Pentimento.Imaging;

/// <summary>The process-wide settings of libvips, and its errors in one line.</summary>
internal static class LibVips
{
    private static readonly Lazy<string?> Failure = new(Initialise);

    // libvips reports through warnings on the standard error output what it also reports through its return values.
    private static readonly Log.LogDelegate Silent = static (_, _, message) =>
    {
        if ((t_warnings ??= []).Count < MostWarnings) t_warnings.Add(message);
    };

    private const int MostWarnings = 8, MostCauses = 2;

    // What the decoders say before they give up, which is sometimes all that tells something. They run on the thread that asks.
    [ThreadStatic]
    private static List<string>? t_warnings;

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
        var causes = text.Split('\n').Concat(t_warnings ?? []).Select(line => line.ReplaceLineEndings(" ").Trim())
            .Where(line => line.Length > 0 && !line.StartsWith("unable to ", StringComparison.OrdinalIgnoreCase)
                && !line.StartsWith("error in tile", StringComparison.OrdinalIgnoreCase)
                && !line.Contains("bad seek to", StringComparison.OrdinalIgnoreCase)) // from guessing the format
            .Distinct().Take(MostCauses).ToArray();
        Forget();
        return causes.Length == 0 ? "libvips gives no reason" : string.Join("; ", causes);
    }

    /// <summary>Forgets what was said on this thread before.</summary>
    public static void Forget() => t_warnings?.Clear();

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
