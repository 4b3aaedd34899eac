using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Tests.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

/// <summary>Detectors of pictures that are larger than what they look at.</summary>
public sealed class CroppedDetectorTests
{
    private const int Side = 32; // of a crop; the pictures have 48 pixels, so that there are four

    public static TheoryData<string> Names => [.. Detectors.Names];

    private static readonly Preprocessing s_inCrops = new() { Resize = SmallSets.Side, Window = Side };

    private static AnomalyDetector Create(string name, CropFusion fusion = CropFusion.Mean) =>
        Detectors.Create(name, new DetectorSetup(s_inCrops)
        {
            Backbone = Detectors.Facts(name).NeedsBackbone ? RandomBackbone.Create("squeezenet1_1") : null,
            BankSize = 200,
            TrainingSteps = Detectors.Facts(name).Trains ? 3 : null,
            Fusion = fusion,
        });

    private static AnomalyDetector Fit(string name, CropFusion fusion = CropFusion.Mean)
    {
        var detector = Create(name, fusion);
        using var scope = NewDisposeScope();
        var data = SmallSets.Data(detector, 10) with { TrainNetwork = null };
        CrossFitting.Fit(detector, data, SmallSets.Folds(10), 0.2);
        return detector;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_detector_says_the_same_to_the_bit_when_it_is_opened_again_of_pictures_of_any_shape(string name)
    {
        using var folder = new TemporaryFolder();
        using var detector = Fit(name, CropFusion.Trimmed);
        detector.ToBundle().Save(folder["model.pent"]);
        using var again = AnomalyDetector.Load(folder["model.pent"]);
        Assert.Equal((name, detector.HasMap, s_inCrops), (again.Name, again.HasMap, again.Preprocessing));
        Assert.Equal(CropFusion.Trimmed, Assert.IsType<CroppedDetector>(again).Fusion);
        foreach (var picture in new[] { SmallSets.Pictures(1, strange: true, seed: 8)[0], Wide() })
        {
            Assert.Equal(detector.Detect(picture), again.Detect(picture));
            using var map = detector.AnomalyMap(picture);
            using var mapAgain = again.AnomalyMap(picture);
            Assert.Equal(detector.HasMap, map is not null);
            if (map is null) continue;
            Assert.Equal([SmallSets.Side, (long)s_inCrops.Apply(picture).Shape.Width], map.shape);
            Assert.Equal(map.data<float>().ToArray(), mapAgain!.data<float>().ToArray());
        }
    }

    /// <summary>Twice as wide as it is high, and larger.</summary>
    private static RasterImage Wide() => new(
        new ImageShape(3, 60, 120), [.. Enumerable.Range(0, 3 * 60 * 120).Select(i => (byte)(128 + 60 * Math.Sin(i / 3 % 120 / 3.0)))]);

    [Theory]
    [InlineData(CropFusion.Mean, 3.75)]
    [InlineData(CropFusion.Max, 9)]
    [InlineData(CropFusion.Trimmed, 2.5)]
    public void Scores_of_crops_become_one(CropFusion fusion, double expected)
    {
        Assert.Equal(expected, fusion.Fuse([2, 1, 9, 3]));
        Assert.Equal(7, fusion.Fuse([7]));
        Assert.Equal(fusion == CropFusion.Max ? 8 : 7, fusion.Fuse([6, 8])); // two are too few to leave any out
    }

    [Fact]
    public void Without_a_fifth_at_either_end_no_single_crop_decides() =>
        Assert.Equal(5.5, CropFusion.Trimmed.Fuse([1000, -1000, 3, 4, 5, 6, 7, 8, -500, 500]));

    [Fact]
    public void A_pictures_score_is_that_of_its_crops_fused()
    {
        using var scope = NewDisposeScope();
        using var detector = (CroppedDetector)Fit("descriptors", CropFusion.Max);
        var picture = SmallSets.Pictures(1, strange: true, seed: 4)[0].ToTensor().unsqueeze(0);
        double[] scores =
        [
            .. from top in new[] { 0, 16 } from left in new[] { 0, 16 }
               select detector.OfCrop.Score(detector.OfCrop.Extract(picture.narrow(2, top, Side).narrow(3, left, Side).contiguous())),
        ];
        Assert.Equal(scores.Max(), detector.Score(detector.Extract(picture)));
        Assert.True(scores[0] > scores[3], "the noise is in the upper left");
    }

    [Fact]
    public void All_crops_of_a_picture_are_in_one_fold_and_the_calibration_is_of_pictures()
    {
        using var scope = NewDisposeScope();
        using var detector = (CroppedDetector)Create("features");
        var data = SmallSets.Data(detector, 10);
        CrossFitting.Fit(detector, data, SmallSets.Folds(10), 0.2);
        Assert.Equal(10, detector.Calibration.NormalScores.Count);
        // Were crops of one picture in several folds, each would find its overlapping neighbours among what was learnt.
        using var without = (CroppedDetector)Create("features");
        without.Fit(data with { Normal = [.. data.Normal.Where((_, i) => i % 5 != 0)] });
        Assert.Contains(without.Score(data.Normal[5]), detector.Calibration.NormalScores);
    }

    [Fact]
    public void Maps_lie_at_the_crops_places_and_are_averaged_where_crops_overlap()
    {
        using var scope = NewDisposeScope();
        using var detector = (CroppedDetector)Fit("patchcore");
        var features = detector.Extract(SmallSets.Pictures(1, strange: true)[0].ToTensor().unsqueeze(0));
        var whole = detector.Map(features, SmallSets.Side, SmallSets.Side)!;
        Tensor Crop(int i) => detector.OfCrop.Map(features[i], Side, Side)!;
        Assert.Equal(Crop(0)[0, 0].item<float>(), whole[0, 0].item<float>());
        Assert.Equal(Crop(3)[31, 31].item<float>(), whole[47, 47].item<float>());
        Assert.Equal((Crop(0)[5, 20].item<float>() + Crop(1)[5, 4].item<float>()) / 2, whole[5, 20].item<float>(), 1e-5f);
        var middle = (Crop(0)[20, 20] + Crop(1)[20, 4] + Crop(2)[4, 20] + Crop(3)[4, 4]) / 4;
        Assert.Equal(middle.item<float>(), whole[20, 20].item<float>(), 1e-5f);
    }

    [Fact]
    public void Crops_of_one_of_the_known_others_are_of_one_kind()
    {
        using var scope = NewDisposeScope();
        using var detector = Create("known-kinds");
        var data = SmallSets.Data(detector, 10);
        detector.Fit(data);
        var score = detector.Score(data.Normal[0]);
        detector.Fit(data with { KnownOtherKinds = [.. Enumerable.Range(0, data.KnownOthers.Count)] });
        Assert.Equal(score, detector.Score(data.Normal[0]));
        detector.Fit(data with { KnownOtherKinds = [.. data.KnownOthers.Select(_ => 0)] });
        Assert.NotEqual(score, detector.Score(data.Normal[0]));
    }

    [Fact]
    public void A_model_that_does_not_say_how_scores_are_fused_is_refused()
    {
        using var detector = Fit("descriptors");
        using var bundle = detector.ToBundle();
        foreach (var damaged in new[] { null, "{}", "{\"fusion\":\"median\"}", "{\"fusion\":7}" })
        {
            if (damaged is null) bundle.Parts.Remove("crops.json");
            else bundle.Parts["crops.json"] = System.Text.Encoding.UTF8.GetBytes(damaged);
            var e = Assert.Throws<InvalidDataException>(() => AnomalyDetector.Of(bundle));
            Assert.Contains("crops.json", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_image_of_another_size_than_it_was_brought_to_is_refused()
    {
        using var detector = Fit("descriptors");
        Assert.Contains("shorter side of 48", Assert.Throws<InvalidDataException>(
            () => detector.Judge(SmallSets.Pictures(1, side: 64)[0], out _)).Message, StringComparison.Ordinal);
    }
}
