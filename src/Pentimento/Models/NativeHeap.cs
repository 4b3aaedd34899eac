using System.Runtime.InteropServices;

namespace Pentimento.Models;

/// <summary>
/// What the C library does with large blocks that are freed. By default it gives each back to the system, which then has to
/// clear every page of the next one: a third of the time of a training step on large images (measured on two cores, model 2
/// at 3×256×256 in bfloat16: 13.5 images/s, and 18.1 when blocks are kept).
/// </summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1, MappedThreshold = -3, MostMappedBlocks = -4, LargeBlock = 1 << 20;
    private static readonly bool s_kept = Keep();

    /// <summary>
    /// Keeps freed blocks for the next tensors, for the rest of the process. Does nothing where the C library is not glibc.
    /// </summary>
    public static bool KeepFreedBlocks() => s_kept;

    /// <summary>
    /// Gives large blocks back as soon as they are freed, for the rest of the process: the memory is then what is in use, and not
    /// what blocks of many sizes leave between them. Does nothing where the C library is not glibc.
    /// </summary>
    public static bool ReturnFreedBlocks() => Set(
        (MostMappedBlocks, int.MaxValue), (MappedThreshold, LargeBlock), (TrimThreshold, LargeBlock));

    private static bool Keep() => Set((MostMappedBlocks, 0), (TrimThreshold, int.MaxValue));

    private static bool Set(params (int Option, int Value)[] options)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return options.All(option => SetOption(option.Option, option.Value) == 1);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
