using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

/// <summary>
/// The formulae of Ioffe and Szegedy, 2015 (arXiv:1502.03167, algorithm 1) as torch.nn.BatchNorm2d documents them, worked out by hand:
/// y = (x − mean) / √(var + 1e-5) · weight + bias; running ← 0.9 · running + 0.1 · batch, with the unbiased variance.
/// </summary>
public sealed class BatchNorm2dTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void In_training_it_takes_the_batches_statistics_with_the_published_eps()
    {
        // Four values of ±0.002 around 3: variance 4e-6, less than the eps of 1e-5, so that this is seen.
        var norm = new BatchNorm2d(1);
        norm.train();
        var output = norm.forward(Values(3.002f, 2.998f, 3.002f, 2.998f));
        var expected = 0.002 / Math.Sqrt(4e-6 + 1e-5);
        Assert.Equal(expected, output[0, 0, 0, 0].item<float>(), 1e-3);
        Assert.Equal(-expected, output[0, 0, 0, 1].item<float>(), 1e-3);
    }

    [Fact]
    public void A_tenth_of_each_batch_goes_into_the_running_statistics()
    {
        var norm = new BatchNorm2d(1);
        norm.train();
        norm.forward(Values(1, 2, 3, 6)); // mean 3, squares of deviations 4 + 1 + 0 + 9 = 14, unbiased 14 / 3
        Assert.Equal(0.1 * 3, norm.RunningMean.item<float>(), 1e-6);
        Assert.Equal(0.9 + 0.1 * 14 / 3, norm.RunningVariance.item<float>(), 1e-6);
        norm.forward(Values(0, 0, 4, 4)); // mean 2, 16 / 3
        Assert.Equal(0.9 * 0.3 + 0.1 * 2, norm.RunningMean.item<float>(), 1e-6);
        Assert.Equal(0.9 * (0.9 + 0.1 * 14 / 3) + 0.1 * 16 / 3, norm.RunningVariance.item<float>(), 1e-6);
        Assert.Equal(2, norm.state_dict()["num_batches_tracked"].item<long>());
    }

    [Fact]
    public void In_evaluation_it_takes_the_running_statistics_and_leaves_them()
    {
        var norm = new BatchNorm2d(2);
        Set(norm);
        norm.eval();
        var input = tensor(new float[] { 1, 2, 3, 4 }, [1, 2, 1, 2]);
        float[] expected =
        [
            .. new[] { 1, 2 }.Select(x => (float)((x - 1.5) / Math.Sqrt(2e-5 + 1e-5) * 2 + 0.25)),
            .. new[] { 3, 4 }.Select(x => (float)((x + 1) / Math.Sqrt(4 + 1e-5) * -3 + 0.5)),
        ];
        Near(expected, norm.forward(input), 1e-3f);
        Assert.Equal(1.5, norm.RunningMean[0].item<float>());
        Assert.Equal(0, norm.state_dict()["num_batches_tracked"].item<long>());
    }

    [Fact]
    public void As_a_convolution_it_gives_the_same()
    {
        var norm = new BatchNorm2d(2);
        Set(norm);
        norm.eval();
        var input = rand(2, 2, 3, 4);
        var (convolution, output) = (norm.ToConvolution(), norm.forward(input));
        var scale = 2 / Math.Sqrt(2e-5 + 1e-5);
        Assert.Equal(scale, convolution.Weight[0, 0, 0, 0].to(ScalarType.Float64).item<double>(), 1e-3 * scale);
        var folded = nn.functional.conv2d(input.to(ScalarType.Float64), convolution.Weight.to(ScalarType.Float64),
            convolution.Bias.to(ScalarType.Float64));
        Assert.True(folded.allclose(output.to(ScalarType.Float64), 1e-4, 1e-2));
    }

    private static Tensor Values(params float[] values) => tensor(values, [2, 1, 1, values.Length / 2]);

    private static void Set(BatchNorm2d norm)
    {
        using var noGradient = no_grad();
        norm.Weight.copy_(tensor(new float[] { 2, -3 }));
        norm.Bias.copy_(tensor(new[] { 0.25f, 0.5f }));
        norm.RunningMean.copy_(tensor(new[] { 1.5f, -1 }));
        norm.RunningVariance.copy_(tensor(new[] { 2e-5f, 4 }));
    }

    private static void Near(float[] expected, Tensor given, float relative)
    {
        var values = given.contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        foreach (var (e, g) in expected.Zip(values)) Assert.Equal(e, g, relative * Math.Abs(e));
    }
}
