using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Pentimento.Files;
using static TorchSharp.torch;

namespace Pentimento.Numerics;

/// <summary>
/// By which way each form of convolution is right on this machine: found out once, kept in <c>convolutions-….txt</c> of the
/// <see cref="HomeFolder"/>, one line a form. Deleting the file has everything checked anew. Thread-safe.
/// </summary>
internal static class ConvolutionForms
{
    private const char End = ';'; // a line without it was cut short

    private static readonly ConcurrentDictionary<ConvolutionForm, ConvolutionWay> s_ways = new();
    private static readonly Lazy<Dictionary<string, ConvolutionWay>> s_remembered = new(Read);
    private static readonly Lazy<string> s_memoryFile = new(() => HomeFolder.PathOf(
        $"convolutions-{ContentHash.Of(Encoding.UTF8.GetBytes(Machine.Name))[..12]}.txt"));
    private static readonly Lock s_file = new();
    private static long s_spent; // in ticks

    /// <summary>Has the library lie, in tests: what it gives for a form is replaced by what this gives.</summary>
    internal static AsyncLocal<Func<Tensor, Tensor>?> Lie { get; } = new();

    /// <summary>True the first time on this machine, as far as it remembers: what is said once.</summary>
    public static bool IsFirstTime(string remark)
    {
        if (s_remembered.Value.ContainsKey(remark)) return false;
        Write(ConvolutionWay.Direct, remark);
        return true;
    }

    /// <summary>How long this process spent on checks.</summary>
    public static TimeSpan Spent => TimeSpan.FromTicks(Interlocked.Read(ref s_spent));

    /// <summary>The forms that this process used, and their ways.</summary>
    public static IReadOnlyCollection<KeyValuePair<ConvolutionForm, ConvolutionWay>> Used => [.. s_ways];

    /// <summary>A way that is right; the first call for a form on a machine finds it out.</summary>
    public static ConvolutionWay WayOf(ConvolutionForm form)
    {
        if (Lie.Value is not null) return Find(form); // what holds in a test holds for it alone
        return s_ways.TryGetValue(form, out var way) ? way : s_ways.GetOrAdd(form, Remember);
    }

    /// <summary>libtorch's convolution, as it is.</summary>
    public static Tensor Library(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry)
    {
        var output = nn.functional.conv2d(
            input, weight, bias, [geometry.Stride, geometry.Stride], [geometry.Padding.Rows, geometry.Padding.Columns],
            [geometry.Dilation, geometry.Dilation], geometry.Groups);
        return Lie.Value is { } lie && input.dtype != ScalarType.Float64 ? lie(output) : output;
    }

    /// <summary>The same in float64, which libtorch computes by unfolding, without oneDNN.</summary>
    public static Tensor Exact(Tensor input, Tensor weight, Tensor? bias, ConvolutionGeometry geometry) => Library(
        input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias?.to(ScalarType.Float64), geometry);

    private static ConvolutionWay Remember(ConvolutionForm form)
    {
        var key = form.ToString();
        if (s_remembered.Value.TryGetValue(key, out var way)) return way;
        var start = Stopwatch.GetTimestamp();
        way = Find(form);
        Interlocked.Add(ref s_spent, Stopwatch.GetElapsedTime(start).Ticks);
        Write(way, key);
        return way;
    }

    private static void Write(ConvolutionWay way, string key)
    {
        lock (s_file)
        {
            try
            {
                // A line that a kill cuts short is passed over when it is read, and its form checked again.
                Directory.CreateDirectory(Path.GetDirectoryName(MemoryFile)!);
                File.AppendAllText(MemoryFile, $"{way} {key}{End}\n");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A home that cannot be written to costs a check in every process, nothing else.
            }
        }
    }

    private static ConvolutionWay Find(ConvolutionForm form) => HiddenCaches.State == HiddenCachesState.Harmful ? ConvolutionWay.Exact
        : new[] { ConvolutionWay.Direct, ConvolutionWay.Padded }.Where(way => ConvolutionCheck.IsRight(form, way))
            .Append(ConvolutionWay.Exact).First();

    /// <summary>The file that remembers; it need not exist.</summary>
    public static string MemoryFile => s_memoryFile.Value;

    private static Dictionary<string, ConvolutionWay> Read()
    {
        var ways = new Dictionary<string, ConvolutionWay>();
        try
        {
            foreach (var line in InputFile.ReadAllText(MemoryFile).Split('\n'))
                if (line.Split(' ', 2) is [var way, var key] && key.EndsWith(End) && Enum.TryParse<ConvolutionWay>(way, out var known))
                    ways[key[..^1]] = known;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // absent: everything is checked
        }
        return ways;
    }
}
