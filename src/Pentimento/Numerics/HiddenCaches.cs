using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>
/// Some hosts, light virtual machines above all, hide from programs how large the processor's caches are. The oneDNN 3.7 inside
/// libtorch 2.10 then takes an AMD processor's caches for one byte each, and where it pads channels it leaves blocks of the padded
/// tensor as they were in memory: convolutions are wrong by 20 to 40 %, or NaN, without a word. The sizes stand in one structure
/// of the library (Xbyak's <c>Cpu</c>); writing sizes there that make sense mends the fault at its root, at full speed. Where they
/// cannot be found oneDNN is switched off. What was mended is not trusted for that: <see cref="CheckedConvolution"/> checks every
/// form all the same.
/// </summary>
internal static unsafe class HiddenCaches
{
    /// <summary>
    /// An environment variable that, set to 1, leaves the sizes as they are: to see what happens where they cannot be found.
    /// </summary>
    public const string LeaveVariable = "PENTIMENTO_LEAVE_HIDDEN_CACHES";

    private const int Levels = 3, MostLevels = 10, SmallestUsable = 4096;

    // What oneDNN itself assumes of processors that it does not know.
    private static readonly uint[] s_assumed = [32 << 10, 512 << 10, 1 << 20];

    private static readonly Lazy<HiddenCachesState> s_found = new(Look);
    private static readonly Lazy<HiddenCachesState> s_state = new(Mended);

    /// <summary>What this host hides, as it is. The first call looks, later ones cost nothing. Thread-safe.</summary>
    public static HiddenCachesState Found => s_found.Value;

    /// <summary>The same, mended where that is possible by the first call. Thread-safe.</summary>
    public static HiddenCachesState State => s_state.Value;

    private static HiddenCachesState Look()
    {
        if (!X86Base.IsSupported) return HiddenCachesState.Visible;
        if (IsAmd()) return Seen()[0] < SmallestUsable ? HiddenCachesState.Harmful : HiddenCachesState.Visible;
        return Leaf(4, 0) is (0, 0, 0, 0) && IsIntel() ? HiddenCachesState.HiddenWithoutHarm : HiddenCachesState.Visible;
    }

    private static HiddenCachesState Mended()
    {
        if (Found != HiddenCachesState.Harmful) return Found;
        var leave = Environment.GetEnvironmentVariable(LeaveVariable) == "1";
        if (!leave && OperatingSystem.IsLinux() && Mend(Seen())) return HiddenCachesState.Mended;
        // Not a matter of finding the wrong forms: some of them write beyond their buffers (seen: "invalid next size").
        return TorchContext.SetOneDnn(false) ? HiddenCachesState.WithoutOneDnn : HiddenCachesState.Harmful;
    }

    private static uint[] Seen() => [.. Enumerable.Range(0, Levels).Select(level => SizeOf(level == 0 ? 0 : level + 1))];

    /// <summary>A cache's size as Xbyak computes it from CPUID: ways × partitions × line × sets, each told less 1.</summary>
    private static uint SizeOf(int subLeaf)
    {
        var (_, b, c, _) = Leaf(unchecked((int)0x8000001D), subLeaf);
        uint Bits(int from, int to) => ((uint)b >> from) & ((1u << (to - from)) - 1); // one bit short, as there
        return (Bits(22, 31) + 1) * (Bits(12, 21) + 1) * (Bits(0, 11) + 1) * ((uint)c + 1);
    }

    private static (int, int, int, int) Leaf(int leaf, int subLeaf) => X86Base.CpuId(leaf, subLeaf);

    private static bool IsAmd() => X86Base.CpuId(0, 0) is (_, 0x68747541, 0x444D4163, 0x69746E65);

    private static bool IsIntel() => X86Base.CpuId(0, 0) is (_, 0x756E6547, 0x6C65746E, 0x49656E69);

    /// <summary>Writes sizes that make sense wherever the library keeps the ones that it saw.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever stands in the way, the check of every convolution remains.")]
    private static bool Mend(uint[] seen)
    {
        try
        {
            _ = TorchContext.UsesNnpack;
            // The structure comes into being with the first convolution that oneDNN computes.
            using (NewDisposeScope())
            using (no_grad())
                nn.functional.conv2d(zeros(1, 16, 4, 4), zeros(16, 16, 3, 3));
            var mended = 0;
            foreach (var (start, length) in WritableParts("libtorch_cpu.so"))
                mended += Mend(new Span<uint>((void*)start, length / sizeof(uint)), seen);
            return mended > 0;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>
    /// dataCacheSize[10], coresSharingDataCache[10], dataCacheLevels: nothing else in memory looks like these 21 numbers.
    /// </summary>
    internal static int Mend(Span<uint> memory, uint[] seen)
    {
        Span<uint> sizes = stackalloc uint[MostLevels];
        seen.CopyTo(sizes);
        var mended = 0;
        for (var at = 0; ;)
        {
            var next = memory[at..].IndexOf(sizes);
            if (next < 0 || at + next + 2 * MostLevels >= memory.Length) return mended;
            at += next;
            var sharing = memory.Slice(at + MostLevels, MostLevels);
            if (memory[at + 2 * MostLevels] == Levels && !sharing[..Levels].Contains(0u) && !sharing[Levels..].ContainsAnyExcept(0u))
            {
                for (var level = 0; level < Levels; level++) memory[at + level] = s_assumed[level] * sharing[level];
                mended++;
            }
            at++;
        }
    }

    /// <summary>The parts of memory that hold a library's variables: what is mapped from its file, and the zeros right behind.</summary>
    private static IEnumerable<(nint Start, int Length)> WritableParts(string library)
    {
        var end = 0L;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries); // start-end rwxp offset device inode path
            var range = words[0].Split('-').Select(hex => Convert.ToInt64(hex, 16)).ToArray();
            var named = words.Length > 5;
            var ofLibrary = named ? words[5].EndsWith("/" + library, StringComparison.Ordinal) : range[0] == end;
            if (!ofLibrary) continue;
            end = range[1];
            if (words[1].StartsWith("rw", StringComparison.Ordinal) && range[1] - range[0] < int.MaxValue)
                yield return ((nint)range[0], (int)(range[1] - range[0]));
        }
    }
}

/// <summary>Whether the processor's cache sizes are hidden here, and what follows.</summary>
internal enum HiddenCachesState
{
    /// <summary>They can be seen.</summary>
    Visible,

    /// <summary>They are hidden from a library that then assumes usual ones.</summary>
    HiddenWithoutHarm,

    /// <summary>They are hidden, oneDNN took them for nothing, and was told usual ones.</summary>
    Mended,

    /// <summary>They are hidden, and oneDNN is switched off, which is right and slower.</summary>
    WithoutOneDnn,

    /// <summary>
    /// They are hidden and oneDNN takes them for nothing: convolutions that pad channels lie, or write where they must not.
    /// </summary>
    Harmful,
}
