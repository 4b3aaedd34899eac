using System.Numerics;

namespace Pentimento.Data;

/// <summary>
/// Random numbers that are the same on every machine and in every version, unlike <see cref="Random"/>'s: xoshiro256**,
/// its state filled by SplitMix64 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021).
/// Not for secrets.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a, _b, _c, _d;

    /// <summary>Starts at a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">Numbers of different streams of one seed are independent, as for epochs 0, 1, 2, …</param>
    public SeededRandom(long seed, long stream = 0)
    {
        // The stream is mixed before it meets the seed, so that (seed 1, stream 0) and (seed 0, stream 1) differ.
        var mixed = (ulong)stream;
        var state = (ulong)seed ^ (stream == 0 ? 0 : SplitMix64(ref mixed));
        (_a, _b, _c, _d) = (SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>
    /// A whole number from 0 up to, not including, <paramref name="exclusiveMaximum"/>; every one is equally likely.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not positive.</exception>
    public int Next(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);
        // Lemire, "Fast random integer generation in an interval", 2019: the few values that would favour some results are
        // drawn again.
        var range = (ulong)exclusiveMaximum;
        var threshold = (0 - range) % range;
        ulong high, low;
        do high = Math.BigMul(NextUInt64(), range, out low);
        while (low < threshold);
        return (int)high;
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Puts the values into a random order; every order is equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
