using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Blocks of a network, one after the other.</summary>
internal static class BlockSequence
{
    /// <summary>Runs them. What they compute on the way is given back at once, or a deep network would hold it all to its end.</summary>
    /// <param name="blocks">May be none.</param>
    /// <param name="input">Of the first block; not disposed.</param>
    /// <returns>What the last one gives, for the caller's dispose scope; without blocks the input itself.</returns>
    public static Tensor Through<T>(this ModuleList<T> blocks, Tensor input) where T : nn.Module<Tensor, Tensor>
    {
        if (blocks.Count == 0) return input;
        using var scope = NewDisposeScope();
        var x = input;
        foreach (var block in blocks)
        {
            using var inside = NewDisposeScope();
            x = block.forward(x).MoveToOuterDisposeScope();
        }
        return x.MoveToOuterDisposeScope();
    }
}
