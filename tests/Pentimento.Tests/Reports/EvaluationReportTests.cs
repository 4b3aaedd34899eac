using System.Text.RegularExpressions;
using Pentimento.Imaging;
using Pentimento.Metrics;
using Pentimento.Reports;

namespace Pentimento.Tests.Reports;

public sealed class EvaluationReportTests
{
    private static readonly BootstrapOptions Quick = new() { Resamples = 200 };
    private static readonly RasterImage Picture = new(new ImageShape(1, 1, 1), [128]);

    [Fact]
    public void A_denoising_report_sets_noisy_beside_output()
    {
        var html = new ReconstructionReport
        {
            Title = "Denoising",
            TestImages = 10_000,
            Quality = [new("MSE", new(0.009628, 0.0095, 0.0097), new(0.0271, 0.027, 0.0272), HigherIsBetter: false),
                new("PSNR", new(20.61, 20.5, 20.7), null, "dB")],
            Losses = [Curve.PerEpoch("validation", [0.03, 0.0097, 0.0098])],
            Examples = [new("#1", [new("original", Picture), new("noisy", Picture, "16.0 dB"), new("output", Picture, "20.6 dB")],
                "boot")],
            Worst = [new("#2", [new("original", Picture)])],
            Classes = [new("boot", 1000, new(0.01, 0.009, 0.011))],
            Options = [new("noise factor", "0.2")],
            Confidence = 0.9,
        }.ToPage().ToHtml();
        foreach (var expected in new[] { "0.009628", "noisy input 0.02710", "Worst cases", "noise factor",
            "validation: lowest 0.009700 at epoch 2.",
            "10\u202f000 test images", "90\u202f% interval", ">boot<" })
            Assert.Contains(System.Net.WebUtility.HtmlEncode(expected).Replace("&gt;", ">").Replace("&lt;", "<"), html);
        Assert.DoesNotContain("95\u202f%", html);
        Assert.DoesNotContain("Best cases", html);
    }

    [Fact]
    public void A_reconstruction_report_has_no_noisy_column()
    {
        QualityRow mse = new("MSE", new(0.01, 0.009, 0.02));
        var html = new ReconstructionReport { Title = "t", TestImages = 3, Quality = [mse] }.ToPage().ToHtml();
        Assert.DoesNotContain("noisy", html);
        Assert.Throws<ArgumentException>(() => new ReconstructionReport { Title = "t", TestImages = 3, Quality = [] }.ToPage());
    }

    [Fact]
    public void A_detection_report_counts_decisions_with_either_class_as_positive()
    {
        var html = Report([1, 2, 3, 4], [false, false, true, true], 3.5).ToPage().ToHtml();
        Assert.Contains("<tr><th scope=\"row\">anomalous</th>\n<td class=\"num\">1</td>\n<td class=\"num\">1</td>", html);
        Assert.Contains("<tr><th scope=\"row\">precision</th>\n<td class=\"num\">1.000</td>\n<td class=\"num\">0.667</td>", html);
        Assert.Contains("AUROC 1.000", html);
    }

    [Fact]
    public void A_detector_no_better_than_chance_is_called_so()
    {
        var random = new Random(2);
        var scores = Enumerable.Range(0, 200).Select(_ => random.NextDouble()).ToArray();
        var anomalous = scores.Select((_, i) => i % 2 == 0).ToArray();
        Assert.Contains("not been shown to be better than chance", Report(scores, anomalous, 0.5).ToPage().ToHtml());
        Assert.Contains("below 0.5",
            Report([.. anomalous.Select((a, i) => (a ? -1 : 1) + scores[i])], anomalous, 0.5).ToPage().ToHtml());
        var good = Report([.. anomalous.Select((a, i) => (a ? 1 : 0) + scores[i])], anomalous, 0.95).ToPage().ToHtml();
        Assert.DoesNotContain("Read with care", good);
    }

    [Fact]
    public void A_detector_that_a_plain_statistic_equals_is_called_so()
    {
        var random = new Random(2);
        var anomalous = Enumerable.Range(0, 200).Select(i => i % 2 == 0).ToArray();
        var scores = anomalous.Select(a => (a ? 0.6 : 0) + random.NextDouble()).ToArray();
        var report = Report(scores, anomalous, 0.9);
        Assert.Contains("not clearly better than a plain statistic",
            (report with { Baselines = [new("sharpness", scores)] }).ToPage().ToHtml());
        Assert.DoesNotContain("not clearly better",
            (report with { Baselines = [new("noise", [.. scores.Select(_ => random.NextDouble())])] }).ToPage().ToHtml());
        Assert.Throws<ArgumentException>(() => (report with { Baselines = [new("short", [1])] }).ToPage());
    }

    [Fact]
    public void A_broken_promise_of_the_threshold_is_named()
    {
        var scores = Enumerable.Range(0, 100).Select(i => (double)i).ToArray();
        var html = (Report(scores, new bool[100], 50) with { PromisedFalseAlarmRate = 0.05 }).ToPage().ToHtml();
        Assert.Contains("More normal images were flagged than the 5\u202f% calibrated for", html);
        Assert.DoesNotContain("AUROC", html); // one class has no curve
    }

    [Fact]
    public void A_threshold_that_flags_nothing_is_said_in_words()
    {
        var html = Report([1, 2, 3, 4], [false, false, true, true], double.PositiveInfinity).ToPage().ToHtml();
        Assert.Contains("nothing is ever flagged", html);
        Assert.Contains("No image is called anomalous, because no threshold could be set.", html);
        Assert.DoesNotContain("at least ∞", html);
        Assert.Equal(1, Regex.Count(html, "<li class=\"dot point\">")); // the precision is undefined: no dot, no legend
    }

    [Fact]
    public void Scores_that_are_no_numbers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Report([], [], 1).ToPage());
        Assert.Throws<ArgumentException>(() => Report([1, double.NaN], [true, false], 1).ToPage());
        Assert.Throws<ArgumentException>(() => Report([1], [true, false], 1).ToPage());
    }

    private static DetectionReport Report(double[] scores, bool[] anomalous, double threshold) =>
        new() { Title = "Detection", Scores = scores, Anomalous = anomalous, Threshold = threshold, Intervals = Quick };
}
