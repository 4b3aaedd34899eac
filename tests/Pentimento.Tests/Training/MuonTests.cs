using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Tests.Training;

public sealed class MuonTests
{
    private static readonly Dictionary<string, int> s_small = new() { ["width"] = 8, ["levels"] = 2 };

    [Theory]
    [InlineData(8, 8)]
    [InlineData(16, 144)]
    [InlineData(90, 20)]
    public void An_update_keeps_its_singular_vectors_and_gets_singular_values_near_one(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var matrices = randn([3, rows, columns], generator: generator);
        var (u, s, vt) = linalg.svd(matrices[1], fullMatrices: false);
        var values = u.t().mm(Muon.Orthogonalize(matrices)[1].to(ScalarType.Float32)).mm(vt.t()); // diagonal, were it exact
        var diagonal = values.diagonal();
        // The smallest ones of a square matrix are too small for five steps.
        var large = diagonal.masked_select(s.gt(0.05f * s.max()));
        Assert.InRange(large.min().item<float>(), 0.6f, 1.3f);
        Assert.InRange(large.max().item<float>(), 0.6f, 1.3f);
        Assert.InRange((values - diag(diagonal)).abs().max().item<float>(), 0, 0.1f);
    }

    [Fact]
    public void A_matrix_of_zeros_stays_one() // a layer that nothing reaches has no gradient
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Muon.Orthogonalize(zeros(1, 4, 9)).abs().max().to(ScalarType.Float32).item<float>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Matrices_move_as_far_as_with_Adam_and_vectors_exactly_as_with_Adam(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using var network = Architectures.Create("unet", new ImageShape(1, 16, 16), s_small);
        network.Initialise(3);
        using var twin = Architectures.Create("unet", new ImageShape(1, 16, 16), s_small);
        twin.Initialise(3);
        var before = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.clone());
        using var parameters = new ParameterBuffer(network, channelsLast);
        using var twins = new ParameterBuffer(twin, channelsLast);
        using var generator = new Generator(5);
        var images = rand([4, 1, 16, 16], generator: generator);
        foreach (var net in new[] { network, twin }) net.forward(images).square().mean().backward();

        using var muon = new Muon(parameters, emaDecay: 0.5);
        muon.Step(1, 0.01);
        using var adam = new FusedAdam(twins, 0, emaDecay: null);
        adam.Step(1, 0.01);

        var names = before.Keys.ToArray();
        var withAdam = twin.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in network.named_parameters())
        {
            var moved = (parameter - before[name]).square().mean().sqrt().item<float>();
            if (parameter.dim() == 1)
                Assert.Equal(0, (parameter - withAdam[name]).abs().max().item<float>());
            else
                Assert.InRange(moved, 0.5 * 0.2 * 0.01, 1.5 * 0.2 * 0.01);
        }
        Assert.Equal(0, parameters.Gradients.abs().max().item<float>());
        // After the first step the average is that of the start (1/11) and the new weights.
        var expected = parameters.Values * 10 / 11;
        foreach (var (part, name) in parameters.Parts.Zip(names))
        {
            var old = channelsLast && part.Shape.Length == 4 ? before[name].permute(0, 2, 3, 1) : before[name];
            expected.narrow(0, part.Start, part.Length).add_(old.flatten(), alpha: 1 / 11f);
        }
        Assert.InRange((muon.Average! - expected).abs().max().item<float>(), 0, 1e-6f);
    }
}
