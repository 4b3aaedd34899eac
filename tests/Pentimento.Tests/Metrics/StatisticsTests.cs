using System.Text.Json;
using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Metrics;

/// <summary>Against numpy and Python's statistics: Fixtures/statistics.py.</summary>
public sealed class StatisticsTests
{
    private static readonly JsonElement s_expected =
        JsonElement.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "statistics.json")));

    public static TheoryData<string> Pictures => [.. s_expected.GetProperty("pictures").EnumerateArray().Select(Name)];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void The_numbers_of_a_picture_are_those_of_numpy(string name)
    {
        using var scope = NewDisposeScope();
        var (expected, picture) = Picture(name);
        double Of(string number) => expected.GetProperty(number).GetDouble();
        var image = picture.ToTensor().unsqueeze(0);
        var two = cat([image.flip(2), image], 0); // each image by itself
        Assert.Equal(Of("contrast"), ImageStatistics.Contrast(two)[1], 1e-6);
        Assert.Equal(Of("laplacian"), ImageStatistics.MeanAbsoluteLaplacian(two)[1], 1e-6);
        Assert.Equal(Of("high"), ImageStatistics.HighFrequencyShare(two)[1], 1e-5);
        Assert.Equal(Of("noise"), ImageStatistics.NoiseLevel(two)[1], 1e-6);
        Assert.Equal(Of("saturation"), ImageStatistics.Saturation(two)[1], 1e-6);
        Assert.Equal(Of("diagonals"), NoiseLevel.MedianOfDiagonals(two)[1].item<float>(), 1e-6);
    }

    [Fact]
    public void Quantiles_lie_between_their_neighbours_as_in_numpy()
    {
        foreach (var one in s_expected.GetProperty("quantiles").EnumerateArray())
        {
            double[] values = [.. one.GetProperty("values").EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal(one.GetProperty("quantile").GetDouble(), Quantiles.Of(values, one.GetProperty("q").GetDouble()), 1e-12);
        }
        Assert.Throws<ArgumentException>(() => Quantiles.Of([], 0.5));
        Assert.Throws<ArgumentException>(() => Quantiles.Of([1, double.NaN], 0.5));
        Assert.Throws<ArgumentException>(() => Quantiles.Of([1], 1.01));
        Assert.Throws<ArgumentException>(() => Quantiles.Of([1], -0.01));
    }

    [Fact]
    public void Quantiles_of_the_normal_distribution_are_those_of_python_far_into_the_tails()
    {
        foreach (var one in s_expected.GetProperty("normal").EnumerateArray())
        {
            var expected = one.GetProperty("quantile").GetDouble();
            Assert.Equal(expected, Normal.Quantile(one.GetProperty("p").GetDouble()), 1e-12 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void The_mean_of_batches_counts_every_sample_once_and_the_other_every_batch()
    {
        var mean = new RunningMean();
        Assert.Equal((double.NaN, double.NaN, 0.0), (mean.Mean, mean.MeanOfBatchMeans, mean.SumOfBatchMeans));
        mean.Add(1, 10);
        mean.Add([4f, 8f]);
        mean.Add(3);
        Assert.Equal((13, 3), (mean.Samples, mean.Batches));
        Assert.Equal((10 + 12 + 3) / 13.0, mean.Mean, 1e-12);
        Assert.Equal((1 + 6 + 3) / 3.0, mean.MeanOfBatchMeans, 1e-12);
        Assert.Equal(10, mean.SumOfBatchMeans, 1e-12);
        Assert.Throws<ArgumentException>(() => mean.Add(1, 0));
        mean.Add(double.NaN);
        Assert.True(double.IsNaN(mean.Mean) && double.IsNaN(mean.MeanOfBatchMeans));
    }

    [Fact]
    public void An_image_of_one_row_has_no_diagonals_and_a_grey_one_no_saturation()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0f, 0f], NoiseLevel.MedianOfDiagonals(rand(2, 3, 1, 9)).data<float>().ToArray());
        Assert.Equal([0f], NoiseLevel.MedianOfDiagonals(rand(1, 1, 9, 1)).data<float>().ToArray());
        Assert.Equal([0.0], ImageStatistics.Saturation(rand(1, 1, 4, 4)));
        Assert.Equal([0.0, 0.0], ImageStatistics.HighFrequencyShare(full(2, 3, 8, 8, 0.25f)));
        Assert.Equal([0.0], ImageStatistics.Saturation(zeros(1, 3, 4, 4)));
    }

    /// <summary>A picture of the fixture, with its numbers.</summary>
    internal static (JsonElement Expected, RasterImage Image) Picture(string name)
    {
        var expected = s_expected.GetProperty("pictures").EnumerateArray().First(p => Name(p) == name);
        int[] shape = [.. expected.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32())];
        byte[] planes = [.. expected.GetProperty("values").EnumerateArray().Select(v => v.GetByte())];
        var area = shape[1] * shape[2];
        byte[] samples = [.. Enumerable.Range(0, planes.Length).Select(i => planes[i % shape[0] * area + i / shape[0]])];
        return (expected, new RasterImage(new ImageShape(shape[0], shape[1], shape[2]), samples));
    }

    private static string Name(JsonElement picture) => picture.GetProperty("name").GetString()!;
}
