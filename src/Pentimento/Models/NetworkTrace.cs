using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>What a network computes with: a <see cref="Layer"/>, or an <see cref="Operation"/> between layers.</summary>
internal interface IComputation
{
    /// <summary>As in "Conv2d(3 → 16, 3×3)".</summary>
    string Description { get; }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">As many as it takes; not disposed.</param>
    /// <returns>A tensor that the caller's dispose scope owns.</returns>
    Tensor Run(params Tensor[] inputs);

    /// <summary>Its multiplications, each with an addition, for these shapes of the first input and the output.</summary>
    long MultiplyAdds(long[] input, long[] output);
}

/// <summary>One computation while a network ran.</summary>
/// <param name="Computation">What ran; not disposed by the receiver.</param>
/// <param name="Inputs">What went in. Only which tensors they are is meant: they may be disposed by now.</param>
/// <param name="Output">What came out, likewise.</param>
/// <param name="OutputShape">The shape of what came out.</param>
/// <param name="MultiplyAdds">Its multiplications, each with an addition.</param>
internal sealed record TracedCall(
    IComputation Computation, Tensor[] Inputs, Tensor Output, long[] OutputShape, long MultiplyAdds);

/// <summary>Records what a network does, in the order in which it does it.</summary>
internal static class NetworkTrace
{
    [ThreadStatic]
    private static List<TracedCall>? t_calls;

    /// <summary>How many computations are recorded by now on this thread.</summary>
    public static int Position => t_calls?.Count ?? 0;

    /// <summary>Records the computations of this thread while <paramref name="run"/> runs.</summary>
    public static IReadOnlyList<TracedCall> Of(Action run)
    {
        var outer = t_calls;
        try
        {
            var calls = t_calls = [];
            run();
            return calls;
        }
        finally
        {
            t_calls = outer;
        }
    }

    /// <summary>Records a computation, where somebody asked. One that is made of others is recorded as those.</summary>
    /// <param name="start">The <see cref="Position"/> when it began.</param>
    /// <param name="computation">What ran.</param>
    /// <param name="output">What came out.</param>
    /// <param name="inputs">What went in.</param>
    public static void Add(int start, IComputation computation, Tensor output, params ReadOnlySpan<Tensor> inputs)
    {
        if (t_calls is null || t_calls.Count > start) return;
        var shape = output.shape;
        t_calls.Add(new TracedCall(
            computation, inputs.ToArray(), output, shape, computation.MultiplyAdds(inputs[0].shape, shape)));
    }
}
