using Pentimento.Detection;
using Pentimento.Tests.Inference;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class MemoryBankTests
{
    private static Tensor Random(long rows, long columns, ulong seed)
    {
        using var generator = new Generator(seed);
        return randn([rows, columns], generator: generator);
    }

    /// <summary>Vectors in clumps, as features of patches are.</summary>
    private static Tensor Clumps(long rows, long columns, ulong seed) =>
        Random(40, columns, 99).repeat((rows + 39) / 40, 1).narrow(0, 0, rows) * 2 + Random(rows, columns, seed) * 0.3;

    [Fact]
    public void A_small_bank_finds_the_nearest_as_a_plain_search_does()
    {
        using var scope = NewDisposeScope();
        var (vectors, queries) = (Random(300, 17, 1), Random(20, 17, 2));
        using var bank = MemoryBank.Build(vectors, seed: 1);
        var plain = cdist(queries, vectors).topk(3, largest: false).values;
        Assert.True(bank.Nearest(queries, 3).allclose(plain, rtol: 1e-4, atol: 1e-4));
    }

    [Fact]
    public void A_bank_in_lists_finds_nearly_always_the_nearest_and_never_less_than_it()
    {
        using var scope = NewDisposeScope();
        var (vectors, queries) = (Clumps(MemoryBank.LargestExact + 1000, 19, 1), Clumps(200, 19, 2)); // 19: no whole vector register
        var reports = new TestModels.Progress<double>();
        using var bank = MemoryBank.Build(vectors, seed: 1, reports);
        Assert.True(bank.Lists > 50);
        Assert.Equal((int)vectors.shape[0], bank.Count);
        Assert.Equal(1, reports.Reports[^1]);
        Assert.Equal(reports.Reports.Order(), reports.Reports);
        var plain = cdist(queries, vectors).topk(3, largest: false).values;
        var found = bank.Nearest(queries, 3);
        Assert.True(found.ge(plain - 1e-2).all().item<bool>()); // halves
        Assert.True((found - plain).abs().lt(1e-2).to(ScalarType.Float32).mean().item<float>() > 0.97);
    }

    [Fact]
    public void A_query_that_is_in_the_bank_is_at_hardly_any_distance()
    {
        using var scope = NewDisposeScope();
        var vectors = Clumps(MemoryBank.LargestExact + 40, 8, 3);
        using var bank = MemoryBank.Build(vectors, seed: 1);
        Assert.True(bank.Nearest(vectors.narrow(0, 0, 100)).max().item<float>() < 1e-2); // of vectors about 6 long
    }

    [Theory]
    [InlineData(300)]
    [InlineData(MemoryBank.LargestExact + 300)]
    public void What_is_found_lies_at_the_distance_that_is_said(int count)
    {
        using var scope = NewDisposeScope();
        var queries = Clumps(50, 70, 2);
        using var bank = MemoryBank.Build(Clumps(count, 70, 1), seed: 1);
        var (distances, indices) = bank.Find(queries, 2);
        for (var k = 0; k < 2; k++)
        {
            var apart = (bank.Vectors(indices.select(1, k)) - queries).square().sum([1]).sqrt();
            Assert.True(apart.allclose(distances.select(1, k), rtol: 1e-4, atol: 1e-3));
        }
    }

    [Fact]
    public void A_large_bank_comes_back_and_finds_the_same_to_the_bit()
    {
        using var scope = NewDisposeScope();
        using var bank = MemoryBank.Build(Clumps(MemoryBank.LargestExact + 500, 20, 3), seed: 1);
        using var again = MemoryBank.Restore(bank.State());
        var queries = Clumps(40, 20, 5);
        Assert.Equal(bank.Nearest(queries, 2).data<float>().ToArray(), again.Nearest(queries, 2).data<float>().ToArray());
        var state = bank.State();
        state.Remove("projection");
        Assert.Throws<InvalidDataException>(() => MemoryBank.Restore(state));
    }

    [Fact]
    public void More_than_can_be_chosen_greedily_are_drawn()
    {
        using var scope = NewDisposeScope();
        var chosen = GreedyCoreset.Choose(zeros(GreedyCoreset.MostGreedy + 500, 1), GreedyCoreset.MostGreedy + 100, seed: 1);
        Assert.Equal(GreedyCoreset.MostGreedy + 100, chosen.Distinct().Count());
    }

    [Fact]
    public void Fewer_vectors_than_neighbours_give_infinity_for_the_rest()
    {
        using var scope = NewDisposeScope();
        using var bank = MemoryBank.Build(ones(2, 3), seed: 1);
        var found = bank.Nearest(zeros(1, 3), 3).data<float>().ToArray();
        Assert.Equal([MathF.Sqrt(3), MathF.Sqrt(3), float.PositiveInfinity], found);
    }

    [Fact]
    public void A_bank_without_vectors_is_refused() =>
        Assert.Throws<ArgumentException>(() => MemoryBank.Build(zeros(0, 3), seed: 1));

    [Fact]
    public void Building_stops_when_it_is_cancelled() =>
        Assert.Throws<OperationCanceledException>(
            () => MemoryBank.Build(zeros(MemoryBank.LargestExact + 1, 2), 1, cancel: new CancellationToken(true)).Dispose());

    [Fact]
    public void The_coreset_covers_every_clump_before_it_takes_a_second_of_one()
    {
        using var scope = NewDisposeScope();
        var vectors = Clumps(4000, 12, 4);
        var chosen = GreedyCoreset.Choose(vectors, 40, seed: 2);
        Assert.Equal(40, chosen.Select(i => i % 40).Distinct().Count()); // row i is of clump i mod 40
    }

    [Fact]
    public void The_coreset_is_that_of_the_plain_algorithm()
    {
        using var scope = NewDisposeScope();
        var vectors = Random(60, 5, 7);
        var chosen = GreedyCoreset.Choose(vectors, 10, seed: 3);
        var distances = cdist(vectors, vectors);
        List<long> plain = [chosen[0]];
        while (plain.Count < 10)
            plain.Add(distances.index_select(1, tensor(plain.ToArray())).amin([1]).argmax().item<long>());
        Assert.Equal(plain, chosen);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(80)]
    public void A_coreset_of_all_or_more_is_all(int count)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), GreedyCoreset.Choose(Random(50, 3, 1), count, seed: 1));
    }

    [Fact]
    public void Equal_vectors_are_chosen_once_each()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(7, GreedyCoreset.Choose(ones(30, 4), 7, seed: 1).Distinct().Count());
    }
}
