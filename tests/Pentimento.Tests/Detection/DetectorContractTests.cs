using Pentimento.Detection;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

/// <summary>What every registered detector keeps; a new one is tested by being registered.</summary>
public sealed class DetectorContractTests
{
    public static TheoryData<string> Names => [.. Detectors.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Strange_pictures_score_higher_than_normal_ones_that_it_has_not_seen(string name)
    {
        using var detector = SmallSets.Fitted(name);
        double[] scores = [.. SmallSets.Pictures(6, seed: 9).Concat(SmallSets.Pictures(6, strange: true, seed: 9))
            .Select(picture => detector.Detect(picture).AnomalyScore)];
        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
        bool[] strange = [.. Enumerable.Range(0, 12).Select(i => i >= 6)];
        Assert.True(Ranking.Auroc(scores, strange) >= 0.95, $"AUROC {Ranking.Auroc(scores, strange)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Saved_and_opened_again_it_says_the_same_to_the_bit(string name)
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallSets.Fit(name);
        detector.ToBundle().Save(folder["model.pent"]);
        using var again = AnomalyDetector.Load(folder["model.pent"]);
        Assert.Equal((name, detector.HasMap), (again.Name, again.HasMap));
        Assert.Equal(detector.Preprocessing, again.Preprocessing);
        foreach (var picture in SmallSets.Pictures(2, seed: 8).Concat(SmallSets.Pictures(2, strange: true, seed: 8)))
        {
            Assert.Equal(detector.Detect(picture), again.Detect(picture));
            using var map = detector.AnomalyMap(picture);
            using var mapAgain = again.AnomalyMap(picture);
            if (map is not null) Assert.Equal(map.data<float>().ToArray(), mapAgain!.data<float>().ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_map_has_the_pictures_size_and_is_finite_where_one_is_promised(string name)
    {
        using var detector = SmallSets.Fitted(name);
        using var map = detector.AnomalyMap(SmallSets.Pictures(1, strange: true)[0]);
        Assert.Equal(detector.HasMap, map is not null);
        if (map is null) return;
        using var scope = NewDisposeScope();
        Assert.Equal([SmallSets.Side, SmallSets.Side], map.shape);
        Assert.True(map.isfinite().all().item<bool>());
        const int half = SmallSets.Side / 2;
        var (strange, rest) = (map.narrow(0, 0, half).narrow(1, 0, half).mean(), map.narrow(0, half, half).narrow(1, half, half).mean());
        Assert.True(strange.item<float>() > rest.item<float>(), "the noise is in the upper left");
        Assert.True(double.IsFinite(detector.MapThreshold));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fitted_again_with_the_same_seed_it_gives_the_same_scores(string name)
    {
        using var detector = SmallSets.Fit(name);
        var picture = SmallSets.Pictures(1, strange: true)[0];
        var before = detector.Detect(picture);
        using (NewDisposeScope()) CrossFitting.Fit(detector, SmallSets.Data(detector), SmallSets.Folds(SmallSets.Count(name)), 0.2);
        Assert.Equal(before, detector.Detect(picture));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pictures_of_another_size_are_refused_in_one_line(string name)
    {
        using var detector = SmallSets.Fitted(name);
        if (name == "reconstruction") return; // its network says what it takes: ReconstructionDetectorTests
        var e = Assert.Throws<InvalidDataException>(
            () => detector.Judge(SmallSets.Pictures(1, side: SmallSets.Side + 1)[0], out _));
        Assert.Contains($"3×{SmallSets.Side + 1}×{SmallSets.Side + 1}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_a_fit_it_says_so(string name)
    {
        using var detector = SmallSets.Create(name);
        using var scope = NewDisposeScope();
        Assert.Throws<InvalidOperationException>(() => detector.Score(SmallSets.Extract(detector, SmallSets.Pictures(1))[0]));
        Assert.Throws<InvalidOperationException>(() => detector.Calibration);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_that_lacks_what_it_learnt_is_refused(string name)
    {
        using var detector = SmallSets.Fitted(name);
        using var bundle = detector.ToBundle();
        if (bundle.HasNetwork) return; // its weights are checked with every network's
        foreach (var part in bundle.Parts.Keys.Where(p => p != "detector.json"))
        {
            using var broken = detector.ToBundle();
            broken.Parts.Remove(part);
            Assert.Contains(part, Assert.Throws<InvalidDataException>(() => AnomalyDetector.Of(broken)).Message, StringComparison.Ordinal);
        }
        bundle.Parts["detector.safetensors"] = "{}"u8.ToArray();
        Assert.Throws<InvalidDataException>(() => AnomalyDetector.Of(bundle));
    }

    [Fact]
    public void An_unknown_name_and_a_missing_backbone_are_named()
    {
        var setup = new DetectorSetup(new Pentimento.Imaging.Preprocessing());
        Assert.Contains(
            "patchcore", Assert.Throws<ArgumentException>(() => Detectors.Create("nose", setup)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "squeezenet1_1", Assert.Throws<ArgumentException>(() => Detectors.Create("patchcore", setup)).Message,
            StringComparison.Ordinal);
    }
}

[Collection(nameof(LiveTensors))]
public sealed class DetectorLeakTests
{
    [Theory]
    [MemberData(nameof(DetectorContractTests.Names), MemberType = typeof(DetectorContractTests))]
    public void Fitting_saving_opening_and_scoring_leave_no_tensor(string name)
    {
        if (Detectors.Facts(name).Trains) return; // making a network leaves empty handles to the collector
        using var folder = new TemporaryFolder();
        var picture = SmallSets.Pictures(1)[0];
        LiveTensors.AssertNoneLeft(() =>
        {
            using var detector = SmallSets.Fitted(name);
            detector.ToBundle().Save(folder["model.pent"]);
            using var again = AnomalyDetector.Load(folder["model.pent"]);
            again.Detect(picture);
            again.AnomalyMap(picture)?.Dispose();
        });
    }
}
