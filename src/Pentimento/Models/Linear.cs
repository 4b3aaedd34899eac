using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>A fully connected layer with bias: (N, in) → (N, out).</summary>
public sealed class Linear : Layer
{
    private readonly Parameter weight, bias; // (out, in), (out): field names are state-dict keys

    /// <summary>A layer from <paramref name="inputs"/> to <paramref name="outputs"/> values, not yet initialised.</summary>
    public Linear(long inputs, long outputs)
    {
        WeightLimit.Count(outputs, inputs);
        WeightLimit.Count(outputs);
        weight = new Parameter(empty(outputs, inputs));
        bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description => $"Linear({weight.shape[1]} → {weight.shape[0]})";

    internal Tensor Weight => weight;

    internal Tensor Bias => bias;

    /// <inheritdoc/>
    public override void Initialise(Generator generator)
    {
        DrawUniform(weight, weight.shape[1], generator);
        DrawUniform(bias, weight.shape[1], generator);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input) => nn.functional.linear(input, weight.to(input.dtype), bias.to(input.dtype));

    /// <inheritdoc/>
    protected override long MultiplyAdds(long[] input, long[] output) => input[0] * weight.shape[0] * weight.shape[1];
}
