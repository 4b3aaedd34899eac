using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>What is done where a network calls one of its layers.</summary>
/// <param name="Compute">Instead of the layer; given what the layer before in the chain has computed.</param>
/// <param name="Channels">Of the layer's own output.</param>
/// <param name="Continues">Whether a layer of the chain comes before.</param>
/// <param name="Next">The layer that comes after in the chain, or null.</param>
internal sealed record ChainStep(Func<Tensor, Tensor> Compute, long Channels, bool Continues, Layer? Next);

/// <summary>
/// Runs a network with other computations in the place of its layers. Within a chain, a layer gives the network a tensor that has
/// a shape but no values, and hands what it computed to the next layer itself, so the result is right whatever the network does:
/// should it read such a tensor, or write to it, there is no result. One object is for one run.
/// </summary>
internal sealed class ChainReplay(IReadOnlyDictionary<Layer, ChainStep> steps)
{
    private static readonly Device s_meta = new(DeviceType.META);
    private readonly Dictionary<Layer, (Tensor Promise, Tensor Value)> _waiting = [];
    private DisposeScope? _scope;
    private bool _promised, _computing;

    /// <summary>Runs the network.</summary>
    /// <param name="forward">Calls a network in evaluation mode.</param>
    /// <returns>
    /// What the network gives, for the caller's dispose scope; or null where its data does not flow along the chains.
    /// </returns>
    /// <exception cref="Exception">Of a layer that was given values, and whatever no promise can be the cause of.</exception>
    public Tensor? Run(Func<Tensor> forward)
    {
        using var scope = _scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var normal = inference_mode(false); // so that writing to a promise is an error
        try
        {
            var output = Layer.StandIn(Call, forward);
            return _waiting.Count == 0 && !output.is_meta ? output.MoveToOuterDisposeScope() : null;
        }
        catch (Exception e) when (_promised && !_computing && e is ExternalException or InvalidOperationException)
        {
            return null; // a promise was read, which is an error of libtorch or TorchSharp, or did not come to the next layer
        }
    }

    private Tensor Call(Layer layer, Tensor input)
    {
        if (!steps.TryGetValue(layer, out var step)) return Compute(layer.Evaluate, input);
        var (value, current, owner) = (input, CurrentDisposeScope!, CurrentDisposeScope!);
        if (step.Continues)
        {
            if (!_waiting.Remove(layer, out var given) || !ReferenceEquals(given.Promise, input))
                throw new InvalidOperationException($"{layer.Description} was not given what the layer before it computed.");
            value = given.Value;
        }
        var output = Compute(step.Compute, value);
        // What is passed on outlives the scope in which the network calls this layer.
        if (ReferenceEquals(output, value)) owner = _scope!;
        if (step.Next is null) return Move(output, owner, current);
        var promise = Promise([input.shape[0], step.Channels, input.shape[2], input.shape[3]], input.dtype);
        _promised = true;
        _waiting.Add(step.Next, (promise, Move(output, owner, _scope!)));
        return promise;
    }

    private Tensor Compute(Func<Tensor, Tensor> compute, Tensor input)
    {
        _computing = !input.is_meta;
        var output = compute(input);
        _computing = false; // not where it throws, so that the error goes on to the caller
        return output;
    }

    // TorchSharp loses a tensor that is moved to the scope in which it is.
    private static Tensor Move(Tensor tensor, DisposeScope from, DisposeScope to) =>
        ReferenceEquals(from, to) ? tensor : tensor.MoveToOtherDisposeScope(to);

    private static Tensor Promise(long[] shape, ScalarType type)
    {
        using var inference = inference_mode(true);
        return empty(shape, type, s_meta);
    }
}
