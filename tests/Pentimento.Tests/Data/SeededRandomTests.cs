using CsCheck;
using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_numbers_are_those_of_the_published_generators()
    {
        // xoshiro256** after SplitMix64 from 42, from Fixtures/seeded_order.py, an implementation of its own.
        var random = new SeededRandom(42);
        Assert.Equal([1546998764402558742UL, 6990951692964543102UL, 12544586762248559009UL],
            [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()]);
    }

    [Fact]
    public void Streams_and_seeds_give_different_numbers()
    {
        ulong First(long seed, long stream) => new SeededRandom(seed, stream).NextUInt64();
        Assert.Distinct(
            [First(0, 0), First(0, 1), First(1, 0), First(1, 1), First(-1, 0), First(0, -1), First(long.MinValue, 0)]);
    }

    [Fact]
    public void A_shuffle_is_a_permutation() => Gen.Select(Gen.Long, Gen.Int[0, 50]).Sample((seed, count) =>
    {
        var values = Enumerable.Range(0, count).ToArray();
        new SeededRandom(seed).Shuffle<int>(values);
        return values.Order().SequenceEqual(Enumerable.Range(0, count));
    });

    [Fact]
    public void All_orders_of_a_shuffle_are_about_equally_frequent()
    {
        var random = new SeededRandom(1);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 24_000; i++)
        {
            var order = "abcd".ToCharArray();
            random.Shuffle<char>(order);
            counts[new(order)] = counts.GetValueOrDefault(new(order)) + 1;
        }
        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, 850, 1150)); // 1,000 ± 4.8 standard deviations
    }

    [Fact]
    public void Whole_numbers_stay_below_their_maximum_and_all_occur()
    {
        var random = new SeededRandom(3);
        Assert.Equal(Enumerable.Range(0, 7), Enumerable.Range(0, 500).Select(_ => random.Next(7)).Distinct().Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(0));
    }

    [Fact]
    public void Fractions_lie_in_0_to_1_and_are_even()
    {
        var random = new SeededRandom(4);
        var values = Enumerable.Range(0, 10_000).Select(_ => random.NextDouble()).ToArray();
        Assert.All(values, v => Assert.InRange(v, 0, 1 - 1e-17));
        Assert.InRange(values.Average(), 0.49, 0.51);
    }
}
