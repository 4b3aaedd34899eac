using static TorchSharp.torch;

namespace Pentimento.Tests;

/// <summary>Tensors are counted for the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public sealed class LiveTensors
{
    /// <summary>How many tensors live, once those that other tests left to the garbage collector are gone.</summary>
    internal static long Count()
    {
        Collect();
        return Tensor.TotalCount;
    }

    internal static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>Runs an action twice; the second time, it must dispose all that it makes.</summary>
    internal static void AssertNoneLeft(Action action)
    {
        action();
        var before = Count();
        action();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
