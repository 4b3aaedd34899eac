using System.Runtime.InteropServices;

namespace Pentimento.Models;

/// <summary>
/// What the C library does with large blocks that are freed. By default it gives each back to the system, which then has to
/// clear every page of the next one: a third of the time of a training step on large images (measured on two cores, model 2
/// at 3×256×256 in bfloat16: 13.5 images/s, and 18.1 when blocks are kept).
/// </summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1, MostMappedBlocks = -4;
    private static readonly bool s_kept = Keep();

    /// <summary>
    /// Keeps freed blocks for the next tensors, for the rest of the process. Does nothing where the C library is not glibc.
    /// </summary>
    public static bool KeepFreedBlocks() => s_kept;

    private static bool Keep()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return SetOption(MostMappedBlocks, 0) == 1 && SetOption(TrimThreshold, int.MaxValue) == 1;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
