using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>
/// Switches of libtorch that TorchSharp has no names for. Each is a function that libtorch exports, by its name on this system; a
/// system on which it has none leaves the switch as it is.
/// </summary>
internal static unsafe class TorchContext
{
    private static readonly Lazy<nint?> s_library = new(Load);
    private static readonly Lazy<bool> s_nnpack = new(() => KnowsProcessor() || !Set("setUserEnabledNNPACK", false));

    /// <summary>
    /// Whether libtorch may use NNPACK. Where NNPACK does not know the processor it would say so for each convolution, in a line on
    /// the error output; there this switches it off, which changes no result, as it never ran. The first call looks. Thread-safe.
    /// </summary>
    public static bool UsesNnpack => s_nnpack.Value;

    /// <summary>
    /// Switches oneDNN on or off for the whole process, to measure what it brings; false where that is not possible.
    /// </summary>
    public static bool SetOneDnn(bool enabled) => Set("setUserEnabledMkldnn", enabled);

    // What NNPACK asks for on x86: AVX2, FMA and the sizes of the caches, which it learns through cpuinfo.
    private static bool KnowsProcessor() => !X86Base.IsSupported
        || Avx2.IsSupported && Fma.IsSupported && HiddenCaches.Found == HiddenCachesState.Visible
        && (!OperatingSystem.IsLinux() || File.Exists("/sys/devices/system/cpu/possible"));

    private static bool Set(string name, bool value)
    {
        if (s_library.Value is not { } library) return false;
        var (context, setter) = OperatingSystem.IsWindows()
            ? ("?globalContext@at@@YAAEAVContext@1@XZ", $"?{name}@Context@at@@QEAAX_N@Z")
            : ("_ZN2at13globalContextEv", $"_ZN2at7Context{name.Length}{name}Eb");
        if (!NativeLibrary.TryGetExport(library, context, out var global)) return false;
        if (!NativeLibrary.TryGetExport(library, setter, out var set)) return false;
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)set)(((delegate* unmanaged[Cdecl]<nint>)global)(), value ? (byte)1 : (byte)0);
        return true;
    }

    private static nint? Load()
    {
        zeros(1).Dispose(); // libtorch is loaded with the first tensor
        var name = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        using var process = Process.GetCurrentProcess();
        var path = process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(module => string.Equals(module.ModuleName, name, StringComparison.OrdinalIgnoreCase))?.FileName;
        return path is not null && NativeLibrary.TryLoad(path, out var library) ? library : null;
    }
}
