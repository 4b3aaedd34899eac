using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// One layer of a network. It computes in the type of its input: weights are kept in float32 and cast to bfloat16 when a
/// bfloat16 tensor comes in, so that one network serves both precisions.
/// </summary>
public abstract class Layer : nn.Module<Tensor, Tensor>, IComputation
{
    [ThreadStatic]
    private static Func<Layer, Tensor, Tensor>? t_standIn;

    /// <summary>Names the layer by its class.</summary>
    protected Layer() : base("layer") { }

    /// <summary>The layer with its sizes, as in "Conv2d(3 → 16, 3×3)".</summary>
    public abstract string Description { get; }

    /// <summary>Runs the layer.</summary>
    /// <param name="input">float32 or bfloat16; the shape is the layer's own matter.</param>
    /// <returns>A tensor of the input's type; the caller's dispose scope owns it.</returns>
    public sealed override Tensor forward(Tensor input)
    {
        var start = NetworkTrace.Position;
        var output = t_standIn is null ? Compute(input) : t_standIn(this, input);
        NetworkTrace.Add(start, this, output, input);
        return output;
    }

    /// <summary>Draws the starting weights as PyTorch does by default. Layers without weights do nothing.</summary>
    /// <param name="generator">Where the numbers come from.</param>
    public virtual void Initialise(Generator generator) { }

    Tensor IComputation.Run(params Tensor[] inputs) => forward(inputs[0]);

    long IComputation.MultiplyAdds(long[] input, long[] output) => MultiplyAdds(input, output);

    /// <summary>While <paramref name="run"/> runs, on this thread, calls of layers go to <paramref name="standIn"/>.</summary>
    internal static Tensor StandIn(Func<Layer, Tensor, Tensor> standIn, Func<Tensor> run)
    {
        var outer = t_standIn;
        t_standIn = standIn;
        try
        {
            return run();
        }
        finally
        {
            t_standIn = outer;
        }
    }

    /// <summary>The layer's own function, for a stand-in.</summary>
    internal Tensor Evaluate(Tensor input) => Compute(input);

    /// <summary>
    /// The convolution that the layer is in evaluation mode, or null where it is none: not affine, or of another stride or
    /// padding. The caller's dispose scope owns it.
    /// </summary>
    internal virtual SameConvolution? ToConvolution() => null;

    /// <summary>The layer's function.</summary>
    protected abstract Tensor Compute(Tensor input);

    /// <summary>Multiplications (each with an addition) for one call; normalisation and activations count as none.</summary>
    protected virtual long MultiplyAdds(long[] input, long[] output) => 0;

    /// <summary>
    /// U(−gain/√fanIn, gain/√fanIn): with a gain of 1 what PyTorch's kaiming_uniform_(a = √5) comes to, for weights and biases
    /// alike.
    /// </summary>
    private protected static void DrawUniform(Tensor values, long fanIn, Generator generator, double gain = 1)
    {
        using var noGradient = no_grad();
        var bound = gain / Math.Sqrt(fanIn);
        values.uniform_(-bound, bound, generator);
    }
}

/// <summary>A layer with two inputs.</summary>
public abstract class MergeLayer : Layer, IComputation
{
    /// <summary>Runs the layer.</summary>
    /// <param name="first">float32 or bfloat16; the shape is the layer's own matter.</param>
    /// <param name="second">Of the same type.</param>
    /// <returns>A tensor of the inputs' type; the caller's dispose scope owns it.</returns>
    public Tensor forward(Tensor first, Tensor second)
    {
        var start = NetworkTrace.Position;
        var output = Compute(first, second);
        NetworkTrace.Add(start, this, output, first, second);
        return output;
    }

    Tensor IComputation.Run(params Tensor[] inputs) => forward(inputs[0], inputs[1]);

    /// <summary>The layer's function.</summary>
    protected abstract Tensor Compute(Tensor first, Tensor second);

    /// <summary>A merge has two inputs; this throws.</summary>
    protected sealed override Tensor Compute(Tensor input) =>
        throw new InvalidOperationException($"{Description} takes two inputs.");
}
