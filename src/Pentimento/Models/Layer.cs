using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// One layer of a network. It computes in the type of its input: weights are kept in float32 and cast to bfloat16 when a
/// bfloat16 tensor comes in, so that one network serves both precisions.
/// </summary>
public abstract class Layer : nn.Module<Tensor, Tensor>
{
    [ThreadStatic]
    private static List<LayerCall>? t_calls;

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
        var output = t_standIn is null ? Compute(input) : t_standIn(this, input);
        t_calls?.Add(new LayerCall(this, input.shape, output.shape, MultiplyAdds(input.shape, output.shape)));
        return output;
    }

    /// <summary>Draws the starting weights as PyTorch does by default. Layers without weights do nothing.</summary>
    /// <param name="generator">Where the numbers come from.</param>
    public virtual void Initialise(Generator generator) { }

    /// <summary>Records the layers in the order in which they run, on this thread, while <paramref name="run"/> runs.</summary>
    internal static IReadOnlyList<LayerCall> Trace(Action run)
    {
        t_calls = [];
        try
        {
            run();
            return t_calls;
        }
        finally
        {
            t_calls = null;
        }
    }

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

    /// <summary>U(−1/√fanIn, 1/√fanIn): what PyTorch's kaiming_uniform_(a = √5) comes to, for weights and biases alike.</summary>
    private protected static void DrawUniform(Tensor values, long fanIn, Generator generator)
    {
        using var noGradient = no_grad();
        var bound = 1 / Math.Sqrt(fanIn);
        values.uniform_(-bound, bound, generator);
    }
}

/// <summary>One call of a layer while a network ran.</summary>
/// <param name="Layer">The layer; not disposed by the receiver.</param>
/// <param name="Input">The shape of its input.</param>
/// <param name="Output">The shape of its output.</param>
/// <param name="MultiplyAdds">Its multiplications, each with an addition.</param>
internal sealed record LayerCall(Layer Layer, long[] Input, long[] Output, long MultiplyAdds);
