using System.Text.Json;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Metrics;

public sealed class ImageQualityTests
{
    private sealed record Case(string Name, long[] Shape, float[] A, float[] B, double Ssim);

    [Fact]
    public void Ssim_equals_the_definition_computed_in_numpy()
    {
        using var scope = NewDisposeScope();
        foreach (var (name, shape, a, b, expected) in Cases())
        {
            long[] batch = [1, .. shape];
            var single = ImageQuality.SsimPerImage(tensor(a, batch), tensor(b, batch)).item<float>();
            Assert.True(Math.Abs(single - expected) < 2e-5, $"{name}: {single}, numpy says {expected}");
            var exact = ImageQuality.SsimPerImage(tensor(a, batch).to(ScalarType.Float64),
                tensor(b, batch).to(ScalarType.Float64)).item<double>();
            Assert.True(Math.Abs(exact - expected) < 1e-6, $"{name}: {exact}, numpy says {expected}");
        }
    }

    [Fact]
    public void Every_measure_is_taken_per_image()
    {
        using var scope = NewDisposeScope();
        var clean = rand(3, 3, 20, 16, generator: new Generator(1));
        var other = clean.clone();
        other[1] = (other[1] - 0.1).clamp(-1, 1);
        Tensor mse = ImageQuality.MsePerImage(clean, other), psnr = ImageQuality.PsnrPerImage(clean, other),
            ssim = ImageQuality.SsimPerImage(clean, other);
        Assert.Equal([0f, 0.01f, 0f], mse.data<float>().Select(v => MathF.Round(v, 6)));
        Assert.Equal([float.PositiveInfinity, 20f, float.PositiveInfinity], psnr.data<float>().Select(v => MathF.Round(v, 3)));
        Assert.Equal(1f, ssim[0].item<float>(), 1e-6);
        Assert.InRange(ssim[1].item<float>(), 0.5f, 0.999f);
        Assert.Equal(ssim.mean().item<float>(), ImageQuality.Ssim(clean, other).item<float>(), 1e-6);
    }

    [Fact]
    public void Ssim_is_a_loss_whose_gradient_agrees_with_finite_differences()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        var target = rand([2, 2, 12, 13], ScalarType.Float64, generator: generator);
        var image = rand([2, 2, 12, 13], ScalarType.Float64, generator: generator).requires_grad_(true);
        ImageQuality.Ssim(image, target).backward();
        var direction = randn([2, 2, 12, 13], ScalarType.Float64, generator: generator);
        var predicted = (image.grad! * direction).sum().item<double>();
        const double Step = 1e-5;
        var measured = (ImageQuality.Ssim(image.detach() + Step * direction, target)
            - ImageQuality.Ssim(image.detach() - Step * direction, target)).item<double>() / (2 * Step);
        Assert.True(Math.Abs(predicted - measured) < 1e-7, $"{predicted} against {measured}");
        Assert.True(Math.Abs(predicted) > 1e-5);
    }

    [Fact]
    public void Half_precision_is_computed_in_single()
    {
        using var scope = NewDisposeScope();
        var a = rand(1, 1, 16, 16, generator: new Generator(1)).to(ScalarType.BFloat16);
        var b = rand(1, 1, 16, 16, generator: new Generator(2)).to(ScalarType.BFloat16);
        var half = ImageQuality.SsimPerImage(a, b);
        Assert.Equal(ScalarType.Float32, half.dtype);
        Assert.Equal(ImageQuality.SsimPerImage(a.to(ScalarType.Float32), b.to(ScalarType.Float32)).item<float>(),
            half.item<float>());
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("10×28",
            Assert.Throws<ArgumentException>(() => ImageQuality.SsimPerImage(ones(1, 1, 10, 28), ones(1, 1, 10, 28))).Message);
        Assert.Contains("(1, 1, 28, 28)",
            Assert.Throws<ArgumentException>(() => ImageQuality.MsePerImage(ones(1, 1, 28, 28), ones(2, 1, 28, 28))).Message);
        Assert.Contains("(3, 28, 28)",
            Assert.Throws<ArgumentException>(() => ImageQuality.SsimPerImage(ones(3, 28, 28), ones(3, 28, 28))).Message);
        Assert.Contains("Byte", Assert.Throws<ArgumentException>(() =>
            ImageQuality.PsnrPerImage(ones(1, 4).to(ScalarType.Byte), ones(1, 4))).Message);
        Assert.Throws<ArgumentException>(() => ImageQuality.MsePerImage(ones(0, 4), ones(0, 4)));
    }

    [Fact]
    public void Nothing_but_the_result_stays_alive()
    {
        using var scope = NewDisposeScope();
        Tensor a = rand(2, 1, 28, 28), b = rand(2, 1, 28, 28);
        var before = scope.DisposablesCount;
        _ = ImageQuality.PsnrPerImage(a, b);
        _ = ImageQuality.SsimPerImage(a, b);
        _ = ImageQuality.Ssim(a, b);
        Assert.Equal(before + 3, scope.DisposablesCount);
    }

    private static Case[] Cases() => JsonSerializer.Deserialize<Case[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "ssim.json")), JsonSerializerOptions.Web)!;
}
