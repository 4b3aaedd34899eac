using Pentimento.Auditing;
using Pentimento.Metrics;

namespace Pentimento.Tests.Auditing;

public sealed class AuditConclusionTests
{
    private static readonly Interval s_good = new(0.9, 0.85, 0.95);

    [Fact]
    public void A_property_of_the_file_comes_first()
    {
        var result = Conclude(s_good, [], Model("sharpness", BlankKind.Picture, 0.7), Model("JPEG quality", BlankKind.File, 0.8));
        Assert.Equal(AuditOutcome.Confound, result.Outcome);
        Assert.StartsWith("The two sets can be told apart by their files", result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("JPEG quality (AUROC 0.800: 40 against 92 in the middle)", result.Conclusion[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_model_near_the_detector_is_named_with_both_figures()
    {
        var sharpness = Model("sharpness", BlankKind.Picture, 0.88);
        var result = Conclude(s_good, [sharpness], sharpness);
        Assert.Equal(AuditOutcome.Confound, result.Outcome);
        Assert.Contains("sharpness (AUROC 0.880", result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("reaches 0.900 (0.850 – 0.950)", result.Conclusion[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_paragraph_names_both_the_file_and_the_blank_model_that_comes_near()
    {
        var sharpness = Model("sharpness", BlankKind.Picture, 0.88);
        var result = Conclude(
            s_good, [sharpness], sharpness, Model("JPEG quality", BlankKind.File, 0.8), Model("contrast", BlankKind.Picture, 0.7));
        Assert.Contains("told apart by their files", result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("A blank model comes near the detector: sharpness", result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("contrast", Assert.Single(result.Conclusion.Skip(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_the_pictures_that_the_detector_clearly_beats_is_a_reservation()
    {
        var result = Conclude(s_good, [], Model("mean red", BlankKind.Picture, 0.62));
        Assert.Equal(AuditOutcome.Caution, result.Outcome);
        Assert.Contains("clearly more than any of these", result.Conclusion[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_found_it_says_how_much_was_tried()
    {
        var result = Conclude(s_good, [], Model("mean red", BlankKind.Picture, 0.55) with { PValue = 0.4 });
        Assert.Equal(AuditOutcome.NoConfound, result.Outcome);
        Assert.Single(result.Conclusion);
        Assert.StartsWith("No confound was found: none of 1 blank models", result.Conclusion[0], StringComparison.Ordinal);
        Assert.Contains("corrected p = 0.40", result.Conclusion[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_detector_at_chance_is_said_to_be_there()
    {
        var result = Conclude(new Interval(0.52, 0.44, 0.6), [], Model("mean red", BlankKind.Picture, 0.55) with { PValue = 0.4 });
        Assert.Equal(AuditOutcome.Caution, result.Outcome);
        Assert.Equal("The detector is not shown to be better than chance: (tested) reaches 0.520 (0.440 – 0.600).", result.Conclusion[0]);
    }

    [Fact]
    public void Scores_that_move_and_sources_that_are_learnt_are_reservations()
    {
        var before = Empty(s_good) with
        {
            Sensitivity =
            [
                new("JPEG at quality 40", 1.4, 0.2, 2, 1, 0.04, 0.3, 0.5, 0.8, 0.2),
                new("5 % darker", 0.1, -0.1, 0.2, 0, 0.04, 0.05, 0.5, 0.5, 0),
            ],
            Sources = [new("scanner A", 50, Binomial.Wilson(2, 50), Binomial.Wilson(20, 50), 0.9, s_good),
                new("scanner B", 30, Binomial.Wilson(1, 30), Binomial.Wilson(2, 30), 0.9, s_good)],
        };
        var result = AuditConclusion.Conclude(before, []);
        Assert.Equal(AuditOutcome.Caution, result.Outcome);
        var moved = Assert.Single(result.Conclusion, s => s.Contains("JPEG at quality 40 moves", StringComparison.Ordinal));
        Assert.Contains("+1.4 standard deviations (flagged: 4 % before, 30 % after)", moved, StringComparison.Ordinal);
        Assert.DoesNotContain("darker", moved, StringComparison.Ordinal);
        Assert.Contains("“scanner A”, 40 % are flagged",
            Assert.Single(result.Conclusion, s => s.Contains("scanner", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Near_is_what_the_same_pictures_do_not_show_the_detector_to_beat()
    {
        var random = new Random(5);
        bool[] anomalous = [.. Enumerable.Range(0, 100).Select(i => i >= 50)];
        double[] Scores(double gap) => [.. anomalous.Select(a => (a ? gap : 0) + random.NextDouble() + random.NextDouble())];
        var detector = Scores(1.2);
        BlankModel With(string name, double gap, double p) => Model(name, BlankKind.Picture, 0) with { Scores = Scores(gap), PValue = p };
        BlankModel Measured(BlankModel m) => m with { Auroc = Bootstrap.Auroc([.. m.Scores], anomalous) };
        var models = new[] { With("as good", 1.2, 0.001), With("far worse", 0.3, 0.001), With("lucky", 1.2, 0.2) }
            .Select(Measured).ToArray();
        var near = AuditConclusion.Near(new BlankModels(models, []), detector, anomalous, 1);
        Assert.Equal(["as good"], near.Select(m => m.Name));
        var learned = models[0] with { IsLearned = true };
        Assert.Empty(AuditConclusion.Near(new BlankModels([learned], []), detector, anomalous, 1));
        Assert.Single(AuditConclusion.Near(new BlankModels([learned with { Kind = BlankKind.Trace }], []), detector, anomalous, 1));
    }

    [Fact]
    public void Of_many_the_best_three_are_named_and_the_others_counted()
    {
        BlankModel[] Several(int count) =>
            [.. Enumerable.Range(0, count).Select(i => Model($"number {i}", BlankKind.File, 0.7 + 0.02 * i))];
        var five = Conclude(s_good, [], Several(5)).Conclusion[0];
        Assert.Matches(@"number 4 [^,]*, number 3 [^,]*, number 2 \([^)]*\) and 2 more", five);
        Assert.DoesNotContain("number 1", five, StringComparison.Ordinal);
        var three = Conclude(s_good, [], Several(3)).Conclusion[0];
        Assert.Contains("number 0", three, StringComparison.Ordinal);
        Assert.DoesNotContain("more", three, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.99, 0, 0.05, false)]
    [InlineData(1, 0, 0, true)]
    [InlineData(-1, 0, 0, true)]
    [InlineData(0.2, 0, 0.1, true)]
    [InlineData(0.2, 0, 0.09, false)]
    public void Scores_that_move_by_a_deviation_or_flag_a_tenth_more_are_a_reservation(
        double shift, double before, double after, bool said)
    {
        var result = AuditConclusion.Conclude(Empty(s_good) with
        {
            SensitivityPictures = 200, // 100 normal ones, of which 3 are less than a tenth
            Sensitivity = [new("blurred", shift, shift, shift, shift, before, after, 0.5, 0.5, 0)],
        }, []);
        Assert.Equal(said, result.Conclusion.Any(s => s.Contains("blurred", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0.01, true)]
    [InlineData(0.011, false)]
    [InlineData(0.05, false)]
    public void A_blank_model_is_found_at_one_percent(double p, bool found)
    {
        Assert.Equal(0.01, AuditConclusion.Level);
        var result = Conclude(s_good, [], Model("JPEG quality", BlankKind.File, 0.8) with { PValue = p });
        Assert.Equal(found ? AuditOutcome.Confound : AuditOutcome.NoConfound, result.Outcome);
    }

    /// <summary>
    /// Of 60 and 60 pictures the detector takes the last 3 of each wrong, the blank model the first few. With 5 it is a little worse, as
    /// chance may have it (the difference of 2 in 60 has a deviation of √8 in 60); with 30 it is not.
    /// </summary>
    [Theory]
    [InlineData(3, true)]
    [InlineData(5, true)]
    [InlineData(30, false)]
    public void Near_ends_where_the_whole_interval_of_the_difference_is_above_nothing(int wrong, bool near)
    {
        bool[] anomalous = [.. Enumerable.Range(0, 120).Select(i => i >= 60)];
        double[] detector = [.. anomalous.Select((a, i) => a == (i % 60 < 57) ? 1.0 : 0)];
        double[] blank = [.. anomalous.Select((a, i) => a == (i % 60 >= wrong) ? 1.0 : 0)];
        var model = Model("size", BlankKind.Picture, 0) with { Scores = blank, Auroc = Bootstrap.Auroc(blank, anomalous) };
        Assert.Equal(wrong == 3, model.Auroc.Estimate >= Ranking.Auroc(detector, anomalous));
        Assert.Equal(near, AuditConclusion.Near(new BlankModels([model], []), detector, anomalous, 1).Count == 1);
    }

    [Fact]
    public void An_audit_reads_back_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var result = Conclude(s_good, [], Model("JPEG quality", BlankKind.File, 0.8)) with
        {
            Detector = new("d", new Interval(0.5, double.NaN, double.NaN), 0.05, Binomial.Wilson(1, 20), 0.5),
        };
        File.WriteAllText(folder["a.json"], result.ToJson());
        var back = AuditResult.Read(folder["a.json"]);
        Assert.Equal(result.Conclusion, back.Conclusion);
        Assert.Equal(result.Detector, back.Detector);
        Assert.Equal(result.Blank.Models[0].NormalMedian, back.Blank.Models[0].NormalMedian);
        File.WriteAllText(folder["a.json"], "{\"normal\": 3");
        Assert.Contains(
            "a.json", Assert.Throws<InvalidDataException>(() => AuditResult.Read(folder["a.json"])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() =>
        {
            File.WriteAllText(folder["a.json"], "{}");
            AuditResult.Read(folder["a.json"]);
        });
        Assert.Throws<FileNotFoundException>(() => AuditResult.Read(folder["b.json"]));
    }

    private static BlankModel Model(string name, BlankKind kind, double auroc) =>
        new(name, kind, false, new Interval(auroc, auroc - 0.05, auroc + 0.05), 0.001) { NormalMedian = 40, OtherMedian = 92 };

    private static AuditResult Conclude(Interval detector, IReadOnlyList<BlankModel> near, params BlankModel[] models) =>
        AuditConclusion.Conclude(Empty(detector) with { Blank = new BlankModels(models, []) }, near);

    private static AuditResult Empty(Interval detector) => new()
    {
        Normal = "a",
        Other = "b",
        NormalCount = 50,
        OtherCount = 50,
        Outcome = default,
        Conclusion = [],
        Detector = new AuditedDetector("tested", detector, 0.05, Binomial.Wilson(2, 50), 0.6),
        Blank = new BlankModels([], []),
    };
}
