using NetVips;

namespace Pentimento.Imaging;

/// <summary>The process-wide settings of libvips, and its errors in one line.</summary>
internal static class LibVips
{
    private static readonly Lazy<string?> Failure = new(Initialise);

    private const int MostWarnings = 8, MostCauses = 2;

    // What the decoders say before they give up, which is sometimes all that tells something. Like errors it is of all threads.
    private static readonly List<string> s_warnings = [];

    // libvips reports through warnings on the standard error output what it also reports through its return values.
    private static readonly Log.LogDelegate Silent = static (_, _, message) =>
    {
        lock (s_warnings)
            if (s_warnings.Count < MostWarnings) s_warnings.Add(message);
    };

    /// <summary>Loads libvips on the first call. Every use of NetVips in this room comes after it.</summary>
    /// <exception cref="InvalidOperationException">The native library cannot be loaded.</exception>
    public static void Load()
    {
        if (Failure.Value is { } reason)
            throw new InvalidOperationException($"The image library libvips cannot be loaded: {reason}");
    }

    /// <summary>libvips' error, which is several lines of callers and causes, as one: the distinct causes in order.</summary>
    /// <returns>Empty where libvips tells none.</returns>
    public static string Reason(VipsException exception)
    {
        string[] warnings;
        lock (s_warnings) warnings = [.. s_warnings];
        var text = exception.InnerException is VipsException inner ? inner.Message : exception.Message;
        var causes = Causes(text.Split('\n'));
        if (causes.Length == 0 || text.Contains("libpng read error", StringComparison.Ordinal)) causes = Causes([.. causes, .. warnings]);
        return string.Join("; ", causes);
    }

    private static string[] Causes(string[] lines) => [.. lines.Select(line => line.ReplaceLineEndings(" ").Trim())
        .Where(line => line.Length > 0 && !line.StartsWith("unable to ", StringComparison.OrdinalIgnoreCase)
            && !line.StartsWith("error in tile", StringComparison.OrdinalIgnoreCase)
            && !line.Contains("bad seek to", StringComparison.OrdinalIgnoreCase)) // from guessing the format
        .Distinct().Take(MostCauses)];

    /// <summary>Forgets all errors and warnings of before.</summary>
    public static void Forget()
    {
        _ = new VipsException(""); // an exception takes all that is in libvips' list with it
        lock (s_warnings) s_warnings.Clear();
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
