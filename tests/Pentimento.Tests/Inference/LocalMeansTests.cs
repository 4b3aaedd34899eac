using Pentimento.Inference;
using Pentimento.Metrics;
using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Inference;

public sealed class LocalMeansTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.5, NoiseKind.None, MeanKeeping.Everywhere)]
    [InlineData(2.4, NoiseKind.Correlated, MeanKeeping.Everywhere)]
    [InlineData(4, NoiseKind.White, MeanKeeping.WhereNotCutOff)]
    [InlineData(4, NoiseKind.Correlated, MeanKeeping.WhereNotCutOff)]
    [InlineData(10, NoiseKind.White, MeanKeeping.Nowhere)]
    [InlineData(0, NoiseKind.Unknown, MeanKeeping.Nowhere)]
    public void The_less_noise_the_more_they_are_kept(double level, NoiseKind kind, object where) =>
        Assert.Equal(where, LocalMeans.For(new NoiseEstimate(level / 255, kind, 0)));

    [Fact]
    public void What_moves_means_is_undone_and_what_takes_noise_away_is_not()
    {
        var clean = full(3, 80, 90, 0.4f);
        using var generator = new Generator(1);
        var noise = 0.01 * randn([3, 80, 90], generator: generator);
        var kept = LocalMeans.Keep(clean + noise, clean + 0.05, MeanKeeping.WhereNotCutOff);
        Assert.InRange((kept - clean).abs().max().item<float>(), 0, 0.003);
        Assert.True(LocalMeans.Keep(clean + noise, clean + 0.05, MeanKeeping.Nowhere).equal(clean + 0.05).all().item<bool>());
    }

    [Fact]
    public void Pixels_at_the_end_of_the_scale_stay_there_without_noise_and_are_the_networks_with_light_noise()
    {
        var picture = full(3, 100, 120, 0.5f);
        picture[1, TensorIndex.Slice(0, 50)] = 0;
        picture[1, 20, 60] = 0.01;
        var cleaned = picture + 0.02;
        var everywhere = LocalMeans.Keep(picture, cleaned, MeanKeeping.Everywhere);
        Assert.InRange((everywhere - picture).abs().max().item<float>(), 0, 1e-3);
        var light = LocalMeans.Keep(picture, cleaned, MeanKeeping.WhereNotCutOff);
        Assert.Equal(0, light[1, 10, 60].item<float>(), 1e-6); // all around is cut off
        Assert.Equal(0.02, light[1, 18, 60].item<float>(), 1e-6); // nearly all: there is noise
        Assert.Equal(0.5, light[1, 90, 60].item<float>(), 1e-6); // far from it
        Assert.Equal(0.5, light[0, 10, 60].item<float>(), 1e-6); // another channel
    }

    [Fact]
    public void What_is_cut_off_where_a_mean_is_put_back_is_put_back_too()
    {
        var picture = full(1, 120, 120, 0.1f);
        picture[0, .., TensorIndex.Slice(0, 120, 2)] = 0; // every other column is black
        var cleaned = picture * 2 + 0.05; // 0.05 and 0.25, 0.1 too much in the mean: black ones would have to go below 0
        var kept = LocalMeans.Keep(picture, cleaned, MeanKeeping.Everywhere);
        var (before, once) = (picture.mean().item<float>(), (cleaned - (cleaned - picture).mean()).clamp(0, 1).mean().item<float>());
        Assert.InRange(kept.mean().item<float>() - before, 0, (once - before) * 0.6);
        Assert.InRange(kept.min().item<float>(), 0, 1);
    }

    [Fact]
    public void Tiles_have_no_seams_where_values_are_cut_off_either()
    {
        using var generator = new Generator(3);
        var dark = linspace(-0.02, 0.06, 200).view(1, 1, 200).expand(3, 200, 200);
        foreach (var level in new[] { 2 / 255.0, 4 / 255.0 })
        {
            var picture = (dark + level * randn(dark.shape, generator: generator)).clamp(0, 1);
            using var whole = new Denoiser(TestModels.Convolutional(ModelTask.Denoise, 3));
            using var tiled = new Denoiser(TestModels.Convolutional(ModelTask.Denoise, 3), new DenoiserOptions { TileSize = 120 });
            var (a, b) = (whole.Denoise(picture), tiled.Denoise(picture));
            Assert.InRange((a - b).abs().max().item<float>(), 0, 1e-5);
            Assert.True((a - picture).abs().max().item<float>() > 0.001);
        }
    }
}
