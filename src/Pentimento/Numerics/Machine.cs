using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>This machine, as far as it decides how numbers come out. Thread-safe.</summary>
public static class Machine
{
    // Not before it is asked for: it loads libtorch.
    private static readonly Lazy<string> s_name = new(() =>
        $"{Processor}, {RuntimeInformation.ProcessArchitecture}, libtorch {__version__}, caches {HiddenCaches.State}" +
        string.Concat(new[] { "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE" }
            .Select(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? $", {name}={value}" : "")));

    /// <summary>The processor's name, or the architecture's where it has none.</summary>
    public static string Processor { get; } = ProcessorName();

    /// <summary>Everything by which two machines may differ in which forms of a computation are right, and which is fast.</summary>
    public static string Name => s_name.Value;

    /// <summary>What is wrong with this machine in one sentence, or null where nothing is.</summary>
    public static string? Remark => HiddenCaches.State switch
    {
        HiddenCachesState.Mended =>
            "This machine hides the sizes of its processor's caches, which makes libtorch compute wrong convolutions; " +
            "usual sizes were put in, and each convolution is checked before it is trusted.",
        HiddenCachesState.WithoutOneDnn or HiddenCachesState.Harmful =>
            "This machine hides the sizes of its processor's caches, which makes libtorch compute wrong convolutions; " +
            "they are computed in another way, which takes longer.",
        _ when WrongForms > 0 =>
            $"On this machine libtorch computes {WrongForms} of {ConvolutionForms.Used.Count} forms of convolution wrongly; " +
            "those are computed in another way, which takes longer.",
        _ => null,
    };

    /// <summary>
    /// <see cref="Remark"/> where this process has computed convolutions and nothing on this machine has asked before; else null.
    /// </summary>
    public static string? TakeRemark() =>
        ConvolutionForms.Used.Count > 0 && Remark is { } remark && ConvolutionForms.IsFirstTime("said") ? remark : null;

    /// <summary>What <c>pentimento inspect --machine</c> shows: a name and a value each.</summary>
    public static IReadOnlyList<(string Name, string Value)> Facts
    {
        get
        {
            var used = ConvolutionForms.Used;
            return
            [
                ("processor", $"{Processor}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}"),
                ("libtorch", __version__),
                ("caches", HiddenCaches.State switch
                {
                    HiddenCachesState.Visible => "their sizes can be seen",
                    HiddenCachesState.HiddenWithoutHarm => "their sizes are hidden, and libtorch takes usual ones",
                    HiddenCachesState.Mended => "their sizes are hidden; usual ones were put into libtorch",
                    HiddenCachesState.WithoutOneDnn => "their sizes are hidden; libtorch does without oneDNN",
                    _ => "their sizes are hidden; all convolutions are computed in float64",
                }),
                ("NNPACK", TorchContext.UsesNnpack ? "may be used" : "does not know this processor, switched off"),
                ("convolutions", $"{used.Count} forms used, {WrongForms} of them wrong in libtorch, checked in " +
                    $"{ConvolutionForms.Spent.TotalMilliseconds:F0} ms" +
                    string.Concat(used.Where(form => form.Value != ConvolutionWay.Direct)
                        .Select(form => $"\n{form.Key}: {(form.Value == ConvolutionWay.Padded ? "padded" : "in float64")}").Order())),
                ("remembered in", ConvolutionForms.MemoryFile),
            ];
        }
    }

    private static int WrongForms => ConvolutionForms.Used.Count(form => form.Value != ConvolutionWay.Direct);

    private static string ProcessorName()
    {
        const string field = "model name";
        try
        {
            if (OperatingSystem.IsLinux()
                && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) is { } line)
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // named by its architecture
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
