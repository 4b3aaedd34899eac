using Pentimento.Imaging;
using Pentimento.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class DenoisingNetworkTests
{
    public static TheoryData<string, string> AnySizeNetworks() => new(
        Architectures.Names
            .Where(name => Architectures.Create(name, new ImageShape(3, 16, 16)).AnySize).Select(name => (name, ""))
            .Concat([("unet", "bias=0"), ("unet", "squares=1 levels=2 width=8 middle=1"), ("unet", "levels=1 middle=3 sigma=1"),
                ("unet", "width=8 sigma=2"), ("unet", "width=8 levels=2 refine=2")]));

    [Theory, MemberData(nameof(AnySizeNetworks))]
    public void Images_of_any_size_come_back_in_their_size(string name, string settings)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create(name, settings);
        foreach (var (height, width) in new[] { (1, 1), (1, 37), (23, 2), (33, 47) })
            Assert.Equal([2L, 3, height, width], network.forward(rand(2, 3, height, width)).shape);
    }

    [Theory, MemberData(nameof(AnySizeNetworks))]
    public void A_pixel_reaches_no_farther_than_the_network_says(string name, string settings)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create(name, settings);
        var reach = network.Reach!.Value;
        var side = 2 * reach + 2 * network.Alignment + 8;
        using var generator = new Generator(1);
        var image = rand([1, 3, side, side], ScalarType.Float64, generator: generator);
        network.to(ScalarType.Float64);
        // NAFNet starts with scales of zero: its blocks pass nothing on before they are trained.
        foreach (var scale in network.parameters().Where(p => p.count_nonzero().item<long>() == 0)) scale.fill_(0.5);
        var sigma = tensor(new[] { 0.1 });
        var before = network.forward(image, sigma);
        var farthest = 0L;
        foreach (var shift in new[] { 0, network.Alignment - 1, network.Alignment / 2 })
        {
            var at = reach + 4 + shift;
            var changed = image.clone();
            changed[0, 0, at, at] += 0.5;
            var rows = (network.forward(changed, sigma) - before).abs().amax([0, 1, 3]).gt(0).nonzero().data<long>().ToArray();
            farthest = Math.Max(farthest, rows.Max(row => Math.Abs(row - at)));
        }
        Assert.InRange(farthest, Math.Max(Math.Min(1, reach), reach / 2), reach);
    }

    [Theory]
    [InlineData(1, new[] { 0f, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(2, new[] { 0f, 1, 0, 1, 0, 1, 0, 1 })]
    [InlineData(5, new[] { 0f, 1, 2, 3, 4, 3, 2, 1 })]
    [InlineData(8, new[] { 0f, 1, 2, 3, 4, 5, 6, 7 })]
    public void An_image_goes_on_in_a_mirror_until_it_has_a_multiple_of_pixels(int length, float[] expected)
    {
        using var scope = NewDisposeScope();
        var across = arange(length, ScalarType.Float32).view(1, 1, 1, length).expand(1, 1, length, length);
        foreach (var image in new[] { across, across.transpose(2, 3) })
        {
            var extended = Operations.ExtendToMultiple(image, 8);
            Assert.Equal([1L, 1, 8, 8], extended.shape);
            var line = ReferenceEquals(image, across) ? extended[0, 0, 7] : extended[0, 0, .., 7];
            Assert.Equal(expected, line.data<float>().ToArray());
        }
        Assert.Equal(
            expected.Select(value => Math.Min(value, length - 1)).Take(length).Concat(Enumerable.Repeat(length - 1f, 8 - length)),
            Operations.RepeatToMultiple(across, 8)[0, 0, 7].data<float>().ToArray());
    }

    [Fact]
    public void Pictures_that_fill_no_squares_are_cleaned_as_well() // rows that are repeated to fill them would look like picture
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = ModelBundle.Load(ShippedModels.FileOf(ShippedModels.WhiteDenoiser));
        model.Network.eval();
        Assert.Equal(16, model.Network.Alignment);
        Assert.InRange(Error(97) / Error(96), 0.9, 1.2);

        double Error(int side)
        {
            using var generator = new Generator(1);
            var wave = arange(side, ScalarType.Float32).div(13).sin();
            var clean = (wave.view(-1, 1) * wave.roll(5).view(1, -1) * 0.3 + 0.5).expand(1, 3, side, side);
            var noisy = clean + 0.2 * randn(clean.shape, generator: generator);
            return (model.Network.forward(noisy) - clean).square().mean().item<float>();
        }
    }

    [Fact]
    public void Without_biases_the_u_net_scales_with_its_input()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create("unet", "bias=0");
        var image = rand(1, 3, 32, 32);
        Assert.True((network.forward(image) * 3 - network.forward(image * 3)).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void The_standard_u_net_has_1_to_8_million_parameters_and_at_most_5_thousand_million_multiply_adds()
    {
        using var network = Architectures.Create("unet", new ImageShape(3, 256, 256));
        var summary = NetworkSummary.Of(network);
        Assert.InRange(summary.Parameters, 1_000_000, 8_000_000);
        Assert.InRange(summary.MultiplyAdds, 1, 5_000_000_000);
    }

    [Theory]
    [InlineData("ffdnet", "")]
    [InlineData("unet", "sigma=1")]
    public void A_network_that_is_told_the_noise_level_uses_it_and_estimates_it_where_it_is_not_told(string name, string settings)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create(name, settings);
        Assert.True(network.TakesNoiseLevel);
        var images = rand(2, 3, 32, 32);
        var (low, high) = (network.forward(images, tensor(new[] { 0.05f })), network.forward(images, tensor(new[] { 0.4f })));
        Assert.False(low.equal(high).all().item<bool>());
        var both = network.forward(images, tensor(new[] { 0.05f, 0.4f }));
        Assert.True((both[0] - low[0]).abs().max().item<float>() < 1e-6);
        Assert.True((both[1] - high[1]).abs().max().item<float>() < 1e-6);
        Assert.True(network.forward(images).equal(network.forward(images, null)).all().item<bool>());
    }

    [Fact]
    public void A_network_of_two_levels_takes_one_two_or_maps_and_each_counts()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Create("unet", "sigma=2 width=8");
        Assert.Equal(2, network.NoiseLevels);
        var images = rand(2, 3, 33, 50);
        Tensor Of(params float[] levels) => network.forward(images, tensor(levels, [levels.Length / 2, 2]));
        var both = Of(0.1f, 0.3f);
        Assert.False(both.equal(Of(0.1f, 0.2f)).all().item<bool>());
        Assert.False(both.equal(Of(0.2f, 0.3f)).all().item<bool>());
        Assert.True(Of(0.2f, 0.2f).equal(network.forward(images, tensor(new[] { 0.2f }))).all().item<bool>());
        var maps = tensor(new[] { 0.1f, 0.3f }).view(1, 2, 1, 1).expand(2, 2, 33, 50);
        Assert.True((both - network.forward(images, maps)).abs().max().item<float>() < 1e-5);
        var right = maps.clone();
        right.narrow(3, 40, 10).mul_(2);
        var changed = (both - network.forward(images, right)).abs().amax([0, 1, 2]);
        Assert.True(changed[49].item<float>() > 1e-4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sigma=1 ")]
    public void A_network_that_learns_to_be_told_more_starts_with_the_answers_of_the_one_it_comes_from(string settings)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var before = Create("unet", settings + "width=8");
        using var after = Create("unet", "sigma=2 width=8");
        Assert.True(after.CanGrow("sigma"));
        after.GrowFrom(before.state_dict());
        var (images, level) = (rand(1, 3, 32, 32), tensor(new[] { 0.1f }));
        Assert.True((before.forward(images, level) - after.forward(images, level)).abs().max().item<float>() < 1e-5);
    }

    private static Network Create(string name, string settings)
    {
        var options = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('='))
            .ToDictionary(s => s[0], s => int.Parse(s[1], System.Globalization.CultureInfo.InvariantCulture));
        var network = Architectures.Create(name, new ImageShape(3, 32, 32), options);
        network.Initialise(2);
        network.eval();
        return network;
    }
}
