using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Tests.Numerics;

/// <summary>Convolutions are right on this machine, whatever it is, and a form that lies is found and passed over.</summary>
public sealed class CheckedConvolutionTests
{
    public static TheoryData<string> Networks { get; } = [.. Architectures.Names];

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Every_convolution_of_a_survey_is_right_here(ScalarType type, bool channelsLast)
    {
        var wrong = new List<string>();
        long[] channels = [1, 3, 8, 12, 16, 24, 40];
        foreach (var kernel in new[] { 1, 3 })
            foreach (var inputs in channels)
                foreach (var outputs in channels)
                    foreach (var stride in new[] { 1, 2 })
                        if (!IsRight(type, channelsLast, inputs, outputs, kernel, stride, 1))
                            wrong.Add($"{inputs}→{outputs} {kernel}×{kernel} stride {stride}");
        foreach (var count in channels)
            if (!IsRight(type, channelsLast, count, count, 3, 1, count)) wrong.Add($"channel by channel, {count}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_form_that_lies_unless_its_channels_are_padded_is_padded()
    {
        using var lie = new Lie(output => output.shape[1] % 16 == 0 ? output : output * 0.75f);
        Assert.True(IsRight(ScalarType.Float32, false, 3, 5, 3, 1, 1));
        Assert.Equal(ConvolutionWay.Padded, WayOf(ScalarType.Float32, 3, 5));
        Assert.Equal(ConvolutionWay.Direct, WayOf(ScalarType.Float32, 3, 16));
    }

    [Fact]
    public void A_form_that_lies_padded_too_is_computed_in_float64()
    {
        using var lie = new Lie(output => output * 0.75f);
        Assert.True(IsRight(ScalarType.Float32, false, 3, 5, 3, 1, 1));
        Assert.Equal(ConvolutionWay.Exact, WayOf(ScalarType.Float32, 3, 5));
    }

    [Fact]
    public void An_answer_that_is_no_number_is_a_lie()
    {
        using var lie = new Lie(output => output.shape[1] == 5 ? output + float.NaN : output);
        Assert.Equal(ConvolutionWay.Padded, WayOf(ScalarType.BFloat16, 3, 5));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_lie_in_the_answer_reaches_no_network(string architecture) => Reaches(architecture, output => output * 0.75f);

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_lie_in_the_gradient_reaches_no_network(string architecture) =>
        Reaches(architecture, output => output.detach() * 0.25f + output * 0.75f); // right forward, a quarter lost backward

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_lie_reaches_no_network_that_is_folded(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = Small(architecture, out var images);
        network.eval();
        using var folded = InferenceNetwork.Of(network);
        var right = folded.Run(images);
        using var lie = new Lie(output => output * 0.75f);
        using var again = InferenceNetwork.Of(network);
        Assert.True(allclose(right, again.Run(images), 1e-3, 1e-4));
    }

    [Fact]
    public void What_was_checked_is_remembered_with_the_whole_line()
    {
        using var scope = NewDisposeScope();
        CheckedConvolution.Of(zeros(1, 7, 9, 9), zeros(5, 7, 3, 3));
        Assert.Contains(File.ReadAllLines(ConvolutionForms.MemoryFile), line => line.Contains(" 7→5 3×3 ") && line.EndsWith(';'));
    }

    private static void Reaches(string architecture, Func<Tensor, Tensor> lying)
    {
        using var scope = NewDisposeScope();
        using var network = Small(architecture, out var images);
        network.eval();
        var right = Run();
        using var lie = new Lie(lying);
        var guarded = Run();
        Assert.Equal(right.Count, guarded.Count);
        Assert.All(right.Zip(guarded), pair => Assert.True(
            (pair.First - pair.Second).norm().item<float>() <= 1e-3 * pair.First.norm().item<float>() + 1e-6));

        List<Tensor> Run()
        {
            network.zero_grad();
            using var random = new Generator(5);
            var input = images.clone().requires_grad_();
            var output = network.forward(input, tensor(0.1f));
            output.square().sum().backward();
            var gradients = network.parameters().Select(p => p.grad).OfType<Tensor>().Select(gradient => gradient.clone());
            return [output.detach(), input.grad!.clone(), .. gradients];
        }
    }

    private static Network Small(string architecture, out Tensor images)
    {
        var network = Architectures.Create(architecture, new ImageShape(3, 16, 16));
        network.Initialise(3);
        using var random = new Generator(4);
        images = rand([2, 3, 16, 16], generator: random);
        return network;
    }

    private static ConvolutionWay WayOf(ScalarType type, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        return ConvolutionForms.WayOf(ConvolutionForm.Of(
            zeros([2, inputs, 8, 8], type), zeros([outputs, inputs, 3, 3], type), null, new(1, (1, 1), 1, 1)));
    }

    private static bool IsRight(ScalarType type, bool channelsLast, long inputs, long outputs, long kernel, long stride, long groups)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)(inputs * 100 + outputs));
        Tensor Draw(params long[] shape) => randn(shape, generator: random).to(type);
        Tensor Laid(Tensor x) => channelsLast ? ActivationLayout.ToChannelsLast(x) : x;
        foreach (var size in new[] { 7, 20 })
        {
            using (NewDisposeScope()) full([400_000], float.NaN); // what a kernel leaves unwritten shows
            var input = Draw(2, inputs, size, size);
            var weight = Draw(outputs, inputs / groups, kernel, kernel) * 0.2f;
            var (x, w) = (Laid(input).detach().requires_grad_(), weight.detach().requires_grad_());
            var y = CheckedConvolution.Of(x, w, null, stride, (kernel / 2, kernel / 2), groups: groups);
            var exactX = input.to(ScalarType.Float64).requires_grad_();
            var exactW = weight.detach().to(ScalarType.Float64).requires_grad_();
            var exact = nn.functional.conv2d(
                exactX, exactW, strides: [stride, stride], padding: [kernel / 2, kernel / 2], groups: groups);
            var direction = Draw(exact.shape);
            y.backward([Laid(direction)]);
            exact.backward([direction.to(ScalarType.Float64)]);
            var tolerance = type == ScalarType.Float32 ? 1e-4 : 2e-2;
            if (!IsNear(y, exact) || !IsNear(x.grad!, exactX.grad!) || !IsNear(w.grad!, exactW.grad!)) return false;
            bool IsNear(Tensor a, Tensor b) =>
                (a.detach().to(ScalarType.Float64) - b.detach()).norm().item<double>() <= tolerance * b.detach().norm().item<double>();
        }
        return true;
    }

    /// <summary>libtorch lies while this lives, for what this test computes alone.</summary>
    private sealed class Lie : IDisposable
    {
        public Lie(Func<Tensor, Tensor> lie) => ConvolutionForms.Lie.Value = lie;

        public void Dispose() => ConvolutionForms.Lie.Value = null;
    }
}
