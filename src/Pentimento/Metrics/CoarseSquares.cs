using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>
/// Squares of a colour picture that are large enough for noise of several pixels: in small ones such noise looks like picture.
/// Kept are a few numbers of each, of the differences of the channels; in the brightness, texture cannot be told from coarse
/// noise.
/// </summary>
internal sealed class CoarseSquares
{
    /// <summary>The side of a square in pixels.</summary>
    public const int Side = 32;

    private const int Fewest = 64, Box = 8, AtOnce = 256;

    // Of white noise, blurred by a Gaussian, and nothing else: the extent of its correlation, and the share of its level, that
    // the flattest squares show. From fields of 481×321 pixels; photographs with such noise show the same to a tenth.
    private static readonly (double Extent, double Blur, double Share)[] s_noise =
        [(-0.06, 0, 0.992), (0.21, 0.5, 0.991), (0.98, 1, 0.947), (1.63, 1.5, 0.881), (2.17, 2, 0.802), (2.68, 3, 0.66)];

    private readonly SortedDictionary<long, float[]> _facts = []; // of both planes of a square; none where noise was cut off

    /// <summary>Whether a square is known.</summary>
    public bool Has(long number) => _facts.ContainsKey(number);

    /// <summary>Takes squares.</summary>
    /// <param name="squares">(3, 32, 32) each, in [0, 1], with a number that says where.</param>
    /// <param name="differences">(2, 3): how the two differences are made of the channels; not disposed.</param>
    public void Add(IReadOnlyList<(long Number, float[] Square)> squares, Tensor differences)
    {
        foreach (var some in squares.Chunk(AtOnce))
        {
            using var scope = NewDisposeScope();
            var pixels = NoiseSample.Stack(some.Select(one => one.Square), some.Length, channels: 3, Side);
            var whole = NoiseSample.HardlyClipped(pixels).data<bool>().ToArray();
            var planes = einsum("kc,ncij->nkij", differences, pixels).flatten(0, 1);
            var facts = FlatPart.Facts(planes, Box).data<float>().ToArray();
            var length = facts.Length / some.Length;
            for (var i = 0; i < some.Length; i++)
                _facts[some[i].Number] = whole[i] ? facts[(i * length)..((i + 1) * length)] : [];
        }
    }

    /// <summary>What the flattest of them have, or null where there are too few.</summary>
    public FlatPart? Flattest()
    {
        using var scope = NewDisposeScope();
        float[] all = [.. _facts.Values.SelectMany(facts => facts)];
        return all.Length < 2 * Fewest * FlatPart.Count ? null : FlatPart.Of(tensor(all).reshape(-1, FlatPart.Count), Side);
    }

    /// <summary>The noise that shows so in the flattest squares.</summary>
    /// <returns>Its level, and the standard deviation of the blur that makes white noise such, in pixels, at most 3.</returns>
    public static (double Level, double Blur) NoiseOf(FlatPart flat)
    {
        var next = Math.Max(1, Array.FindIndex(s_noise, row => row.Extent >= flat.Extent));
        if (flat.Extent >= s_noise[^1].Extent) next = s_noise.Length - 1;
        var (from, to) = (s_noise[next - 1], s_noise[next]);
        var part = Math.Clamp((flat.Extent - from.Extent) / (to.Extent - from.Extent), 0, 1);
        return (flat.Level / double.Lerp(from.Share, to.Share, part), double.Lerp(from.Blur, to.Blur, part));
    }

    /// <summary>Forgets all squares.</summary>
    public void Clear() => _facts.Clear();
}
