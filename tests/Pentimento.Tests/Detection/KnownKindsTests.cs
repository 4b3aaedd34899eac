using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

public sealed class KnownKindsTests
{
    private const int Values = 12, OfAKind = 12;

    [Fact]
    public void A_kind_never_seen_is_told_apart_by_the_values_in_which_kinds_differ()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var kinds = Enumerable.Range(0, 22).Select(_ => Kind(generator)).ToArray();
        using var detector = SmallSets.Create("known-kinds");
        detector.Fit(Data(kinds, knowsKinds: true));
        bool[] strange = [.. Enumerable.Range(0, 2 * OfAKind).Select(i => i >= OfAKind)];
        double[] scores = [.. kinds[0].Draw(OfAKind).Concat(kinds[1].Draw(OfAKind)).Select(detector.Score)];
        // Where kinds do not differ values vary ten times as much: without kinds to learn from they hide the rest.
        using var blind = SmallSets.Create("features-gaussian");
        blind.Fit(Data(kinds, knowsKinds: false));
        double[] distances = [.. kinds[0].Draw(OfAKind).Concat(kinds[1].Draw(OfAKind)).Select(blind.Score)];
        Assert.True(Ranking.Auroc(scores, strange) >= 0.9, $"{Ranking.Auroc(scores, strange)}");
        Assert.True(Ranking.Auroc(scores, strange) > Ranking.Auroc(distances, strange));
    }

    [Fact]
    public void Held_out_scores_are_like_those_of_new_normal_samples()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var kinds = Enumerable.Range(0, 22).Select(_ => Kind(generator)).ToArray();
        using var detector = SmallSets.Create("known-kinds");
        var data = Data(kinds, knowsKinds: true) with { Normal = kinds[0].Draw(60) };
        var heldOut = detector.FitAndScoreHeldOut(data, SmallSets.Folds(60));
        double[] fresh = [.. kinds[0].Draw(200).Select(detector.Score)];
        double[] all = [.. heldOut, .. fresh];
        Assert.InRange(Ranking.Auroc(all, [.. all.Select((_, i) => i >= 60)]), 0.4, 0.6);
    }

    [Fact]
    public void Too_few_images_are_refused()
    {
        using var scope = NewDisposeScope();
        using var detector = SmallSets.Create("known-kinds");
        Assert.Contains("too few", Assert.Throws<ArgumentException>(
            () => detector.Fit(new FitData { Normal = [rand(4), rand(4)], KnownOthers = [rand(4)] })).Message, StringComparison.Ordinal);
    }

    private static FitData Data(IReadOnlyList<KindOfSamples> kinds, bool knowsKinds) => new()
    {
        Normal = kinds[0].Draw(OfAKind),
        KnownOthers = [.. kinds.Skip(2).SelectMany(kind => kind.Draw(OfAKind))],
        KnownOtherKinds = knowsKinds ? [.. kinds.Skip(2).SelectMany((_, k) => Enumerable.Repeat(k, OfAKind))] : [],
    };

    private static KindOfSamples Kind(Generator generator) => new(
        cat([randn(Values / 2, generator: generator) * 2, zeros(Values / 2)]), generator);

    private sealed record KindOfSamples(Tensor Centre, Generator Generator)
    {
        public Tensor[] Draw(int count) =>
        [
            .. Enumerable.Range(0, count).Select(_ => Centre + randn(Values, generator: Generator)
                * cat([ones(Values / 2), ones(Values / 2) * 10])),
        ];
    }
}
